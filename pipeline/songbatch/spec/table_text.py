"""A table's bytes, as spreadsheets save them → its text, its delimiter, and what was assumed."""

from __future__ import annotations

import csv
import re
from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from songbatch.files.encodings import decoded
from songbatch.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
"""What spreadsheets write between columns, and what people call it."""
_DECLARED = re.compile(r"(\"?)sep=([^\w\s\"]|\t)\1[\t;,]*(?:\n|\Z)", re.IGNORECASE)
"""A first line by which Excel is told the delimiter; saved again, it may have empty columns."""
_TYPED = re.compile(r"#TYPE [^\n]*\n")
"""A first line of Windows PowerShell, which names the type of the objects below."""
_QUOTED = re.compile(r'"[^"]*"')
_MARKS = re.compile(f"[{''.join(DELIMITERS)}]")
_LOOKED_AT = 20
"""Rows by which a delimiter is told."""
_NUMBERED = re.compile(r"[^\W\d_]+ ?[0-9]+")
"""Names of tables that Numbers writes above each: Table 1, Tabelle 1, 表格 1."""


class TableText(msgspec.Struct, frozen=True):
    """The text of a table, whose lines end with LF, and how its columns are separated.

    The table begins in the line `first_line`. `assumed` are the parts of a sentence that says how
    it was read, as far as the file itself does not say so.
    """

    source: Source
    delimiter: str
    first_line: int = 1
    assumed: tuple[str, ...] = ()
    has_quotes: bool = True
    """Whether a quote at the beginning of a field is none of its letters."""


def table_text(path: str, data: bytes) -> TableText:
    """Return the text of a table. Raises Unreadable if no encoding can be told."""
    text, assumed = decoded(path, data, "CSV in UTF-8")
    source = Source(path, _with_line_feeds(text))
    declared = _DECLARED.match(source.text)
    if declared is not None:
        return TableText(source, declared[2], 2, assumed)
    typed = _TYPED.match(source.text)
    text = source.text[typed.end() :] if typed is not None else source.text
    delimiter = _delimiter(text)
    if delimiter != ",":
        assumed = (*assumed, f"with {DELIMITERS[delimiter]}s between the columns")
    has_quotes = delimiter != "\t" or not _are_letters(text)
    if not has_quotes:
        assumed = (*assumed, "with its quotes as letters")
    return TableText(source, delimiter, 1 if typed is None else 2, assumed, has_quotes)


def _are_letters(text: str) -> bool:
    """Return whether quotes of a table with tabs are letters, as Google Sheets writes them.

    Then tabs alone give every line as many fields as the header has, and quotes do not.
    """
    if '"' not in text or len({line.count("\t") for line in _lines(text) if line.strip()}) > 1:
        return False
    try:
        return len({len(record) for _, record in _records(text, "\t")}) > 1
    except NotATable:
        return True


def records(table: TableText) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not empty, each with the line it begins in.

    Raises NotATable.
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if table.has_quotes else csv.QUOTE_NONE
    yield from _records(table.source.text, table.delimiter, table.first_line, quoting)


class NotATable(Exception):
    """The record that begins in `line` cannot be understood; the message is that of `csv`."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _records(
    text: str, delimiter: str, first_line: int = 1, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(text)
    for _ in range(1, first_line):
        next(lines, None)
    reader = csv.reader(
        lines, strict=True, skipinitialspace=True, delimiter=delimiter, quoting=quoting
    )
    start = first_line
    try:
        for record in reader:
            if any(record):
                yield start, record
            start = first_line + reader.line_num
    except csv.Error as error:
        raise NotATable(start, str(error)) from error


def _lines(text: str) -> Iterator[str]:
    # Only \n ends a line here, as it does for everything that counts lines in a source.
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _with_line_feeds(text: str) -> str:
    """Return text whose lines end with LF; carriage returns alone end lines if any row ends so."""
    text = text.replace("\r\n", "\n")
    if "\r" in text and "\r" in _QUOTED.sub("", text):
        return text.replace("\r", "\n")
    return text


def _delimiter(text: str) -> str:
    """Return what separates the columns of the header; no name of a variable can hold it."""
    headers = {mark: _header(text, mark) for mark in DELIMITERS}
    several = [mark for mark, names in headers.items() if len(names) > 1]
    fitting = [mark for mark in several if not any(map(_MARKS.search, headers[mark]))]
    if fitting or not several:
        return next(iter(fitting), ",")
    # Each has names with another mark in them: the rows tell, or else it is not the comma.
    return max(several, key=lambda mark: (_even(text, mark), len(headers[mark]), mark != ","))


def _even(text: str, delimiter: str) -> int:
    """Return how many of the first rows have as many fields as the header."""
    try:
        first = [record for _, record in islice(_records(text, delimiter), _LOOKED_AT)]
    except NotATable:
        return 0
    return sum(len(record) == len(first[0]) for record in first)


def _header(text: str, delimiter: str) -> list[str]:
    try:
        found = _records(text, delimiter)
        line, header = next(found, (0, []))
        if len(header) == 1 and header[0]:
            below, second = next(found, (0, []))
            if is_title(header[0], below - line):
                header = second
    except NotATable:
        return []
    return header


def is_title(cell: str, lines_below: int) -> bool:
    """Return whether a line with one cell is the title of the table `lines_below` it.

    It is what a program calls a table if nobody gives it a name; or words above an empty line.
    """
    title = cell.strip()
    return _NUMBERED.fullmatch(title) is not None or (lines_below > 1 and " " in title)
