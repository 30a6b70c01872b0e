"""A table for terminals of what a shop asks for and an album does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.diagnostics import printable
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.handover.shops.requirements import Gap
    from songbatch.handover.shops.shop import Shop

_UNSURE = " (unconfirmed)"
_NAMED = 3
"""Up to so many tracks are named."""


def gap_table(gaps: Sequence[Gap], shop: Shop) -> str:
    """Return the lines of a table, each with what to do below it, and what they come to."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(gaps, shop))


def _lines(gaps: Sequence[Gap], shop: Shop) -> Iterator[str]:
    alike = _alike(gaps)
    rows = [(gap.level, _of(of), _what(gap), gap.key) for gap, of in alike]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, (gap, _) in zip(rows, alike, strict=True):
        cells = zip(map(printable, row), widths, strict=True)
        yield "  ".join(f"{cell:<{width}}" for cell, width in cells)
        yield f"{'':<{widths[0]}}    {printable(gap.fix)}"
    if gaps:
        yield ""
    required = sum(gap.level == "required" for gap, _ in alike)
    name = printable(shop.title)
    if required:
        yield f"{name} would refuse this: {count(required, 'thing')} that it requires."
    else:
        yield f"{name} would take this, by the rules known here."
    if shop.note:
        yield printable(" ".join(shop.note.split()))


def _alike(gaps: Sequence[Gap]) -> list[tuple[Gap, list[str]]]:
    """Return one of the gaps that say the same, and of what they all are, in their order."""
    found: dict[Gap, list[str]] = {}
    for gap in gaps:
        found.setdefault(replace(gap, of=""), []).append(gap.of)
    return list(found.items())


def _of(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return count(len(names), "track")
    return ", ".join(names)


def _what(gap: Gap) -> str:
    return gap.what + (_UNSURE if gap.sure == "unconfirmed" else "")
