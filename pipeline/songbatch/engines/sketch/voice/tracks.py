"""Tracks of what the mouth does, 200 frames a second, and how they are smoothed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import smoothed

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 200
"""Frames a second."""

REST = (500.0, 1500.0, 2500.0)
"""Formants (Hz) of a mouth at rest."""

NASAL_ZERO = 1000.0
"""Hz that an open nose swallows of a vowel."""


class Tracks(msgspec.Struct):
    """Parameters over time: formants (frames × 3, Hz), levels, number of the noise.

    `nasal` is how far the nose is open, `closed` how far the mouth is shut, both 0 to 1; `zero` is
    the frequency (Hz) that is swallowed when the nose is open.
    """

    formants: NDArray[np.float64]
    voicing: NDArray[np.float64]
    breath: NDArray[np.float64]
    noise: NDArray[np.float64]
    nasal: NDArray[np.float64]
    closed: NDArray[np.float64]
    zero: NDArray[np.float64]
    bands: NDArray[np.intp]
    burst: NDArray[np.bool_]

    @classmethod
    def silent(cls, seconds: float) -> Tracks:
        """Return tracks of that length in which nothing sounds."""
        count = int(seconds * FRAMES) + 60
        return cls(
            formants=np.tile(np.array(REST), (count, 1)),
            voicing=np.zeros(count),
            breath=np.zeros(count),
            noise=np.zeros(count),
            nasal=np.zeros(count),
            closed=np.zeros(count),
            zero=np.full(count, NASAL_ZERO),
            bands=np.zeros(count, dtype=int),
            burst=np.zeros(count, dtype=bool),
        )

    def frames(self, start: float, seconds: float) -> slice:
        """Return the frames of a stretch of time, at least one."""
        last = len(self.voicing) - 1
        first = min(max(round(start * FRAMES), 0), last - 1)
        return slice(first, min(max(first + 1, round((start + seconds) * FRAMES)), last))


def smooth(track: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """Return a track (frames, or frames × n) averaged over a Hann window of that length."""
    width = max(3, int(seconds * FRAMES) | 1)
    window = exact.hann(width + 2)[1:-1]
    window /= window.sum()
    columns = track.reshape(len(track), -1)
    reach = width // 2
    padded = np.pad(columns, ((reach, reach), (0, 0)), mode="edge")
    return smoothed(padded, window)[reach:-reach].reshape(track.shape)
