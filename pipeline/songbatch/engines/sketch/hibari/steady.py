"""Steadiness: below F2, a sung vowel holds what the network moves from frame to frame.

The network speaks: it follows a pitch of its own, and its filter is ragged from bin to bin, which
a melody with vibrato would turn into a flutter. Words lie higher, and at the edges of vowels; both
are left as they are.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.sketch.hibari.network import BINS
from songbatch.engines.sketch.hibari.vocoder import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.hibari.layers import Rows

ALL_BELOW, NONE_ABOVE = 700.0, 1200.0
"""Hz: below the first a spectrum is made steady, above the second not at all."""

WEIGHTS = (1, 2, 3, 4, 3, 2, 1)
"""Of neighbouring bins, 20 Hz apart."""

EDGE = 4.0
"""Frames of 12.5 ms at either end of a vowel that stay, for they tell stops from each other; after
twice as many, all is steady."""

REACH = 20
"""Frames before and after one, over which a vowel is averaged."""


def steadied(power: Rows, sung: Rows, vowels: NDArray[np.intp]) -> Rows:
    """Return powers (frames × bins), smoothed where the mouth sings.

    `sung` is the share of singing in every frame, `vowels` the number of its vowel, or -1.
    """
    low = _shares()
    count = len(low)
    found = power.copy()
    share = sung[:, None] * low
    lowest = found[:, :count]
    lowest += share * (_even(power)[:, :count] - lowest)
    cuts = np.flatnonzero(np.diff(vowels, prepend=-2, append=-2))
    for begin, end in pairwise(cuts.tolist()):
        if vowels[begin] >= 0:
            _hold(lowest[begin:end], low)
    return found


def unturned(turn: Rows, sung: Rows) -> Rows:
    """Return turns of the pulses' phases without those that a low harmonic would stumble over."""
    found = turn.copy()
    low = _shares()
    found[:, : len(low)] *= 1 - sung[:, None] * low
    return found


def _hold(vowel: Rows, low: Rows) -> None:
    """Replace the middle of a vowel by its running mean, in place."""
    places = np.arange(len(vowel)) + 0.5
    inside = np.clip((np.minimum(places, len(vowel) - places) - EDGE) / EDGE, 0, 1)
    if not inside.any():
        return
    sums = _sums(vowel * inside[:, None], len(vowel))
    weights = _sums(inside[:, None], len(vowel))
    means = np.maximum(sums, 0) / np.maximum(weights, 1e-3)
    vowel += (inside[:, None] * low * (means - vowel)).astype(np.float32)


def _sums(rows: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return sums over REACH rows to either side."""
    running = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    at = np.arange(count)
    last, first = np.minimum(at + REACH + 1, count), np.maximum(at - REACH, 0)
    return np.asarray(running[last] - running[first])


def _even(power: Rows) -> Rows:
    """Return every low bin as a mean of its neighbours."""
    half, count = len(WEIGHTS) // 2, len(_shares())
    wide = np.pad(power[:, : count + half], ((0, 0), (half, 0)), mode="edge")
    even = np.zeros((len(power), count), np.float32)
    for place, weight in enumerate(WEIGHTS):
        even += wide[:, place : place + count] * np.float32(weight / sum(WEIGHTS))
    return even


@cache
def _shares() -> Rows:
    """Return how far each of the lowest bins is made steady."""
    hertz = np.arange(BINS) * (RATE / 2 / (BINS - 1))
    shares = np.clip((NONE_ABOVE - hertz) / (NONE_ABOVE - ALL_BELOW), 0, 1)
    return np.asarray(shares[shares > 0], np.float32)
