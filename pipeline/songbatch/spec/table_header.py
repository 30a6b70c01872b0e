"""The header of a table: which line it is, and which variables its cells name.

Spreadsheets write a title above it, and programs a column that only counts the rows. Both are left
out where the table could not be read with them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from songbatch.spec.table_text import is_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Record = tuple[int, list[str]]
"""A record of a table, and the line it begins in."""
MOST_CHARACTERS = 64
"""Of a name."""
_UNNAMED = re.compile(r"Unnamed: [0-9]+")
"""What pandas calls columns without a name."""
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
    counting = frozenset(_counting(written, body))
    names = tuple("" if at in counting else name for at, name in enumerate(names))
    assumed += [
        f'with the column "{cell.strip()}" as `{name}`'
        for cell, name in zip(written, names, strict=True)
        if name and _composed(cell) != name
    ]
    if counting:
        what = "the first column, which counts" if len(counting) == 1 else "columns that count"
        assumed.append(f"without {what} the rows")
    return Header(line, names, tuple(assumed), counting), body


def _has_title(records: Sequence[Record]) -> bool:
    """Return whether the first record is a title, and the second is the header.

    As a header, the first would lack names, and the rows below would not fit. What could be a name
    as it stands may be one, whose neighbours have been forgotten, unless names follow for sure.
    """
    if len(records) < 2:
        return False
    (line, first), (below, second) = records[:2]
    filled, told = _filled(second), [cell for cell in first if cell.strip()]
    if not first[0].strip() or filled < 2 or not all(second[:filled]):
        return False
    if len(first) == 1:
        return is_title(first[0], below - line) and _are_even(records[1:])
    if len(told) == 1 and not is_name(_composed(first[0])):
        return True
    has_gap = not all(cell.strip() for cell in first[:filled])
    return has_gap and _are_names(second[:filled], records[2:])


def _are_names(header: Sequence[str], body: Sequence[Record]) -> bool:
    """Return whether cells are names of variables for sure: in small letters, and no others are."""
    others = [cell for _, record in body for cell in record]
    return all(is_name(cell) and cell.islower() for cell in header) and not all(
        cell.islower() for cell in others
    )


def _are_even(records: Sequence[Record]) -> bool:
    """Return whether rows have as many fields each, as commas between words hardly do."""
    return len({len(record) for _, record in records}) == 1


def _composed(cell: str) -> str:
    # Composing many marks takes long, and no name is that long.
    return unicodedata.normalize("NFC", cell[: MOST_CHARACTERS * 8]).strip()


def _filled(record: Sequence[str]) -> int:
    return sum(1 for cell in record if cell.strip())


def _counting(header: Sequence[str], body: Sequence[Record]) -> Iterator[int]:
    """Yield the first columns that only tell the rows apart: without a name, by whole numbers."""
    for at, cell in enumerate(header[:-1]):
        is_named = variable_name(cell) and not _UNNAMED.fullmatch(cell.strip())
        if is_named or not _are_numbers(body, at):
            return
        yield at


def _are_numbers(body: Sequence[Record], at: int) -> bool:
    """Return whether the fields of a column are whole numbers, no two of them equal."""
    fields = [record[at].strip() if at < len(record) else "" for _, record in body]
    return (
        bool(fields)
        and len(set(fields)) == len(fields)
        and all(field.isascii() and field.isdecimal() for field in fields)
    )
