"""From the parser's character offsets to spans.

The parser's own line numbers are not used: it ends a line at U+0085 and U+2028 too.
"""

from __future__ import annotations

import bisect
import functools
import re
import sys
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from songbatch.sources import Span

if TYPE_CHECKING:
    from songbatch.sources import Source

_LINE_END = re.compile("\n")


@dataclass(slots=True)
class Stretch:
    """A stretch of a source by its offsets: few of them are ever asked for line and column.

    Of a long one, what is shown ends at `shown`.
    """

    places: Places = field(compare=False, repr=False)
    start: int
    end: int
    shown: int = -1

    @property
    def span(self) -> Span:
        """The stretch as people count."""
        return self.places.span(self.start, self.shown if self.shown >= 0 else self.end)

    @property
    def text(self) -> str:
        """What is written there."""
        return self.places.source.text[self.start : self.end]


class Places:
    """Finds line and column of an offset in a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._flow_starts = array("q")
        self._flow_ends = array("q")

    @functools.cached_property
    def _starts(self) -> list[int]:
        # Seldom needed: a file without mistakes is never asked for a line.
        return [0, *(match.end() for match in _LINE_END.finditer(self.source.text))]

    def open_flow(self, start: int) -> None:
        """Note that { … } or [ … ] begins at an offset; what is inside it need not be noted."""
        self._flow_starts.append(start)
        self._flow_ends.append(sys.maxsize)

    def close_flow(self, end: int) -> None:
        """Note that the last one ends before an offset."""
        self._flow_ends[-1] = end

    def is_in_flow(self, offset: int) -> bool:
        """Return whether an offset lies in { … } or [ … ], where no text can begin with |."""
        before = bisect.bisect_left(self._flow_starts, offset) - 1
        return before >= 0 and offset < self._flow_ends[before]

    def stretch(self, event: Any) -> Stretch:
        """Return where an event of the parser stands."""
        return Stretch(self, event.start_mark.index, event.end_mark.index)

    def span(self, start: int, end: int) -> Span:
        """Return the span from offset `start` to before `end`; at least one character wide."""
        line, column = self._place(start)
        end_line, end_column = self._place(max(end, start + 1))
        if end_line > line and end_column == 1:
            end_line, end_column = line, self._width(line) + 1
        if end_line == line:
            end_column = max(end_column, column + 1)
        return Span(self.source, line, column, end_line, end_column)

    def indent(self, offset: int) -> int:
        """Return how many characters stand before an offset on its line."""
        return self._place(offset)[1] - 1

    def _place(self, offset: int) -> tuple[int, int]:
        offset = min(offset, len(self.source.text))
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def _width(self, line: int) -> int:
        ends = self._starts[line] - 1 if line < len(self._starts) else len(self.source.text)
        return ends - self._starts[line - 1]
