"""Comments beside a text: between its key and it, behind it, and on the lines below it.

Between two tokens of YAML lie only blanks and comments, and a scalar knows exactly where it begins
and ends. So what is found here are comments, and never a `#` of a text in quotes or below `|`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.documents.yaml_places import Places
    from songbatch.sources import Span

COMMENT = re.compile(r"(?<![^ \t\r\n])#[^\r\n]*")
_BEHIND = re.compile(r"(?P<comma>,?)[ \t]+(?P<comment>#[^\r\n]*)")
_BELOW = re.compile(r"[ \t]*(?P<comment>#[^\r\n]*)?(?:\r?\n|\r|\Z)")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r?\n|\r)")
_HEADER = re.compile(r"[^\r\n]*")
ATTACHED = re.compile(r"#[#\w]")
"""Words with a `#`, such as `#1`, `#love` and `##Light`, and not remarks."""

_QUOTES_FIX = "put the whole text into quotes"
_BLOCK_FIX = "begin the text with | on the key's line and write it on the lines below"


def text_fix(places: Places, offset: int) -> str:
    """Return how to write a text so that all of it counts: inside { … } only quotes do that."""
    return _QUOTES_FIX if places.is_in_flow(offset) else _BLOCK_FIX


def comment_fix(places: Places, offset: int) -> str:
    """Return what to do about a comment that is meant as words."""
    fix = _QUOTES_FIX if places.is_in_flow(offset) else f"{_BLOCK_FIX}, or put it into quotes"
    return f"# begins a comment in YAML; {fix}"


class Where(Enum):
    """Where a comment stands beside a text."""

    BEFORE = "between the key and the text"
    HEADER = "on the line of | or >"
    BEHIND = "on the text's last line"
    APART = "behind the comma that ends the text"
    BELOW = "on a line of its own behind the text"


class Comment(msgspec.Struct, frozen=True):
    """A comment, with its `#`, from the offset `start` on."""

    where: Where
    text: str
    start: int
    places: Places

    @property
    def span(self) -> Span:
        """Its place as people count."""
        return self.places.span(self.start, self.start + len(self.text))

    @property
    def indent(self) -> int:
        """How many characters stand before it on its line."""
        return self.places.indent(self.start)

    @property
    def is_attached(self) -> bool:
        """Whether it begins as words do that have a `#`: `#1`, `#love`, `##Light`."""
        return ATTACHED.match(self.text) is not None

    @property
    def is_doubled(self) -> bool:
        """Whether it begins with `##`, which asks for accompaniment in lyrics."""
        return self.text.startswith("##")


def comments(key: Scalar | None, value: Scalar) -> Iterator[Comment]:
    """Yield the comments beside a text, in order; `key` is None for an item of a list.

    What an alias stands for is passed over: its text lies elsewhere.
    """
    start = value.stretch.start
    if key is not None:
        if start < key.stretch.end:
            return
        yield from _within(value, key.stretch.end, start, Where.BEFORE)
    if value.style in {"|", ">"}:
        header = _HEADER.match(value.stretch.places.source.text, start)
        yield from _within(value, start, header.end() if header else start, Where.HEADER)
    yield from _after(value)


def _within(value: Scalar, start: int, end: int, where: Where) -> Iterator[Comment]:
    places = value.stretch.places
    for match in COMMENT.finditer(places.source.text, start, end):
        yield Comment(where, match[0].rstrip(), match.start(), places)


def _after(value: Scalar) -> Iterator[Comment]:
    places = value.stretch.places
    text, position = places.source.text, value.stretch.end
    if value.style not in {"|", ">"}:
        behind = _BEHIND.match(text, position)
        if behind is not None:
            comment = behind["comment"].rstrip()
            where = Where.APART if behind["comma"] else Where.BEHIND
            yield Comment(where, comment, behind.start("comment"), places)
            position = behind.end()
        rest = _REST_OF_LINE.match(text, position)
        if rest is None:
            return
        position = rest.end()
    while position < len(text) and (line := _BELOW.match(text, position)) is not None:
        if line["comment"]:
            comment = line["comment"].rstrip()
            yield Comment(Where.BELOW, comment, line.start("comment"), places)
        position = line.end()
