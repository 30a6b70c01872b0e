"""Lines of pasted lyrics on their way to tidy ones: each knows where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


MOST_LINES = 4000
"""Of tidy lyrics: repeats make much out of little. A pass that makes more may end early."""


class PastedLine(msgspec.Struct, frozen=True):
    """A line: its text, and which one of the pasted text it was, from 1."""

    number: int
    text: str

    def but(self, text: str) -> PastedLine:
        """Return it with another text."""
        return PastedLine(self.number, text)


class Mark(msgspec.Struct, frozen=True):
    """Something that a page or a program wrote: the name of its kind, its text and its line."""

    kind: str
    text: str
    line: int


class Pass(msgspec.Struct, frozen=True):
    """What one pass over the lines made of them, and the marks that it met."""

    lines: Sequence[PastedLine]
    marks: Sequence[Mark] = ()


def each_line(
    lines: Iterable[PastedLine],
    edit: Callable[[PastedLine], tuple[list[str], list[Mark]] | None],
) -> Pass:
    """Return a pass that edits line by line; `edit` returns new texts and marks, None for none."""
    kept: list[PastedLine] = []
    marks: list[Mark] = []
    for line in lines:
        edited = edit(line)
        if edited is None:
            kept.append(line)
            continue
        texts, met = edited
        kept += map(line.but, texts)
        marks += met
    return Pass(kept, marks)
