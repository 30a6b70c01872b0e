"""Vowels: resonances of the vocal tract, their effect on a spectrum, and a voice's vowel space.

Tables: Peterson & Barney (1952), means of men; fourth resonances estimated. Method: analysis by
synthesis. For each of many frames, resonances in a row on a grid of first, second and third ones
are laid under the levels at the harmonics, whatever level and tilt the source has, and the best
pair is kept; vowels near the table's, moved to the tract's length, are a little likelier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.harmonics import Harmonics

    Rows = NDArray[np.float64]

TABLE = np.array([
    (270, 2290, 3010, 3700), (390, 1990, 2550, 3600), (530, 1840, 2480, 3500),
    (660, 1720, 2410, 3500), (730, 1090, 2440, 3400), (570, 840, 2410, 3300),
    (440, 1020, 2240, 3300), (300, 870, 2240, 3300), (640, 1190, 2390, 3350),
    (490, 1350, 1690, 3100),
], float)  # fmt: skip
"""Hz, vowels × resonances."""

WIDTHS = (80.0, 100.0, 140.0, 200.0)
"""Hz."""

SPACING = 965.0
"""Hz between the resonances of the tract these vowels are from, by least squares (Fitch 1997)."""

FIRST, SECOND = exact.geomspace(240, 850, 16), exact.geomspace(700, 2500, 20)
THIRD, FOURTH = (1690.0, 2250.0, 2500.0, 3000.0), 3450.0
"""Hz: the grid that is tried, for a tract of the table's length."""

APART = (1.25, 1.12)
"""Least ratios of the second resonance to the first, and of the third to the second."""

HIGHEST = 3000.0
"""Hz, for a tract of the table's length: harmonics above do not depend on the first two."""

STEP = 10.0
"""Hz between the points at which resonances are computed."""

NOISE = 6.0
"""dB by which a level at a harmonic is off, standard deviation."""

USUAL_TILT, TILTS = -11.0, 4.0
"""dB an octave of sources, their mean and standard deviation, with the lips' radiation."""

NEAR = 0.1
"""How far vowels stray from the table's: standard deviation of the logarithm in each resonance."""

FRAMES = 120
"""Frames that are looked at."""

EDGES = (10, 90)
"""Percentiles of a voice's vowels that are its vowel space's edges."""

Edges = tuple[float, float]


def resonance_gain(hertz: Rows, resonances: Rows) -> Rows:
    """Return the gain in dB at `hertz` of rows of four resonances (Hz), one below another."""
    total = np.zeros((len(resonances), len(hertz)))
    for centre, width in zip(resonances.T[:, :, None], WIDTHS, strict=True):
        part = (hertz / centre) ** 2
        total -= 10 * exact.log10((1 - part) ** 2 + part * (width / centre) ** 2)
    return total


USUAL = tuple(
    (float(low), float(high)) for low, high in exact.percentile(TABLE[:, :2], EDGES, axis=0).T
)
"""The table's own vowel space: edges of the first and of the second resonance in Hz."""


def vowel_space(frames: Sequence[Harmonics], scale: float) -> tuple[Edges, Edges]:
    """Return the edges (Hz) of the first and the second resonance of a voice's vowels.

    A tenth of the frames lies below the lower and above the upper edge. `scale` is how much higher
    its resonances are than the table's, by the length of its tract.
    """
    tried = _tried() * scale
    curves = np.ascontiguousarray(resonance_gain(np.arange(0, HIGHEST * scale, STEP) + 1, tried).T)
    unlikely = _unlikely(tried, scale)
    chosen = frames[:: -(-len(frames) // FRAMES)]
    best = np.array([tried[_best(frame, curves, unlikely)] for frame in chosen])
    first, second = exact.percentile(best[:, :2], EDGES, axis=0).T
    return (float(first[0]), float(first[1])), (float(second[0]), float(second[1]))


def _tried() -> Rows:
    rows = [
        (first, second, third, FOURTH)
        for first in FIRST
        for second in SECOND
        for third in THIRD
        if second > APART[0] * first and third > APART[1] * second
    ]
    return np.array(rows)


def _unlikely(tried: Rows, scale: float) -> Rows:
    """Return each row's distance from the table's nearest vowel, as a negative log probability."""
    off = exact.log(tried[:, None, :2] / (scale * TABLE[None, :, :2]))
    return np.asarray((off**2).sum(axis=2).min(axis=1) / (2 * NEAR**2))


def _best(frame: Harmonics, curves: Rows, unlikely: Rows) -> int:
    """Return which row of resonances explains a frame best, its source having a straight tilt."""
    places = np.round(frame.hz / STEP).astype(int)
    inside = places < len(curves)
    rest = frame.level_db[inside, None] - curves[places[inside]]
    count = len(rest)
    octaves = exact.log2(frame.hz[inside])
    octaves = (octaves - octaves.mean())[:, None]
    spread = float((octaves**2).sum()) + 1e-9
    tilt = (octaves * rest).sum(axis=0) / spread
    left = (rest**2).sum(axis=0) - rest.sum(axis=0) ** 2 / count - tilt**2 * spread
    strange = ((tilt - USUAL_TILT) / TILTS) ** 2 / 2
    return int(np.argmin(left / (2 * NOISE**2) + strange + unlikely))
