"""Lines of a text as they stand in the file, where YAML folds them into fewer.

Only below `|` a line end ends a line. Everywhere else one of them becomes a space, and of several
one is dropped: an empty line between two lines keeps them apart.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.yaml_nodes import Scalar
from songbatch.documents.yaml_reader import read
from songbatch.sources import Source

if TYPE_CHECKING:
    from songbatch.sources import Span

_LINE_END = re.compile(r"\r\n|[\r\n]")
_LINE = re.compile(r"[^\r\n]*")
_MARKS = re.compile(r"(?:[&!]\S*\s+)*")
_SAID_END = re.compile(r"(?<!\\)(?:\\\\)*\\[nN][ \t]*\\?\Z")
_QUOTES = "\"'"


class WrittenLines(msgspec.Struct, frozen=True):
    """A text as if every line of the file ended one; `place` is the first that begins none."""

    text: str
    place: Span


def written_lines(node: Scalar) -> WrittenLines | None:
    """Return the lines of a text as they are written, or None if YAML joins none of them."""
    written = node.stretch.text
    if node.style == "|" or _LINE_END.search(written) is None:
        return None
    body = _body(node, written)
    lines = _LINE_END.split(written[body:])
    if node.style and node.style in _QUOTES:
        lines = _LINE_END.split(written[body : node.stretch.end - node.stretch.start])
        lines[-1] = lines[-1].removesuffix(node.style)
    joined = _first_joined(lines, node.style)
    text = _as_written(lines, node.style) if joined is not None else None
    if joined is None or text is None:
        return None
    return WrittenLines(text, _place(node, body, joined))


def _body(node: Scalar, written: str) -> int:
    """Return where the words begin in what is written: behind marks and the quote, or below `>`."""
    marks = _MARKS.match(written)
    start = marks.end() if marks is not None else 0
    if node.style == ">":
        end = _LINE_END.search(written, start)
        return end.end() if end is not None else len(written)
    return start + 1 if node.style else start


def _first_joined(lines: list[str], style: str) -> int | None:
    """Return the first line that is joined to the one before."""
    used = [number for number, line in enumerate(lines) if line.strip()]
    base = _indent(lines[used[0]]) if used else 0
    for before, number in itertools.pairwise(used):
        if style == '"' and _says_its_end(lines[before]):
            continue
        if style == ">" and max(_indent(lines[before]), _indent(lines[number])) > base:
            continue
        if number == before + 1:
            return number
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _says_its_end(line: str) -> bool:
    r"""Return whether a line in double quotes ends with `\n`.

    A `\` alone joins the lines, though it is a line end elsewhere, such as in Markdown.
    """
    return _SAID_END.search(line) is not None


def _as_written(lines: list[str], style: str) -> str | None:
    if not style or style == ">":
        return "\n".join(line.strip() for line in lines)
    # The parser drops one line end of each row of them. So each is given one more.
    quoted = style + lines[0]
    for before, line in itertools.pairwise(lines):
        begins_row = before.strip() or before is lines[0]
        says_its_end = style == '"' and _says_its_end(before)
        quoted += ("\n\n " if begins_row and not says_its_end else "\n ") + line.strip(" \t")
    node, found = read(Source("", quoted + style))
    return node.text if isinstance(node, Scalar) and not found else None


def _place(node: Scalar, body: int, number: int) -> Span:
    places = node.stretch.places
    position = node.stretch.start + body
    for _ in range(number):
        end = _LINE_END.search(places.source.text, position)
        position = end.end() if end is not None else position
    line = _LINE.match(places.source.text, position)
    words = line[0].strip() if line is not None else ""
    start = places.source.text.find(words, position)
    end_of_text = min(start + len(words), node.stretch.end)
    return places.span(start, end_of_text)
