"""Lines that belong to a text below `|` or `>`, and stand beside it: not indented deeply enough.

YAML ends the text there, and takes the line for a key or a comment. Its own complaint comes lines
later and speaks of colons.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.codes import make_diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_places import Places
    from songbatch.sources import Span

_HEADER = re.compile(
    r"^(?P<indent> *(?:- +)*)(?P<key>[^\s#:'\"{\[][^\s:]*): +(?:[&!]\S* +)*"
    r"(?P<mark>[|>])[-+]?(?P<digit>[1-9]?)[-+]?[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
_KEY = re.compile(r"""(?:[^\s'"]+|'[^']*'|"[^"]*")\s*:(?:\s|$)|(?:---|\.\.\.)(?:\s|$)""")
_LINE = re.compile(r"[^\r\n]*")
_FARTHEST = 100_000
"""Characters between the first line of a text and the place where the parser gives up."""
ODD_BEHIND = re.compile(r"^[^\S\n]*(?:- +)*[\w-]+:([^\S \t\r\n\x85\u2028\u2029])", re.MULTILINE)


class _Line(msgspec.Struct, frozen=True):
    start: int
    text: str

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" "))

    @property
    def words(self) -> str:
        return self.text.strip()

    @property
    def is_comment(self) -> bool:
        return self.text.lstrip(" ").startswith("#")


class _Block(msgspec.Struct, frozen=True):
    """A text's key, the column of the key from 0, and how deep its lines must be indented."""

    key: str
    mark: str
    column: int
    depth: int
    is_item: bool
    has_words: bool

    def ends_with(self, line: _Line) -> bool:
        """Return whether a line that ends the text is YAML: a key, or an item."""
        if line.indent > self.column:
            return False
        if line.words.startswith("- ") or line.words == "-":
            return self.is_item or line.indent < self.column
        is_word = self.key == "lyrics" and line.indent == self.column and line.words[:1].isupper()
        return not is_word and _KEY.match(line.words) is not None


def line_beside(places: Places, marks: Iterable[int]) -> Diagnostic | None:
    """Return the diagnostic for a line beside the text that the parser ended before `marks`."""
    text, last = places.source.text, max(marks, default=0)
    end = _LINE.match(text, last)
    last = end.end() if end is not None else last
    first = text.rfind("\n", 0, max(0, last - _FARTHEST)) + 1
    headers = [*_HEADER.finditer(text, first, last)]
    if not headers:
        return None
    found = headers[-1]
    lines = [line for line in _lines(text, found.end(), last) if line.words]
    block = _block(found, lines)
    for line in lines:
        if line.indent < block.depth and not (line.is_comment and line is lines[-1]):
            if line.is_comment and _is_remark(block, line, lines):
                return None
            return None if block.ends_with(line) else _told(places, block, line)
    return None


def _is_remark(block: _Block, comment: _Line, lines: list[_Line]) -> bool:
    """Return whether keys follow a comment, so that it has cut no text."""
    behind = (line for line in lines if line.start > comment.start and not line.is_comment)
    following = next(behind, None)
    return following is None or block.ends_with(following)


def _lines(text: str, start: int, end: int) -> Iterator[_Line]:
    position = text.find("\n", start, end) + 1
    while 0 < position < end:
        match = _LINE.match(text, position)
        words = match[0] if match is not None else ""
        yield _Line(position, words)
        position = text.find("\n", position, end) + 1


def _block(header: re.Match[str], lines: list[_Line]) -> _Block:
    column = len(header["indent"])
    first = lines[0].indent if lines else 0
    has_words = first > column
    depth = max(first, column + 1)
    if header["digit"]:
        depth = column + int(header["digit"])
    is_item = "-" in header["indent"]
    return _Block(header["key"], header["mark"], column, depth, is_item, has_words)


def _told(places: Places, block: _Block, line: _Line) -> Diagnostic:
    odd = odd_blank(line.text)
    depth = block.depth if block.has_words else block.column + 2
    alike = "like the first line of the text" if block.has_words else "like all lines of the text"
    fix = f"indent it {alike}, by {depth} spaces"
    start = line.start + len(line.text) - len(line.text.lstrip())
    span = places.span(start, start + len(line.words))
    if odd:
        detail = f"{odd} where spaces are needed, below `{block.key}: {block.mark}`"
        return make_diagnostic("yaml.syntax", _first_odd(places, line), detail, fix)
    detail = f"a line below `{block.key}: {block.mark}` that is not indented deeper than the key"
    if line.indent > block.column:
        detail = f"a line below `{block.key}: {block.mark}` that is indented less than the first"
    if line.is_comment:
        detail += ", so that # begins a comment"
    return make_diagnostic("yaml.syntax", span, detail, fix)


def _first_odd(places: Places, line: _Line) -> Span:
    start = line.start + line.indent
    return places.span(start, start + 1)


def odd_blank(line: str) -> str:
    """Return what a line is indented with that is no space, such as "a tab"; "" if nothing is."""
    blank = line[: len(line) - len(line.lstrip())].lstrip(" ")[:1]
    return blank_name(blank) if blank else ""


def blank_name(blank: str) -> str:
    """Return what people call a blank, with its code unless it is a tab."""
    if blank == "\t":
        return "a tab"
    name = unicodedata.name(blank, "blank").lower()
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name} (U+{ord(blank):04X})"


def odd_blanks(places: Places, marks: Iterable[int], read: int) -> Diagnostic | None:
    """Return the diagnostic for a blank that is none to YAML, where the parser gave up.

    What lies before the offset `read` has been understood.
    """
    text, offsets = places.source.text, sorted(marks)
    if not offsets:
        return None
    first = text.rfind("\n", 0, min(offsets[0], read)) + 1
    end = _LINE.match(text, offsets[-1])
    last = end.end() if end is not None else offsets[-1]
    behind = ODD_BEHIND.search(text, first, last) if last - first <= _FARTHEST else None
    if behind is not None:
        return odd_behind_colon(places, behind.start(1))
    for start in dict.fromkeys(text.rfind("\n", 0, mark) + 1 for mark in reversed(offsets)):
        match = _LINE.match(text, start)
        line = _Line(start, match[0] if match is not None else "")
        odd = odd_blank(line.text)
        if odd and line.words and text[start + line.indent] != "\t":
            detail = f"{odd} where spaces are needed"
            fix = "indent with spaces"
            return make_diagnostic("yaml.syntax", _first_odd(places, line), detail, fix)
    return None


def odd_behind_colon(places: Places, offset: int) -> Diagnostic:
    """Return the diagnostic for a key whose colon YAML does not see, for the blank behind it."""
    detail = f"{blank_name(places.source.text[offset])} behind the colon"
    fix = "replace it by a space"
    return make_diagnostic("yaml.syntax", places.span(offset, offset + 1), detail, fix)
