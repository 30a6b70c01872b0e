"""Words of texts that YAML takes for something else: comments, and marks before a text.

`#` behind a blank begins a comment, and in lyrics `##` asks for accompaniment. So a comment counts
as lost words if it stands beside lyrics, and if it begins as words do beside another text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.schema_messages import quoted
from songbatch.documents.yaml_comments import Comment, Where, comments
from songbatch.documents.yaml_nodes import Items, Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import KeyValue, Node

LYRICS = "lyrics"
_FREE = {"title", "style", "output"}
_FREE_BELOW = {"vars", "tags", "matrix", "options"}
_SUSPECT = re.compile(r"(?:^|[ \t\r])#|[\s,\[{][&!]", re.MULTILINE)
_MARK = re.compile(r"&(?P<anchor>[^\s,\[\]{}]+)\s|!\s")
_TITLE = r"#{2,}(?: [^\n]*[^\s#] #{2,}|#+)[ \t\r]*"
_HEADING = re.compile(
    rf"^(?P<indent>[ \t]*){_TITLE}\n(?:[ \t]*(?:#[^\n]*)?\n){{0,20}}(?P=indent)[\w-]+:(?:\s|$)",
    re.MULTILINE,
)
"""A title in a comment that is closed on its line, above a key in the same column."""
_QUOTES = "put the text into quotes"
_HEADER = "write the words on the lines below it"
_BELOW = "indent it like the lines above it"
_BLOCK = "begin the lyrics with | on the key's line and write them below, or put them into quotes"


class _Text(msgspec.Struct, frozen=True):
    """A text that people write: its key, if it has one, and whether it is lyrics."""

    key: Scalar | None
    value: Scalar
    is_lyrics: bool

    @property
    def name(self) -> str:
        return f"`{self.key.text}`" if self.key is not None else "the text"

    def fix(self, where: Where) -> str:
        """Return how a comment there becomes a part of the text."""
        if where is Where.HEADER:
            return _HEADER
        if where is Where.BELOW and self.value.style in {"|", ">"}:
            return _BELOW
        is_block = self.is_lyrics and not _is_in_flow(self.value)
        return _BLOCK if is_block else _QUOTES

    def has_lost(self, comment: Comment) -> bool:
        """Return whether a comment beside it must be words of it."""
        where = comment.where
        if where is Where.BELOW:
            column = self.key.span.column - 1 if self.key is not None else 0
            if comment.indent <= column:
                is_beside = self.is_lyrics and comment.is_doubled
                return is_beside and comment.indent > self._column_above(column)
            return self.is_lyrics or comment.is_attached
        if self.value.style in {'"', "'"} and where in {Where.BEHIND, Where.APART}:
            # The quotes say where the text ends.
            is_word = comment.is_attached if self.is_lyrics else comment.is_doubled
            return is_word and where is Where.BEHIND
        if where in {Where.HEADER, Where.APART} or not self.is_lyrics:
            return comment.is_attached
        return True

    def _column_above(self, column: int) -> int:
        """Return how far the song's own key is indented: what begins there is none of its words."""
        if self.key is None:
            return -1
        above = self.key.stretch.places.source.text[: self.key.stretch.start].split("\n")[:-1]
        keys = (line for line in reversed(above) if line.strip() and line.lstrip()[0] != "#")
        indents = (len(line) - len(line.lstrip()) for line in keys)
        return next((indent for indent in indents if indent < column), -1)


def _is_in_flow(node: Scalar) -> bool:
    return node.stretch.places.is_in_flow(node.stretch.start)


def swallowed(document: Node | None) -> list[Diagnostic]:
    """Return a warning at every place where YAML takes words of a text for something else."""
    if not isinstance(document, Table):
        return []
    written = document.stretch.places.source.text
    if _SUSPECT.search(written) is None:
        return []
    titles = _HEADING.search(written) is not None
    return [one for text in _texts(document) for one in _warnings(text, written, titles=titles)]


def _warnings(text: _Text, written: str, *, titles: bool) -> Iterator[Diagnostic]:
    """Yield the warnings beside a text; `titles` says that the file has titles in comments."""
    if text.value.value is None:
        # That nothing is left is told by whoever needs a text here.
        return
    for comment in comments(text.key, text.value):
        is_title = titles and comment.where is Where.BELOW and _is_title(text, comment)
        if not is_title and text.has_lost(comment):
            detail = f"{quoted(comment.text)} is no part of {text.name}"
            fix = f"# begins a comment in YAML; {text.fix(comment.where)}"
            yield make_diagnostic("yaml.comment", comment.span, detail, fix)
    mark = _MARK.match(text.value.stretch.text) if text.value.style == "" else None
    if mark is not None and not (mark["anchor"] and f"*{mark['anchor']}" in written):
        detail = f"{quoted(mark[0].strip())} is no part of {text.name}"
        yield make_diagnostic("yaml.mark", text.value.span, detail, _QUOTES)


def _is_title(text: _Text, comment: Comment) -> bool:
    column = text.key.span.column - 1 if text.key is not None else 0
    return comment.indent <= column and re.fullmatch(_TITLE, comment.text) is not None


def _texts(document: Table) -> Iterator[_Text]:
    for entry in document:
        if entry.name == "songs" and isinstance(entry.value, Table):
            for song in entry.value:
                yield from _of_song(song.value)
        elif entry.name == "defaults":
            yield from _of_song(entry.value)
        else:
            yield from _of_entry(entry)


def _of_song(node: Node) -> Iterator[_Text]:
    for entry in node if isinstance(node, Table) else ():
        if entry.name == LYRICS and isinstance(entry.value, Scalar):
            yield _Text(entry.key, entry.value, is_lyrics=True)
        else:
            yield from _of_entry(entry)


def _of_entry(entry: KeyValue) -> Iterator[_Text]:
    if entry.name in _FREE and isinstance(entry.value, Scalar):
        yield _Text(entry.key, entry.value, is_lyrics=False)
    elif entry.name in _FREE_BELOW:
        yield from _below(None, entry.value)


def _below(key: Scalar | None, node: Node) -> Iterator[_Text]:
    match node:
        case Scalar():
            yield _Text(key, node, is_lyrics=False)
        case Table():
            for entry in node:
                yield from _below(entry.key, entry.value)
        case Items():
            for item in node.items:
                yield from _below(None, item)
