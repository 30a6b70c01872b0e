"""Words below a melody, each where it is sung: two lanes, so that none covers another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.picture.svg import fitted, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIZE = 12
GAP = 5.0
"""Units between two words of a lane."""

LEAST = 14.0
"""Units that a word gets in any case: a letter and an ellipsis."""


class PlacedWord(msgspec.Struct, frozen=True):
    """A word as it is shown, in a lane, 0 or 1, which is free again from `end` on."""

    shown: str
    lane: int
    end: float


def place_words(words: Sequence[tuple[float, str]], end: float) -> Iterator[PlacedWord]:
    """Yield words, given where they begin, in lanes that end at `end`.

    A word may go on below the next one, which then stands in the other lane, but not further.
    """
    free = [0.0, 0.0]
    for number, (x, word) in enumerate(words):
        lane = 0 if free[0] <= x or free[0] <= free[1] else 1
        after_next = words[number + 2][0] if number + 2 < len(words) else end
        shown = fitted(word, SIZE, max(LEAST, after_next - x - GAP))
        free[lane] = x + width(shown, SIZE) + GAP
        yield PlacedWord(shown, lane, free[lane])
