"""Melody: a note of the scale for every syllable, near a contour, in the chord on strong beats.

Most notes repeat the one before or go a step on. Phrases leap once, to a stressed syllable, and
have thirds here and there; what ends a stanza ends on the tonic, other phrases stay open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.engines.sketch.analysis.harmony import Chord, pitch_classes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.phrasing import MelodicContour

BEND = 0.13
"""Cost of a semitone away from the contour, squared."""

CLOSING = 2.0
"""How much longer a closing phrase follows its contour than it turns towards the tonic."""

WHIM = 1.2
"""The most that a note costs at random."""

CHORDAL = 1.6
"""Cost of a note that is not in the chord, on the strongest beat."""

PULL, PULL_MOST = 0.9, 4.0
"""Cost of a semitone more or less than a move is meant to have, and the most."""

FAR = 4.0
"""Cost of more than an octave."""

UNISON, STEP, THIRD, LEAP = (0, 0), (1, 2), (3, 4), (5, 9)
"""Semitones of moves, up or down."""

UNISONS, THIRDS = 0.22, 0.1
"""Shares of moves."""

LEAPS_EVERY = 7
"""Moves for every leap."""

TO_TONIC, TO_OPEN = 12.0, 1.0
"""Cost of a stanza that does not end on the tonic, and of another phrase that does."""


class Sounding(msgspec.Struct, frozen=True):
    """What a syllable meets: the chord, its beat's weight (0 to 1), and its own stress."""

    chord: Chord
    weight: float
    stress: int


class Register(msgspec.Struct, frozen=True):
    """The notes that a melody may have, in order; a contour goes from `low` to `high` (MIDI).

    Half up it is at `middle`.
    """

    notes: tuple[int, ...]
    low: float
    middle: float
    high: float
    tonic: int


def melody(
    syllables: Sequence[Sounding],
    register: Register,
    contour: MelodicContour,
    rng: np.random.Generator,
    *,
    closes: bool,
) -> list[int]:
    """Return a pitch (MIDI) for each syllable, the cheapest way through the notes by Viterbi."""
    notes = np.array(register.notes, dtype=float)
    edges = (register.low, register.middle, register.high)
    line = np.interp(contour.heights(len(syllables)), (0, 0.5, 1), edges)
    is_tonic = notes.astype(int) % 12 == register.tonic
    if closes and is_tonic.any():
        tonics = notes[is_tonic]
        home = tonics[np.argmin(np.abs(tonics - line[-1]))]
        line += (home - line[-1]) * np.clip(np.linspace(-CLOSING, 1, len(line)), 0, 1)
    cost = BEND * (notes[None, :] - line[:, None]) ** 2
    cost += rng.uniform(0, WHIM, cost.shape)
    for i, syllable in enumerate(syllables):
        is_foreign = ~np.isin(notes.astype(int) % 12, pitch_classes(syllable.chord))
        cost[i] += CHORDAL * syllable.weight * is_foreign
    cost[-1] += TO_TONIC * ~is_tonic if closes else TO_OPEN * is_tonic
    moves = [_costs(notes, meant) for meant in _moves(syllables, rng)]
    return [register.notes[i] for i in _cheapest(cost, moves)]


def _moves(syllables: Sequence[Sounding], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return what each move from syllable to syllable is meant to have in semitones.

    Stressed syllables on strong beats are leapt to, weak ones repeat the note before.
    """
    count = len(syllables) - 1
    moves = [STEP] * count
    into = np.array([s.weight + (0.6 if s.stress == 1 else 0.0) for s in syllables[1:]])
    ranked = np.argsort(-(into + rng.uniform(0, 0.7, count)), kind="stable")
    # The last move leads to the end, and is a step.
    strong = [int(n) for n in ranked if n < count - 1]
    leaps = count // LEAPS_EVERY + int(rng.uniform() < count % LEAPS_EVERY / LEAPS_EVERY)
    thirds = int(THIRDS * count + rng.uniform())
    unisons = int(UNISONS * count + rng.uniform())
    for n in strong[:leaps]:
        moves[n] = LEAP
    for n in strong[leaps : leaps + thirds]:
        moves[n] = THIRD
    for n in strong[leaps + thirds :][::-1][:unisons]:
        moves[n] = UNISON
    return moves


def _costs(notes: NDArray[np.float64], meant: tuple[int, int]) -> NDArray[np.float64]:
    far = np.abs(notes[:, None] - notes[None, :])
    beside = np.maximum(meant[0] - far, 0) + np.maximum(far - meant[1], 0)
    cost = np.minimum(PULL * beside, PULL_MOST) + np.where(far > 12, FAR, 0.0)
    return np.asarray(cost)


def _cheapest(cost: NDArray[np.float64], moves: Sequence[NDArray[np.float64]]) -> list[int]:
    total = cost[0].copy()
    came_from = []
    for row, move in zip(cost[1:], moves, strict=True):
        ways = total[:, None] + move
        came_from.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + row
    path = [int(total.argmin())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return path[::-1]
