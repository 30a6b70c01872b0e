"""A diff for people: a line a render, lyrics side by side, then the totals."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from songbatch.cli.cells import padded, wrapped
from songbatch.cli.views.diff_messages import Edits, chosen, costs, details, error, tally, what
from songbatch.diagnostics import printable
from songbatch.diff.compare import Kind, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.cli.views.results import DiffResult
    from songbatch.diff.compare import Difference, LinePair
    from songbatch.diff.report import DiffReport

COLOURS = {Kind.ADDED: "green", Kind.REMOVED: "red", Kind.CHANGED: "yellow"}
INDENT = " " * 6
NARROWEST = 20
"""Cells of a column of lyrics."""
CONTEXT = 1
"""Unchanged lines that are shown around changed ones."""


def diff_text(result: DiffResult) -> str:
    """Return the whole diff, as wide as the terminal, or 100 cells."""
    return "\n".join(_diff_text(result.report))


def _diff_text(report: DiffReport) -> Iterator[str]:
    yield printable(report.title)
    yield ""
    lyrics = _Lyrics(shutil.get_terminal_size((100, 24)).columns)
    for comparison in report.comparisons:
        if not comparison.differences:
            continue
        heading = printable(f"{comparison.spec} on {comparison.engine.name}")
        yield click.style(heading, bold=True)
        for difference in comparison.differences:
            yield from _lines(difference, lyrics)
        yield ""
    if report.chosen:
        yield click.style("chosen", bold=True)
        for change in report.chosen:
            yield f"  {printable(change.song)}: {printable(chosen(change))}"
        yield ""
    yield tally(report.totals, len(report.chosen))
    if price := costs(report.totals, is_recorded=report.is_recorded):
        yield price


def _lines(difference: Difference, lyrics: _Lyrics) -> Iterator[str]:
    kind = difference.kind
    label = click.style(f"{kind.value:<8}", fg=COLOURS[kind])
    reasons = "; ".join(filter(None, [what(difference), error(difference)]))
    yield f"  {label} {printable(difference.id)}{': ' * bool(reasons)}{printable(reasons)}"
    for one in details(difference):
        yield f"{INDENT}{printable(one.name)}: {printable(one.was)} -> {printable(one.now)}"
    if difference.lyrics is not None:
        yield from lyrics.lines(difference.id, *difference.lyrics)


class _Lyrics:
    """Lyrics side by side. An edit that several songs share is shown once."""

    def __init__(self, columns: int) -> None:
        self._column = max(NARROWEST, (columns - len(INDENT) - 3) // 2)
        self._edits = Edits()

    def lines(self, render_id: str, was: str, now: str) -> Iterator[str]:
        rows = side_by_side(was, now)
        first = self._edits.first_with(rows, render_id)
        if first != render_id:
            yield f"{INDENT}the same lines as in {printable(first)}"
            return
        last = -1
        for number in _near_changes(rows):
            if number > last + 1 and last >= 0:
                yield f"{INDENT}…"
            yield from self._row(rows[number])
            last = number

    def _row(self, row: LinePair) -> Iterator[str]:
        left = list(wrapped(printable(row.was or ""), self._column))
        right = list(wrapped(printable(row.now or ""), self._column))
        mark = "|" if row.is_same else "<" if row.now is None else ">" if row.was is None else "~"
        for number in range(max(len(left), len(right))):
            old = padded(left[number] if number < len(left) else "", self._column)
            new = right[number] if number < len(right) else ""
            if not row.is_same:
                old, new = click.style(old, fg="red"), click.style(new, fg="green")
            yield f"{INDENT}{old} {mark} {new}".rstrip()


def _near_changes(rows: Sequence[LinePair]) -> list[int]:
    changed = [number for number, row in enumerate(rows) if not row.is_same]
    near = {n for c in changed for n in range(c - CONTEXT, c + CONTEXT + 1)}
    return sorted(near & set(range(len(rows))))
