"""Resampling between the usual rates: a polyphase filter, a sinc under a Kaiser window.

Flat up to 10/11 of the lower rate's half and silent, by 99 dB, from that half on; linear in phase
and without delay. Samples are only multiplied and added one by one, which every processor does
alike: a BLAS or an FFT would not promise equal bytes everywhere.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songbatch.audio import exact
from songbatch.audio.rates import ODD_RATES, RATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Sound = NDArray[np.float32]
"""Frames × channels, full scale is 1."""

_PASSED = 10 / 11
"""Share of the band that stays as it is: 20.05 kHz of 22.05."""
_REJECTION_DB = 100.0
_MOST_DOWN = 4000
_FEWER_PERIODS = 128
"""Of ratios between rates that nobody uses, whose periods are long."""
_PERIODS = 8192
"""Periods of the ratio that are filtered at once: what is in use stays in a processor's cache."""


def resampled(pieces: Iterable[Sound], source_rate: int, target_rate: int) -> Iterator[Sound]:
    """Yield the sound in `pieces`, all of them together, at another rate (Hz).

    n frames become round(n × ratio), however they are divided into pieces. Between RATES the ratio
    is exact; others are brought to the nearest one of small numbers, a fifth of a cent off at most.
    Raises ValueError for what no sound has.
    """
    if source_rate == target_rate:
        yield from pieces
        return
    ratio, at_once = Fraction(target_rate, source_rate), _PERIODS
    if source_rate not in RATES or target_rate not in RATES:
        if source_rate not in ODD_RATES or target_rate not in ODD_RATES:
            raise ValueError(f"{source_rate} to {target_rate} Hz")
        ratio, at_once = ratio.limit_denominator(_MOST_DOWN), _FEWER_PERIODS
    phases = _Phases(ratio.numerator, ratio.denominator)
    waiting: list[Sound] = []
    taken = frames = made = 0
    for piece in pieces:
        if not waiting:
            waiting.append(np.zeros((phases.before, piece.shape[1]), np.float32))
            taken = phases.before
        waiting.append(piece)
        taken += len(piece)
        frames += len(piece)
        while taken >= phases.needed(at_once):
            sound = np.concatenate(waiting)
            yield (part := phases.filtered(sound, at_once))
            made += len(part)
            waiting = [sound[at_once * phases.down :]]
            taken = len(waiting[0])
    missing = round(frames * ratio) - made
    if missing > 0:
        periods = -(-missing // phases.up)
        end = np.zeros((max(0, phases.needed(periods) - taken), waiting[0].shape[1]), np.float32)
        yield phases.filtered(np.concatenate([*waiting, end]), periods)[:missing]


class _Phases:
    """The filter for a ratio: `up` frames are made of every `down`.

    A frame is a sum of its neighbours in time, whose weights repeat with every period of the ratio.
    """

    def __init__(self, up: int, down: int) -> None:
        self.up, self.down = up, down
        self._weights = _weights(self.up, self.down)
        self._taps = len(self._weights[0])
        self.before = self._taps // 2 - 1
        """Frames of silence to put in front, for no delay."""

    def needed(self, periods: int) -> int:
        """Return how many frames there must be to filter so many periods."""
        return self.down * self._columns(periods)

    def _columns(self, periods: int) -> int:
        return periods - -(self.down - 1 + self._taps) // self.down

    def filtered(self, sound: Sound, periods: int) -> Sound:
        """Return the first `periods` × `up` frames at the other rate."""
        columns, channels = self._columns(periods), sound.shape[1]
        frames = sound[: columns * self.down].reshape(columns, self.down, channels)
        # Each row holds the frames that stand at one place of their periods.
        rows = np.ascontiguousarray(frames.transpose(1, 2, 0))
        neighbours = [
            rows[at % self.down, :, at // self.down : at // self.down + periods]
            for at in range(self.down - 1 + self._taps)
        ]
        out = np.zeros((self.up, channels, periods), np.float32)
        product = np.empty((channels, periods), np.float32)
        for phase, (total, weights) in enumerate(zip(out, self._weights, strict=True)):
            first = phase * self.down // self.up
            for weight, neighbour in zip(weights, neighbours[first:], strict=False):
                np.multiply(neighbour, weight, out=product)
                np.add(total, product, out=total)
        return out.transpose(2, 0, 1).reshape(-1, channels)


@cache
def _weights(up: int, down: int) -> list[list[float]]:
    """Return the weights of the neighbours, for each phase; those of one phase add up to 1."""
    lower = 0.5 * min(1.0, up / down)
    cutoff = lower * (1 + _PASSED) / 2
    reach = (_REJECTION_DB - 7.95) / (14.36 * lower * (1 - _PASSED)) / 2
    half = math.ceil(reach)
    late = np.arange(up) * down % up / up
    time = np.arange(1 - half, half + 1)[:, None] - late
    window = _bessel(
        0.1102 * (_REJECTION_DB - 8.7) * np.sqrt(np.maximum(0, 1 - (time / reach) ** 2))
    )
    angle = 2 * np.pi * cutoff * time
    sinc = np.where(angle == 0, 1.0, exact.sin(angle) / np.where(angle == 0, 1.0, angle))
    shape = np.where(np.abs(time) <= reach, window * sinc, 0.0)
    weights = (shape / shape.sum(axis=0)).astype(np.float32)
    rows: list[list[float]] = weights.T.tolist()
    return rows


def _bessel(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the modified Bessel function of order 0, as its power series."""
    term, total = np.ones_like(x), np.ones_like(x)
    for k in range(1, 50):
        term = term * (x / (2 * k)) ** 2
        total += term
    return total
