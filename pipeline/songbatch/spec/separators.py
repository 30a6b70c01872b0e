"""Places of line ends that YAML, players and editors do not agree upon, such as U+2028."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from songbatch.documents.codes import make_diagnostic
from songbatch.lyrics.invisible import SEPARATOR
from songbatch.lyrics.rules import LINE_END
from songbatch.sources import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics import TemplateText
    from songbatch.sources import Source

_CODE = "85|0[bBcC]|1[c-eC-E]"
_ESCAPED = re.compile(
    rf"(?<!\\)(?:\\\\)*(\\(?:[LPNvf]|x(?:{_CODE})|(?:u|U0000)(?:202[89]|00(?:{_CODE}))))"
)


def unusual_line_ends(source: Source) -> Iterator[Diagnostic]:
    """Yield a warning for each line of a file that has a separator in it, at the first one."""
    if source.text.isascii() or SEPARATOR.search(source.text) is None:
        return
    for number, line in enumerate(source.text.split("\n"), 1):
        match = SEPARATOR.search(line)
        if match is not None:
            column = match.start() + 1
            span = Span(source, number, column, number, column + 1)
            fix = r"replace it by a line end (and indent what follows), in double quotes by \n"
            yield make_diagnostic(LINE_END, span, f"U+{ord(match[0]):04X}", fix)


def place_of_separator(text: TemplateText, node: Scalar) -> Span | None:
    """Return where lyrics get a separator from, or None if `unusual_line_ends` has reported it.

    `node` is what the spec says of them, `text` their template.
    """
    places = node.stretch.places
    if node.style == '"' and (escape := _ESCAPED.search(node.stretch.text)) is not None:
        start = node.stretch.start + escape.start(1)
        return places.span(start, start + len(escape[1]))
    match = SEPARATOR.search(text.text)
    if match is None:
        return node.span if SEPARATOR.search(places.source.text) is None else None
    line = text.locate(text.text.count("\n", 0, match.start()) + 1)
    if line.source is places.source:
        return None
    column = match.start() - text.text.rfind("\n", 0, match.start())
    return replace(line, column=column, end_line=line.line, end_column=column + 1)
