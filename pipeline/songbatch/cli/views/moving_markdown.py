"""Several engines side by side as Markdown, for a pull request's comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.views.markdown import bounded, code
from songbatch.cli.views.moving_text import compared, moved_lines, prospect_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.cli.views.results import ComparisonResult, Move


def comparison_markdown(result: ComparisonResult) -> str:
    """Return the table, and below it what is lost and what stays."""
    heads, *rows = compared(result)
    head = ["### songbatch plan", "", _row(heads), _row(["---"] * len(heads))]
    head += [_row([code(name), *cells]) for name, *cells in rows]
    return "\n".join(bounded(head, _items(result)))


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _items(result: ComparisonResult) -> Iterator[tuple[str, list[str]]]:
    for prospect in result.prospects:
        for line in prospect_lines(prospect, code):
            yield f"#### {code(prospect.move.to.name)}", [f"- {line}"]


def move_items(move: Move) -> Iterator[tuple[str, list[str]]]:
    """Yield what there is to say of a move, under one heading."""
    heading = f"#### moving from {code(move.was or '')} to {code(move.to.name)}"
    for line in moved_lines(move, code):
        yield heading, [f"- {line}"]
