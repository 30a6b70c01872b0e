"""From a line of a scalar's text to the line of the YAML file it was written on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from songbatch.lyrics import TemplateText
from songbatch.sources import Span

if TYPE_CHECKING:
    from songbatch.documents.yaml_nodes import Scalar


def text_of_node(node: Scalar) -> TemplateText:
    """Return a scalar's text as a template that knows its lines."""
    return TemplateText(node.text, partial(_locate, node))


def _locate(node: Scalar, number: int) -> Span:
    if node.style == "|":
        # The text begins on the line below the one that has the bar.
        return _line(node, node.span.line + number)
    if node.style != ">" and node.span.end_line == node.span.line:
        return node.span
    return _line(node, _search(node, number))


def _search(node: Scalar, number: int) -> int:
    """Follow the text through the file: folding joins lines, but each keeps its first word."""
    source, line = node.span.source, node.span.line + (node.style == ">")
    last = line + node.text.count("\n") * 2 + len(node.text.split())
    for text in node.text.split("\n")[:number]:
        word = (text.split() or [""])[0]
        matches = (n for n in range(line, last + 1) if word and word in source.line(n))
        line = next(matches, line)
    return line


def _line(node: Scalar, number: int) -> Span:
    line = node.span.source.line(number)
    start = len(line) - len(line.lstrip()) + 1
    return Span(node.span.source, number, start, number, max(len(line.rstrip()) + 1, start + 1))
