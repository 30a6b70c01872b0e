"""A limiter that looks ahead: peaks, also between samples, stay below a bound.

Gain goes down before a peak and comes back behind it along straight lines in decibels, each as
steep as its rate; the lowest of all lines counts, and its corners are rounded without going above
it. Gain is one for both channels, so that nothing moves from side to side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact
from songbatch.mastering.true_peak import envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.audio.resample import Sound

ATTACK_DB_PER_SECOND = 1500.0
"""6 dB in 4 ms."""
RELEASE_DB_PER_SECOND = 60.0
"""6 dB in a tenth of a second."""
_ROUNDED_SECONDS = 0.001


def limited(sound: Sound, sample_rate: int, bound: float) -> Sound:
    """Return a sound whose true peaks stay below `bound` (full scale is 1), but for 0.05 dB.

    It is `sound` itself if nothing is higher.
    """
    peaks = envelope(sound, bound)
    if float(peaks.max(initial=0.0)) <= bound:
        return sound
    needed = np.minimum(0.0, -20 * exact.log10(np.maximum(peaks, 1e-9) / bound))
    lowest = _sloped(needed, RELEASE_DB_PER_SECOND / sample_rate)
    lowest = _sloped(lowest[::-1], ATTACK_DB_PER_SECOND / sample_rate)[::-1]
    gain = exact.gain(_rounded(lowest, round(sample_rate * _ROUNDED_SECONDS)))
    return sound * gain.astype(np.float32)[:, None]


def _sloped(needed: NDArray[np.float64], slope: float) -> NDArray[np.float64]:
    """Return the lowest of all lines that rise behind each value by `slope` a frame."""
    rise = np.arange(len(needed)) * slope
    return np.asarray(np.minimum(np.minimum.accumulate(needed - rise) + rise, 0.0))


def _rounded(gain: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return gains whose corners are rounded: the mean of so many lowest values around each."""
    half = width // 2
    padded = np.pad(gain, 2 * half, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).min(axis=1)
    sums = np.zeros(len(gain))
    for at in range(2 * half + 1):
        sums += lowest[at : at + len(gain)]
    return np.asarray(sums / (2 * half + 1))
