"""Places of tracks on the album, in frames: gaps and cross-fades counted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class TrackPlace(msgspec.Struct, frozen=True):
    """A track of `frames` that begins at `start`. The gap or the overlap is with the next one."""

    start: int
    frames: int
    gap: int = 0
    overlap: int = 0


class TooLongOverlap(ValueError):
    """Cross-fades that need more of a track than there is; `number` counts tracks from 1."""

    def __init__(self, number: int, frames: int, needed: int) -> None:
        super().__init__(f"track {number}")
        self.number, self.frames, self.needed = number, frames, needed


def lay_out(frames: Sequence[int], joins: Sequence[tuple[int, int]]) -> list[TrackPlace]:
    """Return the places of tracks that last so many frames.

    `joins` are the gap and the overlap behind each; those of the last one do not count. Raises
    TooLongOverlap.
    """
    places: list[TrackPlace] = []
    start = before = 0
    behind = [*joins[:-1], (0, 0)]
    for number, (length, (gap, overlap)) in enumerate(zip(frames, behind, strict=True), 1):
        if before + overlap > length:
            raise TooLongOverlap(number, length, before + overlap)
        places.append(TrackPlace(start, length, gap, overlap))
        start += length + gap - overlap
        before = overlap
    return places


def total_frames(places: Sequence[TrackPlace]) -> int:
    """Return how long the album lasts."""
    return places[-1].start + places[-1].frames if places else 0
