"""Values of tags that players cannot read, because ID3v2.4 has another form for them."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from songbatch.documents.schema_messages import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar

_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)?)?)?)?"
)
"""The timestamps of ID3v2.4, section 4 of its structure."""
_TRACK = re.compile(r"0*[1-9][0-9]{0,5}(?:/0*[1-9][0-9]{0,5})?")
_NUMBERED = re.compile(r"[0-9]{1,3}|RX|CR|\((?:[0-9]{1,3}|RX|CR)\).*", re.DOTALL)
"""Genres that stand for an entry of ID3v1's list, or for Remix and Cover."""
_CODES = {"RX": "Remix", "CR": "Cover"}
_CODED = re.compile(r"\(?(RX|CR)\b")
FIXES: Mapping[str, str] = {
    "year": "write a year or a date: 2026, 2026-11 or 2026-11-27",
    "track": "write the number, or the number and the total: 3 or 3/12",
    "genre": "write the genre in words; players look numbers up in a fixed list, where 17 is Rock",
}
"""What to write instead, for each tag that has a form."""


def is_readable(tag: str, text: str) -> bool:
    """Return whether players understand the text of a tag; an empty one is left out anyway."""
    if not text or tag not in FIXES:
        return True
    if tag == "year":
        return _is_date(text)
    if tag == "track":
        return _TRACK.fullmatch(text) is not None and not _is_beyond(text)
    return _NUMBERED.fullmatch(text) is None


def _is_beyond(track: str) -> bool:
    """Return whether a track has a higher number than there are tracks, as 13/12."""
    number, _, total = track.partition("/")
    return bool(total) and int(number) > int(total)


def _is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    parts = {name: int(part) for name, part in match.groupdict().items() if part is not None}
    try:
        datetime.datetime(**{"month": 1, "day": 1, **parts})  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def judge_tags(
    tags: Mapping[str, str],
    nodes: Mapping[str, Scalar],
    render: RenderName,
    collector: DiagnosticCollector,
) -> None:
    """Report the author's tags of a render that players cannot read; those of one form once."""
    for tag in [tag for tag in FIXES if tag in nodes]:
        text = tags.get(tag, "")
        if not is_readable(tag, text):
            collector.report_of_render(
                "tags.unreadable",
                nodes[tag].span,
                f"`{tag}` {quoted(text)}",
                _fix(tag, text),
                render=render,
                same=f"{tag} {_form(text)}",
            )


def _fix(tag: str, text: str) -> str:
    if tag == "genre" and (match := _CODED.match(text)) is not None:
        return f"write the genre in words; players show {match[1]} as {_CODES[match[1]]}"
    if tag == "year" and ":" in text:
        return "write a date and a time as 2026-11-27T19:30, or the date alone"
    return FIXES[tag]


def _form(text: str) -> str:
    """Return what values have in common that are wrong for one reason: 9.9.9 of 27.11.2026."""
    return re.sub("[0-9]+", "9", re.sub(r"[^\W0-9_]+", "a", text))
