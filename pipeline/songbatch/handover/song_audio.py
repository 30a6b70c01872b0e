"""The audio of a take: as it was received, from the store, or from its output. The one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.errors import AudioProblem
from songbatch.audio.probe import probe
from songbatch.audio.tags import untagged
from songbatch.digest import sha256
from songbatch.limits import PCM_BYTES_PER_FRAME
from songbatch.model import AudioFormat, AudioInfo
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from songbatch.records import Entry
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace


class SongAudio(msgspec.Struct, frozen=True):
    """Audio in whatever form it came, and what it was probed as."""

    data: bytes
    info: AudioInfo

    @property
    def identity(self) -> str:
        """What it sounds like: equal identities are equal sound."""
        return sha256(self.data) + (f" {self.info.sample_rate}" if self._is_bare else "")

    @property
    def _is_bare(self) -> bool:
        return self.info.format is AudioFormat.PCM


class NoAudio(Exception):
    """The audio of a take is not here, or cannot be read; `str(error)` is why."""


def song_audio(entry: Entry, blobs: Blobs, workspace: Workspace) -> SongAudio:
    """Return the audio of an entry that is done: what was received comes first, untouched.

    Raises NoAudio, and BrokenState if the store is damaged.
    """
    data = _data(entry, blobs, workspace)
    if entry.audio.format is AudioFormat.PCM and entry.master is None:
        rate = entry.audio.sample_rate * PCM_BYTES_PER_FRAME
        seconds = len(data) / rate
        return SongAudio(
            data, AudioInfo(AudioFormat.PCM, seconds, entry.audio.sample_rate, 2, 8 * rate)
        )
    try:
        return SongAudio(data, probe(data))
    except AudioProblem as problem:
        if problem.info is None:
            raise NoAudio(str(problem)) from problem
        return SongAudio(data, problem.info)


def _data(entry: Entry, blobs: Blobs, workspace: Workspace) -> bytes:
    received = entry.audio_sha256
    if received is not None and blobs.has(received):
        return blobs.read(received)
    try:
        output = workspace.read_bytes(entry.output)
    except Unreadable as error:
        raise NoAudio("its audio is neither in the store nor in outputs/") from error
    if not blobs.own_encodings.wrote(sha256(output), entry.sha256):
        raise NoAudio("its output is not the file that was written")
    return untagged(output)
