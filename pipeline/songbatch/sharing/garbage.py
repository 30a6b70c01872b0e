"""Garbage of a shared store: songs that no manifest and no spec names, and audio of none.

An answer goes first, then its notes, then audio that no answer names when looked at again: whoever
is cut off in between leaves audio too much, never an answer without audio.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import Refused
from songbatch.sharing import names
from songbatch.sharing.objects import Listed
from songbatch.sharing.songs import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from songbatch.sharing.answers import Answers
    from songbatch.sharing.objects import Objects


class Keep(msgspec.Struct, frozen=True):
    """What stays: songs by their keys, audio and references by their digests."""

    keys: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()


class SharedGarbage(msgspec.Struct, frozen=True):
    """What may go: songs, each with all its names, and blobs."""

    songs: dict[str, tuple[Listed, ...]]
    blobs: tuple[Listed, ...]
    keep: Keep
    before: float
    """By the store's clock: what was written later stays."""

    @property
    def bytes(self) -> int:
        """How many bytes of audio may go."""
        return sum(blob.size for blob in self.blobs)


class Collector:
    """Finds garbage, and removes it."""

    def __init__(self, objects: Objects, answers: Answers) -> None:
        self._objects = objects
        self._answers = answers

    def demand_sole(self, project: str) -> None:
        """Raise Refused if another repository shares here."""
        own = names.project(project) if project else ""
        for listed in self._objects.listed(names.PROJECTS):
            if names.parse_project(listed.path) and listed.path != own:
                raise Refused(
                    "another repository shares its songs here, too: nothing is dropped",
                    fix="give each repository a folder of its own, and push to it",
                )

    def find(self, keep: Keep, before: float) -> SharedGarbage:
        """Return what may go. Raises StoreTrouble."""
        songs = {
            key: tuple(listed)
            for key, listed in self._songs().items()
            if key not in keep.keys and all(item.modified < before for item in listed)
        }
        return SharedGarbage(songs, tuple(self._blobs(keep, songs, before)), keep, before)

    def _songs(self) -> dict[str, list[Listed]]:
        found: dict[str, list[Listed]] = defaultdict(list)
        for listed in self._objects.listed(names.SONGS):
            name = names.parse_song(listed.path)
            if name is not None:
                found[name.key].append(listed)
        return found

    def _blobs(self, keep: Keep, going: Collection[str], before: float) -> list[Listed]:
        named = keep.blobs | self._named(going)
        return [
            listed
            for listed in self._objects.listed(names.BLOBS)
            if (digest := names.parse_blob(listed.path))
            and digest not in named
            and listed.modified < before
        ]

    def _named(self, going: Collection[str]) -> set[str]:
        """Return the digests that songs name which stay: answers, and what workers left.

        Raises Withheld for an answer that cannot be read: nobody knows what it names.
        """
        paths = [
            (key, names.parse_song(item.path))
            for key, listed in self._songs().items()
            if key not in going
            for item in listed
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return set().union(*pool.map(lambda found: self._digests(*found), paths))

    def _digests(self, key: str, name: names.SongName | None) -> set[str]:
        if name is None:
            return set()
        if name.note is None:
            answer = self._answers.read(key)
            return {answer.audio_sha256} if answer is not None else set()
        if name.note.kind is names.NoteKind.LANDED:
            landed = self._answers.landed(key, name.note.number)
            return {landed.audio_sha256} if landed is not None else set()
        return set()

    def drop(self, garbage: SharedGarbage) -> int:
        """Remove garbage; return how many bytes of audio are gone. Raises StoreTrouble."""
        for key, listed in garbage.songs.items():
            now = {item.path for item in self._objects.listed(names.song(key))}
            if now != {item.path for item in listed}:
                continue  # somebody asks for it again
            self._remove_first(names.answer(key), listed)
        found = {blob.path for blob in garbage.blobs}
        freed = 0
        for blob in self._blobs(garbage.keep, (), garbage.before):
            # One that was put again meanwhile is as new as that.
            seen = self._objects.look(blob.path) if blob.path in found else None
            if seen is not None and seen.modified < garbage.before:
                self._objects.remove(blob.path)
                freed += blob.size
        return freed

    def _remove_first(self, first: str, listed: Iterable[Listed]) -> None:
        for item in sorted(listed, key=lambda item: item.path != first):
            self._objects.remove(item.path)
