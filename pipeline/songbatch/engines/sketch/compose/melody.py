"""Melody: a note of the scale for every syllable, near a contour, in the chord on strong beats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.sketch.analysis.harmony import pitch_classes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.compose.phrasing import MelodicContour

BEND = 0.14
"""Cost of a semitone away from the contour, squared."""

# Costs: of repeating a note, of a leap per semitone, of more than a fifth.
REPEAT = 0.45
LEAP = 0.16
FAR = 4.0


def melody(
    chords: Sequence[Chord],
    weights: Sequence[float],
    scale: Sequence[int],
    middle: float,
    tonic: int,
    contour: MelodicContour,
    rng: np.random.Generator,
) -> list[int]:
    """Return a pitch (MIDI) for each note, the cheapest way through `scale` by Viterbi.

    `chords` sound under the notes, `weights` (0 to 1) are the strengths of their beats; `middle`,
    within the scale, is where a contour is half up.
    """
    notes = np.array(scale, dtype=float)
    line = np.interp(contour.heights(len(chords)), (0, 0.5, 1), (notes[0], middle, notes[-1]))
    cost = BEND * (notes[None, :] - line[:, None]) ** 2
    cost += rng.uniform(0, 0.5, cost.shape)
    for i, (chord, weight) in enumerate(zip(chords, weights, strict=True)):
        cost[i] += 1.6 * weight * ~np.isin(notes.astype(int) % 12, pitch_classes(chord))
    restful = [(tonic + step) % 12 for step in (0, 3, 4, 7)]
    cost[-1] += 0.8 * ~np.isin(notes.astype(int) % 12, restful)
    return [scale[i] for i in _cheapest(cost, _steps(notes))]


def _steps(notes: NDArray[np.float64]) -> NDArray[np.float64]:
    leap = np.abs(notes[:, None] - notes[None, :])
    cost = np.where(leap == 0, REPEAT, np.where(leap <= 2, 0.0, LEAP * leap))
    return cost + np.where(leap > 7, FAR, 0.0)


def _cheapest(cost: NDArray[np.float64], steps: NDArray[np.float64]) -> list[int]:
    total = cost[0].copy()
    came_from = []
    for row in cost[1:]:
        ways = total[:, None] + steps
        came_from.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + row
    path = [int(total.argmin())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return path[::-1]
