"""Texts that YAML ended before their author did: what the parser met with then is the rest of them.

It stops at words where it expects a key. Why they do not belong to the text above is certain from
what lies between that text and them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.conflicts import is_marker
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.unmerged import unmerged_at
from songbatch.documents.yaml_beside import line_beside, odd_blanks
from songbatch.documents.yaml_comments import ATTACHED, COMMENT, comment_fix, text_fix

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_places import Places, Stretch

_KEY = re.compile(r"""(?:[-?] +)?[^\s'"{\[,][^:]*:(?:\s|$)|[-{\[]""")
_SECTION = re.compile(r"(?:[^\s\[]+: +)?\[[^\[\]]*\]")
"""A line of lyrics that is a list to YAML, below the key or beside it."""
_ODD_END = re.compile("[\x85\u2028\u2029][ \t]*\\Z")


def torn_text(error: MarkedYAMLError, places: Places, last: Stretch | None) -> Diagnostic | None:
    """Return the diagnostic for an error of the parser that comes of a torn text, or None.

    `last` is the last scalar before the error.
    """
    marks = [mark.index for mark in (error.context_mark, error.problem_mark) if mark is not None]
    for index in marks:
        line = places.span(index, index).line
        for number in (line, line - 1):
            if is_marker(places.source.line(number)):
                return unmerged_at(places.source, number)
    read = 0 if last is None else last.end if last.shown >= 0 else last.start
    unseen = line_beside(places, marks) or odd_blanks(places, marks, read)
    if unseen is not None:
        return unseen
    # The rest begins with the simple key that the parser was after, or where it found no key.
    behind = [index for index in marks if last is not None and index >= last.end]
    if last is None or not behind:
        return None
    start = min(behind)
    return (
        _by_separator(places, start)
        or _by_closing(places, start)
        or _by_comment(places, last, start)
    )


def _by_separator(places: Places, start: int) -> Diagnostic | None:
    match = _ODD_END.search(places.source.text, max(0, start - 1000), start)
    if match is None:
        return None
    detail = f"U+{ord(match[0][0]):04X} ends a line, and the text with it"
    span = places.span(match.start(), match.start() + 1)
    fix = "replace it by a line end, and indent what follows like the line before"
    return make_diagnostic("yaml.syntax", span, detail, fix)


_CLOSED = {
    "'": ("words behind the closing quote of a text", "write '' for ' in the text, or {}"),
    '"': ("words behind the closing quote of a text", r'write \" for " in the text, or {}'),
    "]": ("words behind a list [ … ]", "if it is all one text, {}"),
    "}": ("words behind a mapping { … }", "if it is all one text, {}"),
}


def _by_closing(places: Places, start: int) -> Diagnostic | None:
    """Explain words that follow what ended a text or list on their line."""
    text = places.source.text
    line = text[text.rfind("\n", 0, start) + 1 : start].rstrip(" ")
    if not line and not _KEY.match(text[start : start + 1000].split("\n", 1)[0]):
        above = text[:start].rstrip().rpartition("\n")[2].strip()
        line = above if _SECTION.fullmatch(above) else ""
    if line[-1:] not in _CLOSED or text[start : start + 1] in {"", "\n", "]", "}"}:
        return None
    detail, fix = _CLOSED[line[-1]]
    fix = fix.format(text_fix(places, start))
    return make_diagnostic("yaml.syntax", places.span(start, start + 1), detail, fix)


def _by_comment(places: Places, last: Stretch, start: int) -> Diagnostic | None:
    text = places.source.text
    comment = COMMENT.search(text, last.end, start)
    if comment is None or text[last.end : comment.start()].strip() not in {"", ":"}:
        return None
    rest = text[start : start + 1000].split("\n", 1)[0]
    if not ATTACHED.match(comment[0]) and _KEY.match(rest):
        return None
    span = places.span(comment.start(), comment.start() + len(comment[0].rstrip()))
    detail = "a comment in the middle of a text"
    return make_diagnostic("yaml.syntax", span, detail, comment_fix(places, last.start))
