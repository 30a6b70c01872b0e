"""A CSV file → rows of variables, each with the line it begins on."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.unmerged import unmerged
from songbatch.formatting import count
from songbatch.sources import Source, Span
from songbatch.spec.bounds import MAX_COLUMNS, MAX_RENDERS
from songbatch.spec.other_tables import other_file, other_form
from songbatch.spec.row_values import doubtful
from songbatch.spec.table_header import MOST_CHARACTERS, header_of, is_name
from songbatch.spec.table_text import DELIMITERS, NotATable, records, table_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from songbatch.diagnostics import Diagnostic
    from songbatch.spec.table_header import Header, Record
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


def rows(path: str, data: bytes, diagnostics: list[Diagnostic]) -> Rows | None:
    """Return the rows of a file, or None if it has errors, which are added to `diagnostics`.

    One warning says what was assumed of a file that is not CSV with commas in UTF-8. Raises
    Unreadable if the bytes are not text.
    """
    other = other_file(data)
    if other is not None:
        diagnostics.append(make_diagnostic("rows.syntax", Span(Source(path, "")), *other))
        return None
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
    other = other_form(source) if table.delimiter == "," else None
    if other is not None:
        return [make_diagnostic("rows.syntax", line_span(source, other.line), *other.words)], None
    found = list(islice(records(table), MAX_RENDERS + 10))
    if not found:
        fix = "write a header line with names, and a line for every variant"
        return [make_diagnostic("rows.header", Span(source), "there is none", fix)], None
    header, below = header_of(found)
    wrong = _judged_header(source, header) or _row_names(table, header, below)
    if wrong:
        return wrong, None
    body = tuple(_body(table, header, below, wrong))
    if not wrong and not body:
        fix = "add a line for every variant below the header"
        wrong.append(make_diagnostic("rows.empty", Span(source), "only the header is there", fix))
    if wrong:
        return wrong, None
    notes = [*_assumed(table, header), *_short(table, header, below), *_doubtful(source, body)]
    return notes, Rows(source, header.columns, header.line, body)


def _assumed(table: TableText, header: Header) -> Iterator[Diagnostic]:
    assumed = [*table.assumed, *header.assumed]
    if assumed:
        fix = "if that is wrong, save it as CSV in UTF-8, with commas and plain names"
        if mark := _other_mark(table, header):
            fix = f"if that is wrong, write `sep={mark}` as its first line, or s{fix[19:]}"
        span = line_span(table.source, header.line)
        detail = f"it was read {', '.join(assumed)}"
        yield make_diagnostic("rows.form", span, detail, fix)


def _other_mark(table: TableText, header: Header) -> str:
    """Return what else may separate the columns, as the header shows; "" if nothing does."""
    if table.first_line > 1:
        return ""
    written = table.source.line(header.line)
    others = (mark for mark in (";", ",") if mark != table.delimiter and mark in written)
    return next(others, "")


def _short(table: TableText, header: Header, body: Sequence[Record]) -> Iterator[Diagnostic]:
    """Report rows without fields at their ends, which some programs cut off if they are empty."""
    short = [(line, record) for line, record in body if len(record) < header.needed]
    if short:
        line, record = short[0]
        empty = [f"`{name}`" for name in header.names[len(record) :] if name]
        detail = f"taken as empty: {', '.join(empty)}"
        if len(short) > 1:
            detail += f", and {count(len(short) - 1, 'more row')}"
        span = line_span(table.source, line)
        yield make_diagnostic("rows.short", span, detail, _missing_fix(table))


def _missing_fix(table: TableText) -> str:
    return f"add the missing fields; for an empty one, write its {_mark(table)}"


def _doubtful(source: Source, body: Sequence[VariableRow]) -> Iterator[Diagnostic]:
    for line, detail, fix in doubtful([(row.line, row.values) for row in body]):
        yield make_diagnostic("rows.value", line_span(source, line), detail, fix)


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
    if not columns:
        fix = "name each column with letters, digits and underscores"
        return [make_diagnostic("rows.header", span, "no column has a name", fix)]
    fix = f"give each column a name of at most {MOST_CHARACTERS} letters, digits and underscores"
    wrong = [name for name in dict.fromkeys(columns) if not is_name(name)]
    found = [make_diagnostic("rows.header", span, f'the column "{name}"', fix) for name in wrong]
    fix = "rename or remove one of the two"
    twice = [name for name, times in Counter(columns).items() if times > 1]
    return found + [
        make_diagnostic("rows.header", span, f'the column "{name}" appears twice', fix)
        for name in twice
    ]


def _row_names(table: TableText, header: Header, body: Sequence[Record]) -> list[Diagnostic]:
    """Return what is wrong if the rows begin with texts that tell them apart, without a name."""
    first = [record[0].strip() for _, record in body if record]
    names = header.names
    is_short = bool(body) and all(len(record) == len(names) + 1 for _, record in body)
    is_apart = all(first) and len({*first}) == len(first) == len(body) > 1
    if not is_apart or not (is_short or (not names[0] and 0 not in header.counting)):
        return []
    columns = table.delimiter.join(("row", *(names if is_short else names[1:])))
    detail = "the first column has no name" + (", or a field has a comma" if is_short else "")
    fix = f"write `{columns}` as the header"
    if is_short:
        fix += f"; or put a field that contains a {_mark(table)} into quotes"
        detail = detail.replace("comma", _mark(table))
    return [make_diagnostic("rows.header", line_span(table.source, header.line), detail, fix)]


def _body(
    table: TableText, header: Header, found: Sequence[Record], wrong: list[Diagnostic]
) -> Iterator[VariableRow]:
    """Yield the rows; what is wrong with others is added to `wrong`."""
    source = table.source
    nameless = {at for at, name in enumerate(header.names) if not name} - header.counting
    least, most = _fewest(header, found), len(header.names)
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
            wrong.append(_unnamed(table.source, header, (line, at), record[at]))
        missing = [""] * (len(header.names) - len(record))
        pairs = zip(header.names, [*record, *missing], strict=True)
        yield VariableRow({name: value for name, value in pairs if name}, line)


def _fewest(header: Header, body: Sequence[Record]) -> int:
    """Return how many fields a row has at least.

    A program that cuts empty fields off at the ends of rows does so in every row: if there are any
    at an end, a shorter row is a mistake.
    """
    keeps_empty = any(
        len(record) >= header.needed and not record[header.needed - 1] for _, record in body
    )
    return header.needed if keeps_empty else 1


def _mark(table: TableText) -> str:
    return DELIMITERS.get(table.delimiter, table.delimiter)


def _misfit(table: TableText, header: Header, line: int, record: list[str]) -> Diagnostic:
    columns, mark = header.columns, _mark(table)
    detail = f"{count(len(record), 'field')}, {len(columns)} needed ({', '.join(columns)})"
    fix = f"put a field that contains a {mark} into quotes"
    if len(record) < header.needed:
        fix = _missing_fix(table)
    elif not any(record[len(header.names) :]):
        fix = f"remove the {mark} at the end, or put a field that ends with one into quotes"
    else:
        fix += _title_fix(header)
    return make_diagnostic("rows.columns", line_span(table.source, line), detail, fix)


def _title_fix(header: Header) -> str:
    """Return what to do if the one cell of the header is none."""
    return f"; if line {header.line} is a title, remove it" if len(header.columns) == 1 else ""


def _unnamed(source: Source, header: Header, place: tuple[int, int], value: str) -> Diagnostic:
    line, at = place
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    detail = f'a column without a name, the {_ordinal(at + 1)}, has "{shown}" here'
    fix = f"name the column in the header with letters or digits, or empty it{_title_fix(header)}"
    return make_diagnostic("rows.header", line_span(source, line), detail, fix)


def _ordinal(number: int) -> str:
    teen = number % 100 // 10 == 1
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
