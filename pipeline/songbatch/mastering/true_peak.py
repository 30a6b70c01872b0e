"""True peaks, as ITU-R BS.1770-4, annex 2 has them: of the sound at four times its rate.

Between two samples three more are interpolated by a sinc under a Kaiser window, of 48 samples.
Where a stretch cannot hold the highest peak, whatever its phase, it is not looked at.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.audio.resample import Sound

HALO = 24
"""Samples before and behind a place that decide what lies there."""
_BLOCK = 8192
_PLACES = (0.25, 0.5, 0.75)
_BETA = 7.0


def between(sound: Sound) -> NDArray[np.float32]:
    """Return, for every sample, the highest of what lies between it and the next, in any channel.

    `sound` has HALO more frames at both ends than are returned.
    """
    rows = np.ascontiguousarray(sound.T)
    frames = rows.shape[1] - 2 * HALO
    highest = np.zeros(frames, np.float32)
    product = np.empty((len(rows), frames), np.float32)
    for weights in _weights():
        total = np.zeros((len(rows), frames), np.float32)
        for at, weight in enumerate(weights):
            np.multiply(rows[:, at + 1 : at + 1 + frames], weight, out=product)
            np.add(total, product, out=total)
        np.maximum(highest, np.abs(total, out=total).max(axis=0), out=highest)
    return highest


def highest_peak(sound: Sound, least: float = 0.0) -> float:
    """Return the true peak of a sound with HALO frames more at both ends, or `least`, if higher."""
    inner = np.abs(sound[HALO:-HALO])
    best = max(least, float(inner.max(initial=0.0)))
    tops = [
        (float(np.abs(sound[at : at + _BLOCK + 2 * HALO]).max()), at)
        for at in range(0, len(inner), _BLOCK)
    ]
    for top, at in sorted(tops, reverse=True):
        if top * overshoot() <= best:
            break
        best = max(best, float(between(sound[at : at + _BLOCK + 2 * HALO]).max(initial=0.0)))
    return best


def envelope(sound: Sound, bound: float) -> NDArray[np.float32]:
    """Return for every frame the highest of it and its two gaps, where that may be above `bound`.

    Elsewhere it is that of its samples alone.
    """
    peaks: NDArray[np.float32] = np.abs(sound).max(axis=1)
    padded = np.pad(sound, ((HALO, HALO), (0, 0)))
    for at in range(0, len(sound), _BLOCK):
        part = padded[at : at + _BLOCK + 2 * HALO]
        if float(np.abs(part).max()) * overshoot() <= bound:
            continue
        gaps = between(part)
        end = at + len(gaps)
        np.maximum(peaks[at:end], gaps, out=peaks[at:end])
        np.maximum(
            peaks[at + 1 : end + 1], gaps[: len(peaks) - at - 1], out=peaks[at + 1 : end + 1]
        )
    return peaks


@cache
def overshoot() -> float:
    """Return how many times higher than all samples near it a peak between samples can be."""
    return max(sum(map(abs, weights)) for weights in _weights())


@cache
def _weights() -> tuple[tuple[float, ...], ...]:
    rows = []
    for place in _PLACES:
        time = np.arange(1 - HALO, HALO + 1) - place
        window = _bessel(_BETA * np.sqrt(np.maximum(0.0, 1 - (time / HALO) ** 2)))
        angle = np.pi * time
        shape = window * exact.sin(angle) / angle
        rows.append(tuple((shape / shape.sum()).astype(np.float32).tolist()))
    return tuple(rows)


def _bessel(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the modified Bessel function of order 0, as its power series."""
    term, total = np.ones_like(x), np.ones_like(x)
    for k in range(1, 40):
        term = term * (x / (2 * k)) ** 2
        total += term
    return total
