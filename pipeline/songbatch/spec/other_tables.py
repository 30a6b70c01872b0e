"""Tables that are no CSV, and are told as what they are: Markdown, and columns between bars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from songbatch.sources import Source

_RULE = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?")
"""The line below the header of a table in Markdown."""
_LOOKED_AT = 20
"""Lines by which a form is told."""


class OtherForm(msgspec.Struct, frozen=True):
    """What a table is, and what to do about it; `line` is that of its header."""

    line: int
    words: tuple[str, str]


def other_form(source: Source) -> OtherForm | None:
    """Return what a table is whose columns stand between bars, or None."""
    lines = [
        (number, line)
        for number, line in enumerate(source.text.split("\n", _LOOKED_AT)[:_LOOKED_AT], 1)
        if line.strip()
    ]
    if len(lines) < 2:
        return None
    (number, header), (_, second) = lines[:2]
    if "|" in header and _RULE.fullmatch(second.rstrip()) is not None:
        names = ",".join(cell.strip() for cell in header.strip().strip("|").split("|"))
        fix = f"save it as CSV: `{names}` as the first line, and such a line for every row"
        return OtherForm(number, ("it is a table in Markdown", fix))
    bars = header.count("|")
    is_plain = not any(mark in header for mark in ",;\t")
    if bars and is_plain and all(line.count("|") == bars for _, line in lines):
        fix = "write `sep=|` as its first line, or save it with commas"
        return OtherForm(number, ("| stands between the columns", fix))
    return None
