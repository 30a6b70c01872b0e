"""Diagnostics as text for people, as JSON for programs, as annotations for GitHub Actions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import click

from songbatch.cli.cells import width
from songbatch.cli.pasting import pasteable
from songbatch.cli.views.alike import groups
from songbatch.diagnostics import Severity, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.sources import Span

MOST_SHOWN = 500
"""Diagnostics of one file."""
EXCERPT_WIDTH = 96
"""Characters of a source line that are shown; longer lines are cut around the place."""


def as_texts(diagnostics: Iterable[Diagnostic], *, is_coloured: bool = False) -> Iterator[str]:
    """Yield sorted diagnostics as text; of more in a file than anybody reads, how many more.

    Many of the very same in one file are one text, with the lines of the others.
    """
    for path, group in itertools.groupby(diagnostics, lambda one: one.span.path):
        listed = list(group)
        shown = groups(listed[:MOST_SHOWN], lambda d: (d.severity, d.code, d.message, d.fix))
        for first, *others in shown:
            text = as_text(first, is_coloured=is_coloured)
            lines = ", ".join(str(each.span.line) for each in others)
            yield f"{text}\n  the same on lines {lines}" if others else text
        if left := len(listed[MOST_SHOWN:]):
            more = pasteable("`songbatch check --format json` lists them all")
            yield f"{printable(path)}: … and {left:,} more; {more}"


def as_text(diagnostic: Diagnostic, *, is_coloured: bool = False) -> str:
    """Return the place, the message, the source line with carets, and the fix."""

    def styled(text: str, **style: Any) -> str:
        return click.style(text, **style) if is_coloured else text

    colour = "red" if diagnostic.severity is Severity.ERROR else "yellow"
    kind = styled(f"{diagnostic.severity}[{diagnostic.code}]", fg=colour, bold=True)
    place = styled(printable(str(diagnostic.span)), bold=True)
    parts = [f"{place}: {kind}: {diagnostic.message}"]
    if diagnostic.span.line:
        line, below = _excerpt(diagnostic.span)
        bar = below.index("|") + 1
        parts += [line, below[:bar] + styled(below[bar:], fg=colour)]
    if diagnostic.fix:
        parts.append(f"  {styled('fix:', fg='cyan')} {printable(pasteable(diagnostic.fix))}")
    return "\n".join(parts)


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return the diagnostic as plain data; line and columns are null for a file as a whole."""
    span = diagnostic.span
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "fix": pasteable(diagnostic.fix),
        "file": span.path,
        "line": span.line or None,
        "column": span.column or None,
        "end_line": span.end_line or None,
        "end_column": span.end_column or None,
    }


def as_github(diagnostic: Diagnostic, project: str) -> str:
    """Return a workflow command that puts the diagnostic beside the line in a pull request.

    `project` is the project's folder in its repository: "" at the top, otherwise with `/` behind.
    """
    span = diagnostic.span
    place = {"file": printable(project + span.path)}
    if span.line:
        place |= {"line": str(span.line), "col": str(span.column)}
        if span.end_line == span.line:
            place |= {"endColumn": str(max(span.end_column - 1, span.column))}
    place["title"] = diagnostic.code
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in place.items())
    command = "error" if diagnostic.severity is Severity.ERROR else "warning"
    message = ". fix: ".join(
        filter(None, [diagnostic.message, printable(pasteable(diagnostic.fix))])
    )
    return f"::{command} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _excerpt(span: Span) -> list[str]:
    line = span.source.line(span.line)
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    end = min(max(end, start + 1), max(len(line), start + 1))
    first = max(0, min(start - EXCERPT_WIDTH // 3, len(line) - EXCERPT_WIDTH))
    shown = line[first : first + EXCERPT_WIDTH]
    end = min(end, first + EXCERPT_WIDTH)
    number = f"{span.line:>6}"
    carets = _blank(line[first:start]) + "^" * max(1, width(line[start:end]))
    return [
        f"{number} | {_printable_line(shown)}".rstrip(),
        f"{' ' * len(number)} | {carets}",
    ]


def _printable_line(text: str) -> str:
    # One cell for one character, so that the carets below stay in place.
    return "".join(c if printable(c) == c else "\N{REPLACEMENT CHARACTER}" for c in text)


def _blank(text: str) -> str:
    return "".join("\t" if c == "\t" else " " * width(c) for c in text)
