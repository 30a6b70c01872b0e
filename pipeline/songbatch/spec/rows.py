"""A CSV file → rows of variables, each with the line it begins on."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.unmerged import unmerged
from songbatch.formatting import count
from songbatch.sources import Span
from songbatch.spec.bounds import MAX_COLUMNS, MAX_RENDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.sources import Source

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class VariableRow(msgspec.Struct, frozen=True):
    """One row: its values by column, and the line of the file it begins on."""

    values: Mapping[str, str]
    line: int


class Rows(msgspec.Struct, frozen=True):
    """The rows of a file; `columns` in the file's order."""

    source: Source
    columns: tuple[str, ...]
    header_line: int
    rows: tuple[VariableRow, ...]


def rows(source: Source, diagnostics: list[Diagnostic]) -> Rows | None:
    """Return the rows of a file, or None if it has errors, which are added to `found`."""
    torn = unmerged(source)
    if torn is not None:
        diagnostics.append(torn)
        return None
    before = len(diagnostics)
    records = _records(source, diagnostics)
    first = next(records, None)
    if first is None:
        if len(diagnostics) == before:
            fix = "write a header line with names, and a line for every variant"
            diagnostics.append(make_diagnostic("rows.header", Span(source), "there is none", fix))
        return None
    line, header = first
    if not _usable(source, line, header, diagnostics):
        return None
    body = tuple(_body(source, header, records, diagnostics))
    if len(diagnostics) == before and not body:
        fix = "add a line for every variant below the header"
        diagnostics.append(
            make_diagnostic("rows.empty", Span(source), "only the header is there", fix)
        )
    return Rows(source, tuple(header), line, body) if len(diagnostics) == before else None


def line_span(source: Source, line: int) -> Span:
    """Return the span of a whole line."""
    return Span(source, line, 1, line, max(len(source.line(line)), 1) + 1)


def _records(source: Source, diagnostics: list[Diagnostic]) -> Iterator[tuple[int, list[str]]]:
    nul = source.text.find("\0")
    if nul >= 0:
        line = source.text.count("\n", 0, nul) + 1
        detail, fix = "it has a NUL character", "save the file as CSV in UTF-8"
        diagnostics.append(make_diagnostic("rows.syntax", line_span(source, line), detail, fix))
        return
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n")
    reader = csv.reader(_lines(text), strict=True, skipinitialspace=True)
    start = 1
    try:
        for record in reader:
            if any(record):
                yield start, record
            start = reader.line_num + 1
    except csv.Error as error:
        diagnostics.append(_not_csv(source, start, str(error)))


def _lines(text: str) -> Iterator[str]:
    # Only \n ends a line here, as it does for everything that counts lines in a source.
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _not_csv(source: Source, line: int, message: str) -> Diagnostic:
    detail, fix = message, "correct the quotes of this row"
    if "unexpected end" in message:
        detail, fix = "a quote that is never closed", "close it; a quote inside is written twice"
    elif "expected after" in message:
        detail, fix = "text after a closing quote", "a quote inside quotes is written twice"
    elif "new-line character" in message:
        detail, fix = "a carriage return inside a row", "save the file with ordinary line ends"
    elif "field larger" in message:
        detail, fix = "a field that is far too long", "close the quote it begins with"
    return make_diagnostic("rows.syntax", line_span(source, line), detail, fix)


def _usable(source: Source, line: int, header: list[str], diagnostics: list[Diagnostic]) -> bool:
    span = line_span(source, line)
    other = next((mark for mark in ";\t" if len(header) == 1 and mark in header[0]), None)
    if other is not None:
        detail = f"the columns are separated by {'semicolons' if other == ';' else 'tabs'}"
        fix = "save the file with commas between the columns"
        diagnostics.append(make_diagnostic("rows.header", span, detail, fix))
        return False
    if len(header) > MAX_COLUMNS:
        detail = f"{count(len(header), 'column')}, at most {MAX_COLUMNS:,} are allowed"
        diagnostics.append(
            make_diagnostic("rows.header", span, detail, "remove columns that no template uses")
        )
        return False
    wrong = [name for name in header if not _IDENTIFIER.fullmatch(name)]
    twice = [name for name, times in Counter(header).items() if times > 1]
    fix = "name each column with letters, digits and underscores, not a digit first"
    for name in dict.fromkeys(wrong):
        detail = f'the column "{name}"' if name else "a column without a name"
        diagnostics.append(make_diagnostic("rows.header", span, detail, fix))
    for name in twice:
        detail = f'the column "{name}" appears twice'
        diagnostics.append(
            make_diagnostic("rows.header", span, detail, "rename or remove one of the two")
        )
    return not wrong and not twice


def _body(
    source: Source,
    header: list[str],
    records: Iterator[tuple[int, list[str]]],
    diagnostics: list[Diagnostic],
) -> Iterator[VariableRow]:
    for number, (line, record) in enumerate(records):
        if number >= MAX_RENDERS:
            detail = f"more than {MAX_RENDERS:,} rows"
            diagnostics.append(
                make_diagnostic(
                    "matrix.too-large", line_span(source, line), detail, "split the file"
                )
            )
            return
        if len(record) == len(header):
            yield VariableRow(dict(zip(header, record, strict=True)), line)
            continue
        detail = f"{count(len(record), 'field')}, {len(header)} needed ({', '.join(header)})"
        fix = "put a field that contains a comma into quotes"
        diagnostics.append(make_diagnostic("rows.columns", line_span(source, line), detail, fix))
