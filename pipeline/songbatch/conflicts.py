"""Markers that version control leaves in a text where two people changed the same lines.

git writes them at the beginning of a line, in three styles (`merge`, `diff3`, `zdiff3`); other
tools write the same. Somebody who has begun to tidy up may have left a part of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKER = re.compile(r"^([<>|=])\1{6,}(?: (.*))?\r?$", re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_RUNS = ("<<<<<<<", ">>>>>>>", "|||||||")
_MIDDLE = "="


class Conflict(NamedTuple):
    """The lines of a text, from 1, where its first and its last marker stand."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return f"line {self.first}"
        return f"lines {self.first} to {self.last}"


def find_conflict(text: str) -> Conflict | None:
    """Return where a text has markers, or None.

    `=======` alone is a line under a heading, and `>>>` are words: what is a marker for sure names
    the side that it stands for, or has its counterpart in the same text.
    """
    if not any(run in text for run in _RUNS):
        return None
    markers = list(_MARKER.finditer(text))
    sides = [n for n, one in enumerate(markers) if one[1] != _MIDDLE]
    has_label = any(markers[n][2] for n in sides)
    if not has_label and not {"<", ">"} <= {markers[n][1] for n in sides}:
        return None
    first, last = sides[0], sides[-1]
    # Where an opening or a closing line is gone, what is left has the middle one at its end.
    if markers[first][1] == ">" and first > 0:
        first -= 1
    if markers[last][1] != ">" and last + 1 < len(markers):
        last += 1
    return Conflict(_line(text, markers[first]), _line(text, markers[last]))


def sides(text: str) -> list[str]:
    """Return a text as both sides have it, or the text alone if its markers do not part it so."""
    ours: list[str] = []
    theirs: list[str] = []
    inside = ""
    parts = 0
    for line in _LINE.findall(text) if find_conflict(text) else ():
        marker = _MARKER.fullmatch(line.removesuffix("\n"))
        kind = marker[1] if marker is not None else ""
        if kind and kind in _FOLLOWING[inside]:
            inside = "" if kind == ">" else kind
            parts += kind == ">"
        elif kind:
            return [text]
        else:
            ours += [line] if inside in {"", "<"} else []
            theirs += [line] if inside in {"", _MIDDLE} else []
    return ["".join(ours), "".join(theirs)] if parts and not inside else [text]


_FOLLOWING = {"": "<", "<": "|=", "|": "=", _MIDDLE: ">"}
"""Which markers may come next, by the one before."""


def is_marker(line: str) -> bool:
    """Return whether a line looks like a marker, of whatever kind."""
    return _MARKER.fullmatch(line) is not None


def _line(text: str, marker: re.Match[str]) -> int:
    return text.count("\n", 0, marker.start()) + 1
