"""A table's bytes, as spreadsheets save them → its text, its delimiter, and what was assumed."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.sources import Source, Unreadable, as_source

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
"""What spreadsheets write between columns, and what people call it."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LATIN_IN_UTF8 = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
"""Letters such as é in UTF-8; in Windows-1252 no word has these two in a row."""
_DECLARED = re.compile(r"(\"?)sep=([^\w\s\"]|\t)\1[\t;,]*(?:\n|\Z)", re.IGNORECASE)
"""A first line by which Excel is told the delimiter; saved again, it may have empty columns."""
_QUOTED = re.compile(r'"[^"]*"')
_LETTERS = re.compile(r"[^\s,;\t\"]*[^\x00-\x7f\s][^\s,;\t\"]*")
_SHOWN = 30
"""Characters of a word that shows how the file was read."""
_MARKS = re.compile(f"[{''.join(DELIMITERS)}]")
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


def table_text(path: str, data: bytes) -> TableText:
    """Return the text of a table. Raises Unreadable if no encoding can be told."""
    text, assumed = _decoded(path, data)
    source = Source(path, _with_line_feeds(text))
    declared = _DECLARED.match(source.text)
    if declared is not None:
        return TableText(source, declared[2], 2, assumed)
    delimiter = _delimiter(source.text)
    if delimiter != ",":
        assumed = (*assumed, f"with {DELIMITERS[delimiter]}s between the columns")
    return TableText(source, delimiter, 1, assumed)


def records(table: TableText) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not empty, each with the line it begins in.

    Raises NotATable.
    """
    yield from _records(table.source.text, table.delimiter, table.first_line)


class NotATable(Exception):
    """The record that begins in `line` cannot be understood; the message is that of `csv`."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _records(text: str, delimiter: str, first_line: int = 1) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(text)
    for _ in range(1, first_line):
        next(lines, None)
    reader = csv.reader(lines, strict=True, skipinitialspace=True, delimiter=delimiter)
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


def _decoded(path: str, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text, and how it was read if the bytes do not say so. Raises Unreadable."""
    if data.startswith(_UTF16_MARKS):
        return _utf16(data, "utf-16"), ()
    if b"\0" in data[:2]:  # a letter of the header, and a zero
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
        return _utf16(data, encoding), ("as UTF-16",)
    try:
        return as_source(path, data).text, ()
    except Unreadable:
        if _LATIN_IN_UTF8.search(data):
            raise
        text = _windows(data)
        if text is None:
            raise
    word = _LETTERS.search(text)
    sample = f' (which gives "{word[0][:_SHOWN]}")' if word is not None else ""
    return text, (f"as Windows-1252{sample}",)


def _utf16(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            "it is UTF-16 text with a damaged place", "save the file again, as CSV in UTF-8"
        ) from error


def _windows(data: bytes) -> str | None:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


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
    return next(iter(fitting), max(several, key=lambda mark: len(headers[mark]), default=","))


def _header(text: str, delimiter: str) -> list[str]:
    try:
        found = _records(text, delimiter)
        _, header = next(found, (0, []))
        if len(header) == 1 and is_numbered(header[0]):
            _, header = next(found, (0, []))
    except NotATable:
        return []
    return header


def is_numbered(title: str) -> bool:
    """Return whether a line alone is what a program calls a table if nobody gives it a name."""
    return _NUMBERED.fullmatch(title.strip()) is not None
