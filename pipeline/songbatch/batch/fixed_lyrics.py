"""Lyrics with one line replaced: which is meant, by its words and by when it is sung. Pure."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.files.lookalikes import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTS = re.compile(r"(\s*#*\s*)(.*?)(\s*#*\s*)", re.DOTALL)
"""A line's words, and the marks for accompaniment around them."""
_SECTION = re.compile(r"\s*\[.*\]\s*")
_ALIKE = 0.6
"""From which share of equal letters on a line is taken for the one that is meant."""


class LyricLine(msgspec.Struct, frozen=True):
    """A line that is sung: its number in the lyrics, its words, the middle of it from 0 to 1."""

    number: int
    words: str
    middle: float


class NoSuchLine(Exception):
    """No line is meant, or it is not clear which."""


def sung_lines(lyrics: str) -> list[LyricLine]:
    """Return the lines of lyrics that are sung; when, as the letters share out the time."""
    lines = [
        (number, match[2])
        for number, line in enumerate(lyrics.split("\n"))
        if not _SECTION.fullmatch(line) and (match := _PARTS.fullmatch(line)) and match[2]
    ]
    whole, before, found = sum(len(words) for _, words in lines) or 1, 0, []
    for number, words in lines:
        found.append(LyricLine(number, words, (before + len(words) / 2) / whole))
        before += len(words)
    return found


def with_line(lyrics: str, words: str, instead: str | None, at: float) -> tuple[str, str]:
    """Return lyrics with other words for a line, and the words that it had.

    It is the line that is `instead`, or without that the one most like the new words; of several
    such the one that is sung about `at`, a share of the song. Raises NoSuchLine.
    """
    meant = _meant(sung_lines(lyrics), words, instead)
    line = min(meant, key=lambda one: abs(one.middle - at))
    lines = lyrics.split("\n")
    match = _PARTS.fullmatch(lines[line.number])
    assert match is not None  # noqa: S101  (it matches any line)
    lines[line.number] = f"{match[1]}{words}{match[3]}"
    return "\n".join(lines), line.words


def _meant(lines: Sequence[LyricLine], words: str, instead: str | None) -> list[LyricLine]:
    if instead is not None:
        found = [one for one in lines if folded(one.words.strip()) == folded(instead.strip())]
        if not found:
            raise NoSuchLine(f"no line of the song is {instead!r}")
        return found
    shares = [(_likeness(one.words, words), one) for one in lines]
    best = max((share for share, _ in shares), default=0.0)
    if best < _ALIKE:
        raise NoSuchLine("no line of the song is like the new one")
    return [one for share, one in shares if share == best]


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, folded(one), folded(other), autojunk=False).ratio()
