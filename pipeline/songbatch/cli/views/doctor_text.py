"""Checkup for people: engine by engine, then the project, then the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.cells import hanging
from songbatch.cli.pasting import unbroken
from songbatch.diagnostics import printable
from songbatch.engines.health import HealthState
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.engines.health import HealthItem
    from songbatch.run.doctor import Checkup

WIDTH = 80
LABEL = 18
COLOURS = {HealthState.WARNING: "yellow", HealthState.FAILED: "red"}


def doctor_text(checkup: Checkup) -> str:
    """Return every finding, and the totals."""
    return "\n".join(_lines(checkup))


def _lines(checkup: Checkup) -> Iterator[str]:
    for one in checkup.engines:
        where = f" at {one.url}" if one.url else ""
        model = "" if one.model in one.name.split("/") else f", {one.model}"
        yield click.style(printable(f"{one.name}{model}{where}"), bold=True)
        yield from _items(one.items)
        yield ""
    if checkup.project:
        yield click.style("project", bold=True)
        yield from _items(checkup.project)
        yield ""
    yield _tally(checkup)


def _items(items: Iterable[HealthItem]) -> Iterator[str]:
    for item in items:
        said = "" if item.state is HealthState.FINE else f"{item.state}: "
        first, *rest = hanging(f"  {item.subject}", f"{said}{printable(item.text)}", LABEL, WIDTH)
        if said:
            styled = click.style(said.rstrip(), fg=COLOURS[item.state], bold=True)
            first = first.replace(said.rstrip(), styled, 1)
        yield from (first, *rest)
        if item.fix:
            yield from hanging("", f"fix: {unbroken(item.fix)}", LABEL, WIDTH)


def _tally(checkup: Checkup) -> str:
    failures, warnings = map(checkup.count, (HealthState.FAILED, HealthState.WARNING))
    if failures:
        more = f", {count(warnings, 'warning')}" if warnings else ""
        return f"{count(failures, 'failure')}{more}: a render would not get through."
    return f"{count(warnings, 'warning')}." if warnings else "All is well."
