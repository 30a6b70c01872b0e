"""Markdown for pull requests and step summaries: what specs contain stays inert in it.

Text that is not ours stands only in code, where neither Markdown nor HTML means anything and GitHub
looks for no mentions, issues or addresses.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from songbatch.diagnostics import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_CHARACTERS = 65_000
"""GitHub takes 65,536 in a comment; the rest is for what a caller puts around it."""


def code(text: str) -> str:
    """Return the text as a code span on one line."""
    shown = printable(text)
    if not shown.strip():
        return "(nothing)" if not shown else "(spaces)"
    fence = "`" * (_longest_run(shown) + 1)
    # One space on either side is taken off again by readers of Markdown.
    pad = " " if "`" in (shown[0], shown[-1]) or shown[0] == shown[-1] == " " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def code_block(lines: Iterable[str], language: str = "", indent: str = "") -> Iterator[str]:
    """Yield the lines as a fenced block."""
    shown = [printable(line) for line in lines]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    yield f"{indent}{fence}{language}"
    for line in shown:
        yield f"{indent}{line}"
    yield f"{indent}{fence}"


def _longest_run(text: str) -> int:
    runs = itertools.groupby(text, lambda character: character == "`")
    return max((len(list(group)) for is_tick, group in runs if is_tick), default=0)


def bounded(head: Iterable[str], items: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Yield lines that GitHub takes as one comment: the head, then whole items while they fit.

    An item is its heading, shown if it differs from the one before, and its lines.
    """
    head = list(head)
    yield from head
    left = MOST_CHARACTERS - sum(len(line) + 1 for line in head)
    heading, omitted = "", 0
    for wanted, body in items:
        lines = [*(["", wanted, ""] if wanted != heading else []), *body]
        left -= sum(len(line) + 1 for line in lines)
        if left < 0:
            omitted += 1
            continue
        heading = wanted
        yield from lines
    if omitted:
        yield from ("", f"… and {omitted:,} more.")
