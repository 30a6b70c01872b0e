"""Markers that version control leaves in a text where two people changed the same lines.

git writes them at the beginning of a line, in three styles (`merge`, `diff3`, `zdiff3`); other
tools write the same. An editor may have indented them since, with the lines between them, and
somebody who has begun to tidy up may have left a part of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKER = re.compile(r"^[ \t]*([<>|=])\1{6,}(?: (.*))?\r?$", re.MULTILINE)
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


def has_marker(text: bytes) -> bool:
    """Return whether a text without words of people on lines of their own, as JSON, has markers."""
    return _MARKER.search(text.decode("latin-1")) is not None


def parted(text: str) -> tuple[str, str, str] | None:
    """Return a text as it was where the sides parted, as ours is and as theirs is.

    None if its markers do not part it in two. Only the styles diff3 and zdiff3 tell the first; else
    it is empty.
    """
    sides: dict[str, list[str]] = {"|": [], "<": [], _MIDDLE: []}
    inside = ""
    seen = set()
    for line in _LINE.findall(text):
        marker = _MARKER.fullmatch(line.removesuffix("\n"))
        kind = marker[1] if marker is not None else ""
        if kind == _MIDDLE and inside in {"", _MIDDLE}:
            kind = ""  # a line of words
        if not kind:
            for side in sides if not inside else [inside]:
                sides[side].append(line)
            continue
        if kind not in _FOLLOWING[inside]:
            return None
        inside = "" if kind == ">" else kind
        seen.add(kind)
    if inside or not seen:
        return None
    base = "".join(sides["|"]) if "|" in seen else ""
    return base, "".join(sides["<"]), "".join(sides[_MIDDLE])


_FOLLOWING = {"": "<", "<": "|=", "|": "=", _MIDDLE: ">"}
"""Which markers may come next, by the one before."""


def is_marker(line: str) -> bool:
    """Return whether a line looks like a marker as it was written, of whatever kind."""
    return _MARKER.fullmatch(line) is not None and not line[0].isspace()


def _line(text: str, marker: re.Match[str]) -> int:
    return text.count("\n", 0, marker.start()) + 1
