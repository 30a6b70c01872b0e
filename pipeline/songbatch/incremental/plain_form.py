"""Specs of the plain form: text that can be cut where its songs begin.

The plain form: every song begins a line, all are indented alike, `songs` is the last key, nothing
is an alias. Then a song's text means the same wherever it stands: where it begins, the YAML parser
is inside the block mapping `songs` and nothing else. That is so behind the text above the songs,
and behind every text that was once read, alone or among others, as whole songs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALIAS = re.compile(r"\*[A-Za-z0-9_-]")
_OUTSIDE = re.compile(r"\n[^ #\r\n]")
"""The beginning of a line that belongs to no song, or to a text that runs over many."""


class PlainForm(msgspec.Struct, frozen=True):
    """Where the songs of a text begin, in characters, and how far they are indented."""

    head: int
    indent: int

    def songs(self, text: str) -> list[str] | None:
        """Return the texts of the songs, or None if `text` has another form."""
        if (
            not text.endswith("\n")
            or _has_other_line_ends(text)
            or _OUTSIDE.search(text, self.head - 1)
            or _ALIAS.search(text)
        ):
            return None
        first = re.compile(rf"\n {{{self.indent}}}[^ #\r\n]")
        starts = [match.start() + 1 for match in first.finditer(text, self.head - 1)]
        if starts[:1] != [self.head]:
            return None
        ends = [*starts[1:], len(text)]
        return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _has_other_line_ends(text: str) -> bool:
    """Return whether YAML sees lines end elsewhere than at line feeds."""
    odd = not text.isascii() and any(end in text for end in "\x85\u2028\u2029")
    return odd or text.count("\r") != text.count("\r\n")


def form(text: str, keys: Sequence[int]) -> PlainForm | None:
    """Return the form of a text whose songs' names stand at the offsets `keys`, if it is plain."""
    if not keys:
        return None
    starts = [text.rfind("\n", 0, key) + 1 for key in keys]
    plain_form = PlainForm(starts[0], keys[0] - starts[0])
    songs = plain_form.songs(text)
    if songs is None or plain_form.indent == 0:
        return None
    lengths = [after - start for start, after in zip(starts, [*starts[1:], len(text)], strict=True)]
    alike = all(key - start == plain_form.indent for start, key in zip(starts, keys, strict=True))
    return plain_form if alike and [len(song) for song in songs] == lengths else None
