"""Probes of the references of a project, kept in `.songbatch/probes`, version 3.

A JSON object: `probes` 3, `tool` that looked at them, `tracks`. A cache file (`cache_file`) that
saves reading and measuring references again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.files.cache_file import decoded, read
from songbatch.model import RecordingCut, Track

if TYPE_CHECKING:
    from songbatch.files.tree import Tree

VERSION = 3
NAME = "probes"
MAX_BYTES = 64 * 2**20


class _File(msgspec.Struct):
    probes: int
    tool: str
    tracks: list[Track]


class Probes:
    """The tracks that earlier runs measured, and those that this one does; kept in `state`."""

    def __init__(self, state: Tree) -> None:
        self._tree = state
        self._tool = ""
        self._tracks: dict[tuple[str, RecordingCut | None], Track] = {}
        self._has_new = False

    def remember(self, tool: str) -> None:
        """Take into account what earlier runs of `tool`, which this one is, have kept."""
        self._tool = tool
        self._tracks = {(track.sha256, track.cut): track for track in _read(self._tree, tool)}

    def get(self, sha256: str, cut: RecordingCut | None = None) -> Track | None:
        """Return the track whose bytes have this digest, or a cut of it; None for none."""
        return self._tracks.get((sha256, cut))

    def put(self, track: Track) -> None:
        """Keep a track that was measured, from the next `write` on."""
        if self._tracks.get((track.sha256, track.cut)) != track:
            self._tracks[track.sha256, track.cut] = track
            self._has_new = True

    def write(self) -> None:
        """Write what is new. For the lock's holder."""
        if self._has_new:
            tracks = [track for _, track in sorted(self._tracks.items(), key=_order)]
            kept = _File(VERSION, self._tool, tracks)
            self._tree.write(NAME, msgspec.json.encode(kept))
            self._has_new = False


def _order(item: tuple[tuple[str, RecordingCut | None], Track]) -> tuple[str, int, int]:
    digest, cut = item[0]
    return (digest, -1, 0) if cut is None else (digest, cut.from_ms, cut.to_ms or 0)


def _read(state: Tree, tool: str) -> list[Track]:
    kept = decoded(
        read(state, NAME, MAX_BYTES),
        _decode,
        lambda file: (file.probes, file.tool) == (VERSION, tool),
    )
    return kept.tracks if kept is not None else []


_decode = msgspec.json.Decoder(_File).decode
