"""Finding of the recorded song that somebody means: by its id, its output or the bytes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.digest import sha256
from songbatch.outputs.audio_files import AudioFiles
from songbatch.outputs.manifests import recorded_manifests
from songbatch.plan.selection import matching, near_name
from songbatch.shell import shell_path, shell_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.model import EngineIdentity
    from songbatch.records import Entry, Manifest
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace

MOST_NAMED = 5
"""Songs that are named where a word means several."""


class RecordedSong(msgspec.Struct, frozen=True):
    """A song that a manifest lists, and where its audio is now, relative to the project."""

    entry: Entry
    manifest: Manifest
    file: str

    @property
    def engine(self) -> EngineIdentity:
        """The engine that made it."""
        return self.manifest.engine


class RecordedSongs:
    """The songs of a project that are done, as its manifests list them."""

    def __init__(self, workspace: Workspace, blobs: Blobs) -> None:
        self._manifests = list(recorded_manifests(workspace).values())
        self.audio_files = AudioFiles(workspace, blobs, self._manifests)

    def of_file(self, data: bytes) -> RecordedSong | None:
        """Return the song whose output has these bytes, wherever they lie; None for none."""
        digest = sha256(data)
        for manifest in self._manifests:
            for entry in manifest:
                if entry.done and entry.sha256 == digest:
                    return RecordedSong(entry, manifest, entry.output)
        return None

    def is_output(self, path: str) -> bool:
        """Return whether an output of a song lies, or should lie, at a path of the project."""
        return any(e.output == path for manifest in self._manifests for e in manifest if e.done)

    def named(self, word: str) -> RecordedSong:
        """Return the one song that a word means.

        Raises UsageError if that is none or several, or if its audio is nowhere any more.
        """
        listed = [(entry, manifest) for manifest in self._manifests for entry in manifest]
        ids = matching(word, [entry for entry, _ in listed])
        meant = [(entry, manifest) for entry, manifest in listed if entry.id in ids]
        if not meant:
            near = near_name(word, [entry for entry, _ in listed])
            raise UsageError(
                f"{word}: there is no such file, and no rendered song is called so",
                fix=near or "name a WAV or MP3 file, or a song that songbatch render has made",
            )
        if len(meant) > 1:
            raise _several(word, [entry for entry, _ in meant])
        entry, manifest = meant[0]
        if not entry.done:
            raise UsageError(f"{entry.id} has no audio", fix="songbatch render asks for it")
        file = self.audio_files.find(entry)
        if file is None:
            fix = f"songbatch render {shell_word(entry.id)} brings it back"
            raise UsageError(f"{entry.output} is missing, or not what was written there", fix=fix)
        return RecordedSong(entry, manifest, file)


def _several(word: str, entries: Sequence[Entry]) -> UsageError:
    ids = {entry.id for entry in entries}
    by_id = len(ids) == len(entries)
    names = [
        shell_word(entry.id) if by_id else shell_path(entry.output)
        for entry in entries[:MOST_NAMED]
    ]
    more = ", …" if len(entries) > MOST_NAMED else ""
    return UsageError(
        f"{word} means {len(entries):,} songs", fix=f"name one: {', '.join(names)}{more}"
    )
