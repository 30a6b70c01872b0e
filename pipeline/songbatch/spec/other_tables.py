"""Files that are no CSV, and are told as what they are: workbooks, pages, tables in Markdown."""

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

_WORKBOOK = "save the sheet as CSV in UTF-8, and name that file"
_OTHER_FILES = (
    (rb"PK\x03\x04", "it is a workbook or an archive, such as .xlsx, .ods or .numbers", _WORKBOOK),
    (rb"\xd0\xcf\x11\xe0", "it is a workbook of an earlier Excel, .xls", _WORKBOOK),
    (rb"%PDF-", "it is a PDF", _WORKBOOK),
    (rb"\x1f\x8b", "it is compressed", "unpack it, and name what comes out"),
    (
        rb"(?i)\s*<(?:!doctype|!--|\?xml|html|head|table|meta)\b",
        "it is a web page or XML",
        "download the table as CSV; a page in its place may ask to sign in",
    ),
    (
        rb"\s*(?:\[\s*[{\[]|\{\s*\")",
        "it is JSON",
        "write its values as CSV, names in the first line",
    ),
)
"""How other files begin that people have in place of a table, what they are, and what to do."""
_OPENING = 200
"""Bytes by which a file is told."""


class OtherForm(msgspec.Struct, frozen=True):
    """What a table is, and what to do about it; `line` is that of its header."""

    line: int
    words: tuple[str, str]


def other_file(data: bytes) -> tuple[str, str] | None:
    """Return what a file is that is no text of a table, and what to do about it, or None."""
    opening = data[:_OPENING].removeprefix(b"\xef\xbb\xbf")
    for pattern, detail, fix in _OTHER_FILES:
        if re.match(pattern, opening):
            return detail, fix
    return None


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
