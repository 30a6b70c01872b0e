"""The album as one sound: tracks, silence between them, and where they run into one another.

What only one track has is sample by sample that track's master, its dither included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from songbatch.audio.resample import Sound
from songbatch.mastering.fades import crossfaded
from songbatch.mastering.quantising import sixteen_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from songbatch.mastering.timeline import TrackPlace


class MasterSound(msgspec.Struct, frozen=True):
    """A stretch of a master: its sound, and the same in 16 bits."""

    sound: Sound
    sixteen: NDArray[np.int16]

    def part(self, begin: int, end: int) -> MasterSound:
        """Return the frames from one to another."""
        return MasterSound(self.sound[begin:end], self.sixteen[begin:end])


def whole_album(
    places: Sequence[TrackPlace], master: Callable[[int], MasterSound], identity: str
) -> Iterator[MasterSound]:
    """Yield the album stretch by stretch; `master` returns the track of an index.

    Two tracks at most are held at once. `identity` decides the dither of what overlaps.
    """
    ending: MasterSound | None = None
    for index, place in enumerate(places):
        current = master(index)
        begin = 0
        if ending is not None:
            begin = len(ending.sound)
            mixed = crossfaded(ending.sound, current.sound[:begin])
            yield MasterSound(mixed, sixteen_bits(mixed, f"{identity} {index}"))
        end = place.frames - place.overlap
        yield current.part(begin, end)
        ending = current.part(end, place.frames) if place.overlap else None
        if place.gap:
            silence = np.zeros((place.gap, 2), np.float32)
            yield MasterSound(silence, silence.astype(np.int16))
