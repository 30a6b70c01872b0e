"""A CSV file → rows of variables, each with the line it begins on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.unmerged import unmerged
from songbatch.formatting import count
from songbatch.sources import Span
from songbatch.spec.bounds import MAX_COLUMNS, MAX_RENDERS
from songbatch.spec.table_text import (
    DELIMITERS,
    NotATable,
    is_name,
    records,
    table_text,
    variable_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.sources import Source
    from songbatch.spec.table_text import TableText

_SHOWN = 60
"""Characters of a field that a message shows."""


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


class Header(msgspec.Struct, frozen=True):
    """The first record: a name for each column, "" for those without one."""

    line: int
    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names there are."""
        return tuple(filter(None, self.names))

    @property
    def needed(self) -> int:
        """How many fields a row has at least: up to the last column with a name."""
        return max((at for at, name in enumerate(self.names, 1) if name), default=0)


def rows(path: str, data: bytes, diagnostics: list[Diagnostic]) -> Rows | None:
    """Return the rows of a file, or None if it has errors, which are added to `diagnostics`.

    One warning says what was assumed of a file that is not CSV with commas in UTF-8. Raises
    Unreadable if the bytes are not text.
    """
    table = table_text(path, data)
    torn = unmerged(table.source)
    if torn is not None:
        diagnostics.append(torn)
        return None
    try:
        wrong, found = _read(table)
    except NotATable as error:
        wrong, found = [_not_csv(table.source, error)], None
    diagnostics += wrong
    return found


def line_span(source: Source, line: int) -> Span:
    """Return the span of a whole line."""
    return Span(source, line, 1, line, max(len(source.line(line)), 1) + 1)


def _read(table: TableText) -> tuple[list[Diagnostic], Rows | None]:
    """Return what is wrong with a table, and its rows unless that is an error. Raises NotATable."""
    source = table.source
    nul = source.text.find("\0")
    if nul >= 0:
        span = line_span(source, source.text.count("\n", 0, nul) + 1)
        detail, fix = "it has a NUL character", "save the file as CSV in UTF-8"
        return [make_diagnostic("rows.syntax", span, detail, fix)], None
    found = records(table)
    line, written = next(found, (0, []))
    if not written:
        fix = "write a header line with names, and a line for every variant"
        return [make_diagnostic("rows.header", Span(source), "there is none", fix)], None
    header = Header(line, tuple(map(variable_name, written)))
    wrong = _judged_header(source, header)
    if wrong:
        return wrong, None
    body = tuple(_body(table, header, found, wrong))
    if not wrong and not body:
        fix = "add a line for every variant below the header"
        wrong.append(make_diagnostic("rows.empty", Span(source), "only the header is there", fix))
    if wrong:
        return wrong, None
    return _assumed(table, header, written), Rows(source, header.columns, line, body)


def _assumed(table: TableText, header: Header, written: list[str]) -> list[Diagnostic]:
    renamed = [
        f'the column "{cell.strip()}" as `{name}`'
        for cell, name in zip(written, header.names, strict=True)
        if cell.strip() != name
    ]
    assumed = [*table.assumed, *renamed]
    if not assumed:
        return []
    fix = "if that is wrong, save it as CSV in UTF-8, with commas and plain names"
    span = line_span(table.source, header.line)
    return [make_diagnostic("rows.form", span, f"it was read {', '.join(assumed)}", fix)]


def _not_csv(source: Source, error: NotATable) -> Diagnostic:
    message = str(error)
    detail, fix = message, "correct the quotes of this row"
    if "unexpected end" in message:
        detail, fix = "a quote that is never closed", "close it; a quote inside is written twice"
    elif "expected after" in message:
        detail, fix = "text after a closing quote", "a quote inside quotes is written twice"
    elif "field larger" in message:
        detail, fix = "a field that is far too long", "close the quote it begins with"
    return make_diagnostic("rows.syntax", line_span(source, error.line), detail, fix)


def _judged_header(source: Source, header: Header) -> list[Diagnostic]:
    span = line_span(source, header.line)
    columns = header.columns
    if len(columns) > MAX_COLUMNS:
        detail = f"{count(len(columns), 'column')}, at most {MAX_COLUMNS:,} are allowed"
        fix = "remove columns that no template uses"
        return [make_diagnostic("rows.header", span, detail, fix)]
    fix = "name each column with letters, digits and underscores, not a digit first"
    wrong = [name for name in dict.fromkeys(columns) if not is_name(name)]
    found = [make_diagnostic("rows.header", span, f'the column "{name}"', fix) for name in wrong]
    fix = "rename or remove one of the two"
    twice = [name for name, times in Counter(columns).items() if times > 1]
    return found + [
        make_diagnostic("rows.header", span, f'the column "{name}" appears twice', fix)
        for name in twice
    ]


def _body(
    table: TableText,
    header: Header,
    found: Iterator[tuple[int, list[str]]],
    wrong: list[Diagnostic],
) -> Iterator[VariableRow]:
    """Yield the rows; what is wrong with others is added to `wrong`."""
    source, nameless = table.source, {at for at, name in enumerate(header.names) if not name}
    least, most = header.needed, len(header.names)
    for number, (line, record) in enumerate(found):
        if number >= MAX_RENDERS:
            span, detail = line_span(source, line), f"more than {MAX_RENDERS:,} rows"
            wrong.append(make_diagnostic("matrix.too-large", span, detail, "split the file"))
            return
        if not least <= len(record) <= most:
            wrong.append(_misfit(table, header, line, record))
            continue
        filled = [at for at in nameless if at < len(record) and record[at].strip()]
        for at in sorted(filled):
            # One error for a column is enough.
            nameless.remove(at)
            wrong.append(_unnamed(source, line, at, record[at]))
        pairs = zip(header.names, record, strict=False)
        yield VariableRow({name: value for name, value in pairs if name}, line)


def _misfit(table: TableText, header: Header, line: int, record: list[str]) -> Diagnostic:
    columns, mark = header.columns, DELIMITERS.get(table.delimiter, table.delimiter)
    detail = f"{count(len(record), 'field')}, {len(columns)} needed ({', '.join(columns)})"
    fix = f"put a field that contains a {mark} into quotes"
    if len(record) < header.needed:
        fix = f"add the missing fields; for an empty one, write its {mark}"
    elif not any(record[len(header.names) :]):
        fix = f"remove the {mark} at the end, or put a field that ends with one into quotes"
    return make_diagnostic("rows.columns", line_span(table.source, line), detail, fix)


def _unnamed(source: Source, line: int, at: int, value: str) -> Diagnostic:
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    detail = f'a column without a name, the {_ordinal(at + 1)}, has "{shown}" here'
    fix = "name the column in the header, or empty it"
    return make_diagnostic("rows.header", line_span(source, line), detail, fix)


def _ordinal(number: int) -> str:
    teen = number % 100 // 10 == 1
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
