"""Problems of outputs for people: a line each, then the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import printable
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.cli.views.results import VerifyResult


def verify_text(result: VerifyResult) -> str:
    """Return every problem, what is below what was asked for, and the totals."""
    return "\n".join(_lines(result))


def _lines(result: VerifyResult) -> Iterator[str]:
    problems, below = result.problems, result.below
    for one in problems:
        yield printable(f"{one.output}: {one.problem}  [{one.id}]")
    for one in below:
        yield printable(f"{one.output}: below what was asked for: {one.problem}  [{one.id}]")
    tally = count(len(problems), "problem") if problems else "all as recorded"
    less = f"; {len(below):,} below what was asked for" if below else ""
    for folder in result.gone:
        yield printable(f"{folder}/: its spec is gone; songbatch render removes or moves it")
    if result.left_over:
        yield f"{result.left_over:,} without audio that no spec asks for; songbatch gc drops them"
    yield f"{count(result.checked, 'output')} checked: {tally}{less}."
