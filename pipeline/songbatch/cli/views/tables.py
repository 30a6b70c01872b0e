"""Tables, labelled rows and paragraphs of the views for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.cells import hanging, padded, width, wrapped
from songbatch.cli.pasting import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 80
LABEL = 16
_TO_THE_RIGHT = {"lyrics", "price"}


def table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, its heads in bold."""
    rows = [heads, *cells]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for each in rows:
        aligned = (
            " " * (wide - width(cell)) + cell if head in _TO_THE_RIGHT else padded(cell, wide)
            for head, cell, wide in zip(heads, each, widths, strict=True)
        )
        line = "  ".join(aligned).rstrip()
        yield click.style(line, bold=True) if each is heads else line


def row(label: str, text: str) -> Iterator[str]:
    """Yield a label and what it is about, in lines below one another."""
    yield from hanging(f"  {label}", unbroken(text), LABEL, WIDTH)


def paragraph(text: str, indent: str = "") -> Iterator[str]:
    """Yield the lines of a text, all but the first further in."""
    lead = indent
    for line in wrapped(unbroken(text), WIDTH - len(indent) - 2):
        yield f"{lead}{line}"
        lead = f"{indent}  "
