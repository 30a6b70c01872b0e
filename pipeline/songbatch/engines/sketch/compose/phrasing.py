"""Phrasing of takes: where phrases enter, how they move and end, where melodies bend.

Random choices alone would make takes of short lyrics alike. So takes go through lists of choices,
and neighbouring takes differ in rhythm and in melody by design.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import msgspec
import numpy as np
from msgspec.structs import replace

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAN = 0.08
"""How far a contour's points are moved at random, as a share of the range."""


class Phrasing(msgspec.Struct, frozen=True):
    """Movement of a take's phrases.

    They enter `entry_beats` after the bar line, or before it. A stressed syllable is `stress_ratio`
    times as long as another. The syllables take the share `spread` of the phrase, and its last is
    held for `held_beats` at most. `push` (0 to 1) is the tendency of stressed syllables to come an
    eighth early.
    """

    bpm: float
    entry_beats: float
    grid: int
    stress_ratio: float
    drift: float
    calm: float
    spread: float
    held_beats: float
    push: float


class MelodicContour(msgspec.Struct, frozen=True):
    """The bend of a phrase, as shares of the range: start, height of the bend, end; `bend` when."""

    start: float
    height: float
    end: float
    bend: float

    def leaning(self, rng: np.random.Generator) -> Self:
        """Return it a little changed."""
        start, height, end, bend = (
            float(np.clip(share + rng.uniform(-LEAN, LEAN), 0, 1))
            for share in (self.start, self.height, self.end, self.bend)
        )
        return replace(self, start=start, height=height, end=end, bend=bend)

    def heights(self, count: int) -> NDArray[np.float64]:
        """Return the share of the range for each of `count` notes."""
        along = np.linspace(0, 1, count) if count > 1 else np.array([0.5])
        bends = [self.start, self.height, self.end]
        return np.asarray(np.interp(along, [0, self.bend, 1], bends))


class TakeStyle(msgspec.Struct, frozen=True):
    """A take's phrasing and its two contours, which lines use in turn."""

    phrasing: Phrasing
    contours: tuple[MelodicContour, MelodicContour]


PHRASINGS = (
    Phrasing(
        bpm=84,
        entry_beats=0.0,
        grid=2,
        stress_ratio=1.5,
        drift=0.3,
        calm=1.0,
        spread=1.0,
        held_beats=2.0,
        push=0.0,
    ),
    Phrasing(
        bpm=92,
        entry_beats=-0.5,
        grid=4,
        stress_ratio=1.0,
        drift=0.6,
        calm=1.0,
        spread=0.8,
        held_beats=3.0,
        push=1.0,
    ),
    Phrasing(
        bpm=76,
        entry_beats=1.0,
        grid=2,
        stress_ratio=1.9,
        drift=-0.5,
        calm=1.3,
        spread=1.0,
        held_beats=1.0,
        push=0.0,
    ),
    Phrasing(
        bpm=88,
        entry_beats=0.5,
        grid=4,
        stress_ratio=1.0,
        drift=-0.3,
        calm=1.0,
        spread=0.7,
        held_beats=1.5,
        push=0.9,
    ),
    Phrasing(
        bpm=80,
        entry_beats=-1.0,
        grid=2,
        stress_ratio=1.8,
        drift=0.5,
        calm=1.3,
        spread=0.9,
        held_beats=2.0,
        push=0.0,
    ),
)
"""On the beat; ahead of it, slower and slower; late and swaying; pressed, off the beat; with an
upbeat. Who enters earlier lingers later: so takes that use the same eighths stay apart."""

CONTOURS = (
    (MelodicContour(0.35, 0.9, 0.25, 0.5), MelodicContour(0.5, 0.75, 0.15, 0.4)),
    (MelodicContour(0.95, 0.55, 0.1, 0.5), MelodicContour(0.8, 0.5, 0.1, 0.3)),
    (MelodicContour(0.1, 0.5, 0.9, 0.6), MelodicContour(0.2, 0.75, 0.4, 0.8)),
    (MelodicContour(0.75, 0.1, 0.6, 0.5), MelodicContour(0.9, 0.2, 0.4, 0.6)),
    (MelodicContour(0.1, 1.0, 0.7, 0.2), MelodicContour(0.6, 0.3, 0.0, 0.5)),
    (MelodicContour(0.5, 0.1, 1.0, 0.4), MelodicContour(1.0, 0.9, 0.2, 0.7)),
)
"""Arches, falls, rises, valleys, early peaks, late climbs; one more than phrasings, so that both
meet anew when takes have gone through either."""


def style_of_take(take: int, rng: np.random.Generator) -> TakeStyle:
    """Return the style of a take, counted from 1."""
    first, second = CONTOURS[(take - 1) % len(CONTOURS)]
    return TakeStyle(
        PHRASINGS[(take - 1) % len(PHRASINGS)], (first.leaning(rng), second.leaning(rng))
    )
