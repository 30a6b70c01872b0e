"""The header of a table: which line it is, and which variables its cells name.

Spreadsheets write a title above it, and programs a column that only counts the rows. Both are left
out where the table could not be read with them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import msgspec

from songbatch.spec.table_text import is_numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

Record = tuple[int, list[str]]
"""A record of a table, and the line it begins in."""
MOST_CHARACTERS = 64
"""Of a name."""
_SHOWN = 40
"""Characters of a title that a message repeats."""


class Header(msgspec.Struct, frozen=True):
    """The record that names the columns: a name for each, "" for those without one.

    `assumed` are the parts of a sentence that says what was taken for what.
    """

    line: int
    names: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    counting: frozenset[int] = frozenset()
    """Columns that only count the rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names there are."""
        return tuple(filter(None, self.names))

    @property
    def needed(self) -> int:
        """How many fields a row has: up to the last column with a name."""
        return max((at for at, name in enumerate(self.names, 1) if name), default=0)


def variable_name(written: str) -> str:
    """Return the variable that a header cell names; may be "", or too long.

    It keeps its letters and digits, in NFC. `_` stands for what is between them, and before a digit
    that would be first.
    """
    letters = (c if ("a" + c).isidentifier() else " " for c in _composed(written))
    parts = "".join(letters).split()
    name = "_".join(parts)
    return name if not name or name.isidentifier() else f"_{name}"


def is_name(name: str) -> bool:
    """Return whether a variable can have this name."""
    return name.isidentifier() and len(name) <= MOST_CHARACTERS


def header_of(records: Sequence[Record]) -> tuple[Header, Sequence[Record]]:
    """Return the header of a table that has a record, and the rows below it."""
    above = 1 if _has_title(records) else 0
    line, written = records[above]
    body = records[above + 1 :]
    names = tuple(map(variable_name, written))
    assumed = [f'without the title "{records[0][1][0].strip()[:_SHOWN]}"'] if above else []
    assumed += [
        f'with the column "{cell.strip()}" as `{name}`'
        for cell, name in zip(written, names, strict=True)
        if name and _composed(cell) != name
    ]
    counting = frozenset({0} if not names[0] and any(names) and _counts(body) else ())
    assumed += ["without the first column, which counts the rows"] if counting else []
    return Header(line, names, tuple(assumed), counting), body


def _has_title(records: Sequence[Record]) -> bool:
    """Return whether the first record is a title, and the second is the header.

    As a header, the first would have one column, and the rows below would not fit. What could be a
    name as it stands may be one, whose neighbours have been forgotten.
    """
    if len(records) < 2:
        return False
    (_, first), (_, second) = records[:2]
    filled = _filled(second)
    if _filled(first) != 1 or not first[0].strip() or filled < 2 or not all(second[:filled]):
        return False
    if len(first) == 1:
        return is_numbered(first[0]) and _are_even(records[1:])
    return not is_name(_composed(first[0]))


def _are_even(records: Sequence[Record]) -> bool:
    """Return whether rows have as many fields each, as commas between words hardly do."""
    return len({len(record) for _, record in records}) == 1


def _composed(cell: str) -> str:
    # Composing many marks takes long, and no name is that long.
    return unicodedata.normalize("NFC", cell[: MOST_CHARACTERS * 8]).strip()


def _filled(record: Sequence[str]) -> int:
    return sum(1 for cell in record if cell.strip())


def _counts(body: Sequence[Record]) -> bool:
    """Return whether the first fields of all rows are 0, 1, 2 … or 1, 2, 3 …"""
    first = [record[0].strip() for _, record in body]
    return bool(first) and any(
        first == [str(number) for number in range(start, start + len(first))] for start in (0, 1)
    )
