"""A diff as Markdown, for a pull request's comment and the summary of a workflow's step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.views.diff_messages import Edits, chosen, costs, details, error, tally, what
from songbatch.cli.views.markdown import bounded, code, code_block
from songbatch.diff.compare import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.cli.views.results import DiffResult
    from songbatch.diff.compare import Difference, LinePair
    from songbatch.diff.report import DiffReport


def diff_markdown(result: DiffResult) -> str:
    """Return the totals and every difference; lyrics as GitHub colours a diff."""
    report = result.report
    price = costs(report.totals, is_recorded=report.is_recorded)
    now = "manifests" if report.is_recorded else "specs"
    head = [
        "### songbatch diff",
        "",
        f"{code(str(report.baseline))} against {now} as they are now",
        "",
        f"**{tally(report.totals, len(report.chosen))}** {price}".rstrip(),
    ]
    return "\n".join(bounded(head, _items(report)))


def _items(report: DiffReport) -> Iterator[tuple[str, list[str]]]:
    for change in report.chosen:
        yield "#### chosen", [f"- {code(change.song)}: {code(chosen(change))}"]
    edits = Edits()
    for comparison in report.comparisons:
        heading = f"#### {code(comparison.spec)} on {code(comparison.engine.name)}"
        for difference in comparison.differences:
            yield heading, list(_lines(difference, edits))


def _lines(difference: Difference, edits: Edits) -> Iterator[str]:
    change = what(difference)
    why = error(difference)
    yield (
        f"- **{difference.kind}** {code(difference.id)}{': ' * bool(change)}{change}"
        f"{f' ({code(why)})' if why else ''}"
    )
    for one in details(difference):
        yield f"  - {code(one.name)}: {code(one.was)} → {code(one.now)}"
    if difference.lyrics is None:
        return
    rows = side_by_side(*difference.lyrics)
    first = edits.first_with(rows, difference.id)
    if first != difference.id:
        yield f"  - the same lines as in {code(first)}"
    else:
        yield ""
        yield from code_block(_unified(rows), "diff", indent="  ")


def _unified(rows: Sequence[LinePair]) -> Iterator[str]:
    """Yield old lines before new ones, a stretch of changed lines at a time."""
    new: list[str] = []
    for row in rows:
        if row.is_same:
            yield from new
            new = []
            yield f"  {row.now}"
            continue
        if row.was is not None:
            yield f"- {row.was}"
        if row.now is not None:
            new.append(f"+ {row.now}")
    yield from new
