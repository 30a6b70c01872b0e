"""Problems of outputs for people: a line each, then the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.pasting import pasteable
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
    for fix in result.fixes:
        yield f"  fix: {pasteable(fix)} restores what is in the store, and says what to do else"
    for one in below:
        yield printable(f"{one.output}: below what was asked for: {one.problem}  [{one.id}]")
    tally = count(len(problems), "problem") if problems else "all as recorded"
    less = f"; {len(below):,} below what was asked for" if below else ""
    less += f"; {result.own:,} in the bytes of this machine" if result.own else ""
    for folder, fix in result.gone.items():
        yield printable(f"{folder}/: its spec is gone; {pasteable(fix)}")
    if result.left_over:
        more = pasteable("songbatch gc drops them")
        yield f"{result.left_over:,} without audio that no spec asks for; {more}"
    if not (result.checked or result.left_over):
        yield pasteable("Nothing to check: no manifest lists an output. Next: songbatch render")
        return
    yield f"{count(result.checked, 'output')} checked: {tally}{less}."
