"""Lines of lyrics, back to where they come from: from what is sent to the lyrics, and from there to
the template that made them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

from songbatch.lyrics.sections import section_of, without_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_PRINTED = re.compile(r"\{\{.*?\}\}")
MOST_COMPOSED = 5000
"""Characters of a line; a longer one is found if it is composed already."""
MOST_COMPARED = 200_000
"""Lines of lyrics times lines of a template that print something: beyond, the place is a guess."""


def first_beyond(text: str, most: int) -> int:
    """Return the line, from 1, with the first letter behind the first `most` characters."""
    blanks = len(text) - most - len(text[most:].lstrip())
    return text.count("\n", 0, most + blanks) + 1


def source_line(source: str, sent: str, number: int) -> int:
    """Return which line of the lyrics became the n-th line of what an engine is sent of them."""
    lines = [_bare(line) for line in source.split("\n")]
    at = last = 0
    for wanted in map(_bare, sent.split("\n")[:number]):
        if not wanted:
            continue
        place = next((n for n in range(at, len(lines)) if lines[n] == wanted), None)
        if place is None:
            break
        last, at = place, place + 1
    return last + 1


def _bare(line: str) -> str:
    text = without_marks(line)
    section = section_of(text)
    return section.text if section is not None else text


def template_line(lyrics: str, number: int, template: str) -> int | None:
    """Return which line of a template made the n-th line of the lyrics, None if none is found.

    Lines are compared in order; after the last one, a loop may have begun anew.
    """
    lines = lyrics.split("\n")[:number]
    made = _TemplateLines(template)
    if len(lines) * made.printing > MOST_COMPARED:
        return made.find(lines[-1], 0)
    at, place = 0, None
    for line in lines:
        if not line.strip():
            continue
        place = made.find(line, at)
        if place is None and at:
            place = made.find(line, 0)
        at = place if place is not None else at
    return place if lines[-1].strip() else None


class _TemplateLines:
    """The lines of a template: those that stand as they are, and those that print something."""

    def __init__(self, template: str) -> None:
        self._plain: defaultdict[str, list[int]] = defaultdict(list)
        self._printing: list[tuple[int, Sequence[str]]] = []
        text = template.replace("\r\n", "\n").replace("\r", "\n")
        for number, line in enumerate(text.split("\n"), start=1):
            literals = [_composed(part) for part in _TAGS.split(line.strip())]
            if len(literals) == 1:
                self._plain[literals[0]].append(number)
            elif any(literals) or _PRINTED.search(line):
                self._printing.append((number, literals))

    @property
    def printing(self) -> int:
        """How many lines print something."""
        return len(self._printing)

    def find(self, line: str, after: int) -> int | None:
        """Return the first line after the n-th that may have become this one."""
        text = line.strip()
        numbers = self._plain.get(text, [])
        place = bisect_left(numbers, after + 1)
        if place < len(numbers):
            return numbers[place]
        return next((n for n, parts in self._printing if n > after and _fits(text, parts)), None)


def _fits(text: str, literals: Sequence[str]) -> bool:
    """Return whether a text is the literals in order, with anything between them."""
    first, last = literals[0], literals[-1]
    if not text.startswith(first) or not text[len(first) :].endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in literals[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _composed(text: str) -> str:
    # Normalizing takes the square of a length.
    is_long = len(text) > MOST_COMPOSED
    return text if is_long or text.isascii() else unicodedata.normalize("NFC", text)
