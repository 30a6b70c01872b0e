"""List of the lines of a song with their times, where no score is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import clock, count
from songbatch.picture.style import ACROSS, LEFT
from songbatch.picture.svg import fitted, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.picture.subject import TimedLine

COLUMNS, ROW = 2, 18.0
MOST = 80
"""Lines that are listed; a picture shows how many more there are."""


def draw_lines(lines: Sequence[TimedLine], top: float) -> tuple[list[str], float]:
    """Return the shapes of a list from `top` on, and where it ends. It runs down each column."""
    shown = lines[:MOST]
    rows = -(-len(shown) // COLUMNS)
    parts, across = list[str](), ACROSS / COLUMNS
    for place, line in enumerate(shown):
        x, y = LEFT + place // rows * across, top + (place % rows + 1) * ROW
        parts.append(label(x + 34, y, clock(line.start), 12, kind="faint", anchor="end"))
        text = fitted(line.text, 12, across - 60)
        parts.append(label(x + 44, y, text, 12, tip=f"{line.text}, {line.start:.2f} s"))
    top += rows * ROW
    if len(lines) > MOST:
        top += ROW
        more = f"and {count(len(lines) - MOST, 'more line')}"
        parts.append(label(LEFT + 44, top, more, 12, kind="faint"))
    return parts, top + 8
