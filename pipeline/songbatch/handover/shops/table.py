"""What a shop asks for and an album does not have, as a table for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import printable
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.handover.shops.requirements import Gap
    from songbatch.handover.shops.shop import Shop

_HEADS = ("", "of", "what", "where", "what to do")
_LONGEST = 50
_UNSURE = " (unconfirmed)"


def gap_table(gaps: Sequence[Gap], shop: Shop) -> str:
    """Return the lines of a table, and what they come to."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(gaps, shop))


def _lines(gaps: Sequence[Gap], shop: Shop) -> Iterator[str]:
    if gaps:
        rows = [_HEADS, *map(_row, gaps)]
        widths = [min(max(map(len, column)), _LONGEST) for column in zip(*rows, strict=True)]
        yield from (
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            for row in rows
        )
        yield ""
    required = sum(gap.level == "required" for gap in gaps)
    name = printable(shop.title)
    if required:
        yield f"{name} would refuse it: {count(required, 'thing')} that it requires."
    else:
        yield f"{name} would take it, by the rules known here."
    if shop.note:
        yield printable(" ".join(shop.note.split()))


def _row(gap: Gap) -> tuple[str, ...]:
    what = gap.what + (_UNSURE if gap.sure == "unconfirmed" else "")
    return tuple(map(printable, (gap.level, gap.of, what, gap.key, gap.fix)))
