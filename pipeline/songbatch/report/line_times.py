"""Times of sung lines, laid on the lyrics as they were written."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from songbatch.lyrics.sections import HASHES

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CELLS = 250_000
"""Of the table of two texts that differ; no song has as many lines, but a file may."""


def lay_times(lyrics: str, timed: Sequence[tuple[float, str]]) -> list[float | None]:
    """Return when each line of `lyrics` begins (s), None for a line that has no time.

    `timed` are seconds and words, as a file of times has them: without empty lines, without what
    is not sung. They are matched by their words, in order, so that a line that was edited in one of
    the two loses only its own time. If no line matches, the result is empty.
    """
    written = [_comparable(line) for line in lyrics.split("\n")]
    places = [place for place, words in enumerate(written) if words]
    in_order = sorted(timed, key=lambda line: line[0])
    sung = [(seconds, _comparable(words)) for seconds, words in in_order]
    sung = [(seconds, words) for seconds, words in sung if words]
    times: list[float | None] = [None] * len(written)
    for row, column in _matches([written[place] for place in places], [w for _, w in sung]):
        times[places[row]] = sung[column][0]
    return times if any(time is not None for time in times) else []


def _comparable(line: str) -> str:
    text = unicodedata.normalize("NFC", line.replace(HASHES, " ")).casefold()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _matches(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs of a longest common subsequence, by their places."""
    if left == right:
        return [(place, place) for place in range(len(left))]
    if len(left) * len(right) > MOST_CELLS:
        return []
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for row in reversed(range(len(left))):
        for column in reversed(range(len(right))):
            lengths[row][column] = (
                1 + lengths[row + 1][column + 1]
                if left[row] == right[column]
                else max(lengths[row + 1][column], lengths[row][column + 1])
            )
    return _walk(left, right, lengths)


def _walk(
    left: Sequence[str], right: Sequence[str], lengths: Sequence[Sequence[int]]
) -> list[tuple[int, int]]:
    pairs = []
    row = column = 0
    while row < len(left) and column < len(right):
        if left[row] == right[column]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif lengths[row + 1][column] >= lengths[row][column + 1]:
            row += 1
        else:
            column += 1
    return pairs
