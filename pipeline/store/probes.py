"""What was found in the references of a project: `.songbatch/probes`, version 1.

A JSON object: `probes` 1, `tool` which looked at them, `tracks` by the digests of their bytes. It
only ever saves reading and measuring them again: whatever is odd about the file, or of another
tool, counts as missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipeline.digest import Digest
from pipeline.files import write_atomically
from pipeline.model import AudioInfo

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1


class Probed(msgspec.Struct, frozen=True):
    """How many bytes a track has, and what they were measured to be."""

    bytes: int
    info: AudioInfo


class _File(msgspec.Struct):
    probes: int
    tool: str
    tracks: dict[Digest, Probed]


class Probes:
    """The tracks that earlier runs of `tool` measured, and those that this one does."""

    def __init__(self, path: Path, tool: str) -> None:
        self._path = path
        self._tool = tool
        self._tracks = _read(path, tool)
        self._has_new = False

    def get(self, sha256: str) -> Probed | None:
        """Return what was found in the bytes with this digest, or None."""
        return self._tracks.get(sha256)

    def put(self, sha256: str, probed: Probed) -> None:
        """Keep what was found, from the next `write` on."""
        if self._tracks.get(sha256) != probed:
            self._tracks[sha256] = probed
            self._has_new = True

    def write(self) -> None:
        """Write what is new. For the lock's holder."""
        if self._has_new:
            kept = _File(VERSION, self._tool, self._tracks)
            write_atomically(self._path, msgspec.json.encode(kept, order="deterministic"))
            self._has_new = False


def _read(path: Path, tool: str) -> dict[str, Probed]:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError):
        return {}
    return kept.tracks if (kept.probes, kept.tool) == (VERSION, tool) else {}
