"""Choices of listeners, then and now: which songs have another take chosen. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.records import Entry, Manifest
    from songbatch.selects import Heard, Selects


class PickedTake(msgspec.Struct, frozen=True):
    """A take that listeners chose, and what they said of it; `entry` None if nobody recorded it."""

    id: str
    engine: str
    audio_sha256: str
    listeners: tuple[str, ...]
    """Who picked it."""
    ratings: tuple[int, ...]
    notes: tuple[str, ...]
    entry: Entry | None

    @property
    def take(self) -> str:
        """The number of the take."""
        return self.id.rpartition("/")[2]


class ChosenChange(msgspec.Struct, frozen=True):
    """A song, as an id without its take, of which other audio is chosen, or by other listeners."""

    song: str
    was: tuple[PickedTake, ...]
    now: tuple[PickedTake, ...]

    @property
    def is_same_audio(self) -> bool:
        """Whether only who picked it is another."""
        return _audio(self.was) == _audio(self.now)


def compare_choices(
    was: Selects | None, now: Selects, manifests: Iterable[Manifest], specs: Iterable[str]
) -> tuple[ChosenChange, ...]:
    """Return the songs of `specs` that are chosen otherwise, sorted; none without `was`.

    `manifests` are those of both times, the newer ones first: audio goes by the name it has there.
    """
    if was is None:
        return ()
    known: dict[tuple[str, str], Entry] = {}
    encoded: dict[tuple[str, str], str] = {}
    for manifest in manifests:
        engine = manifest.engine.name
        for entry in manifest:
            audio = entry.audio_sha256 or ""
            if entry.song_sha256 is not None:
                # Of one song in the bytes of two encoders, the newer record names it.
                audio = encoded.setdefault((engine, entry.song_sha256), audio)
            known.setdefault((engine, audio), entry)
    before, after = (_by_song(one, known, encoded) for one in (was, now))
    specs = frozenset(specs)
    changes = (
        ChosenChange(song, tuple(before.get(song, ())), tuple(after.get(song, ())))
        for song in sorted(before.keys() | after.keys())
        if song.partition("/")[0] in specs
    )
    return tuple(change for change in changes if _picks(change.was) != _picks(change.now))


def _picks(takes: Iterable[PickedTake]) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(take.engine, take.audio_sha256, take.listeners) for take in takes}


def _audio(takes: Iterable[PickedTake]) -> set[tuple[str, str]]:
    return {(take.engine, take.audio_sha256) for take in takes}


def _by_song(
    selects: Selects,
    known: Mapping[tuple[str, str], Entry],
    encoded: Mapping[tuple[str, str], str],
) -> dict[str, list[PickedTake]]:
    found: defaultdict[str, list[PickedTake]] = defaultdict(list)
    selects = selects.under({audio: [entry.id] for audio, entry in known.items()}, encoded)
    for heard in selects.chosen:
        take = _picked(selects, heard, known.get((heard.engine, heard.audio_sha256)))
        found[take.id.rpartition("/")[0]].append(take)
    return found


def _picked(selects: Selects, heard: Heard, entry: Entry | None) -> PickedTake:
    opinions = [one for one in selects.opinions if one.heard == heard]
    return PickedTake(
        id=heard.render if entry is None else entry.id,
        engine=heard.engine,
        audio_sha256=heard.audio_sha256,
        listeners=tuple(sorted(one.listener for one in opinions if one.pick)),
        ratings=tuple(sorted(one.rating for one in opinions if one.rating is not None)),
        notes=tuple(one.note for one in opinions if one.note),
        entry=entry,
    )
