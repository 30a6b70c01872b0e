"""Places to cut lyrics that are longer than one song may be: borders of sections and stanzas."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.sections import section_of, without_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Border(StrEnum):
    """What begins where lyrics are cut, the best first."""

    SECTION = "section"
    STANZA = "stanza"
    LINE = "line"


class Cut(msgspec.Struct, frozen=True):
    """A place to cut: `line`, from 1, is the first line of the next part."""

    line: int
    border: Border


def cut_points(lyrics: str, limit: float, size: Callable[[str], float] = len) -> tuple[Cut, ...]:
    """Return where to cut lyrics so that no part is larger than the limit; none if they fit.

    Each part ends at the last border of sections or stanzas before the limit, or before a line
    where one stanza alone is larger. `size` measures a part: characters, or seconds, as long as it
    does not fall when lines are added. A line that is larger by itself is a part of its own.
    """
    lines = lyrics.split("\n")
    borders = [*_borders(lines)]
    cuts: list[Cut] = []
    start = 0
    while start < len(lines) and not _fits(lines[start:], limit, size):
        cut = _last_that_fits(lines, start, borders, limit, size)
        if cut is None:
            break
        cuts.append(cut)
        start = cut.line - 1
    return tuple(cuts)


def _fits(lines: Sequence[str], limit: float, size: Callable[[str], float]) -> bool:
    return size("\n".join(lines).strip()) <= limit


def _last_that_fits(
    lines: Sequence[str],
    start: int,
    borders: Sequence[Cut],
    limit: float,
    size: Callable[[str], float],
) -> Cut | None:
    """Return the best place behind `start` (from 0) before which a part fits, None if none is."""
    ahead = [cut for cut in borders if cut.line - 1 > start]
    whole = [cut for cut in ahead if cut.border is not Border.LINE]
    for among in (whole, ahead):
        best = None
        for cut in among:
            if not _fits(lines[start : cut.line - 1], limit, size):
                break
            best = cut
        if best is not None:
            return best
    return next((cut for cut in ahead), None)


def _borders(lines: Sequence[str]) -> Iterator[Cut]:
    """Yield every line that a part can begin with, in order."""
    is_begun, above = False, ""
    for number, text in enumerate(map(without_marks, lines), start=1):
        is_section = section_of(text) is not None
        if text and is_begun:
            # Below the name of a section begins no part of its own.
            if is_section and section_of(above) is None:
                yield Cut(number, Border.SECTION)
            elif not is_section and section_of(above) is None:
                is_stanza = not lines[number - 2].strip()
                yield Cut(number, Border.STANZA if is_stanza else Border.LINE)
        if text:
            is_begun, above = True, text
