"""Errors of the YAML parser, for people who do not know YAML's grammar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.documents.codes import make_diagnostic
from songbatch.documents.yaml_comments import text_fix
from songbatch.documents.yaml_torn import torn_text

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_places import Places, Stretch
    from songbatch.sources import Span

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("tab character", "a tab where spaces are needed", "indent with spaces"),
    *(
        (words, "text on the line of | or >", "write the words on the lines below it, indented")
        for words in ("comment or", "chomping or")
    ),
    (
        "mapping values are not allowed",
        "a colon that does not fit here",
        "put text that contains `: ` into quotes, or correct the indentation",
    ),
    (
        "cannot start any token",
        "text cannot begin with this character",
        "put the text into quotes, or replace a tab by spaces",
    ),
    (
        "unexpected end of stream",
        "a quote that is never closed",
        "close it with the same quote",
    ),
    ("unexpected document separator", "a quote that is never closed", "close it"),
    (
        "unknown escape character",
        "a backslash escape that YAML does not know",
        r"write \\ for a backslash, or use single quotes",
    ),
    (
        "decimal number",
        "a backslash escape that lacks its digits",
        r"write \\ for a backslash, or use single quotes",
    ),
    (
        "expected ',' or ']'",
        "a list [ … ] that is not closed, or lacks a comma",
        "close it with ], and put a comma between its items",
    ),
    (
        "expected ',' or '}'",
        "a mapping { … } that is not closed, or lacks a comma",
        "close it with }, and put a comma between its keys; put {{ … }} into quotes",
    ),
    (
        "could not find expected ':'",
        "a line without a colon",
        "write key: value; text over several lines begins with | after the key",
    ),
    (
        "expected '-' indicator",
        "a line that does not belong to the list above it",
        "begin it with - or correct its indentation",
    ),
    (
        "expected key",
        "a line that does not fit the keys above it",
        "give all keys of one mapping the same indentation",
    ),
    (
        "<block end>",
        "a line that does not fit the keys above it",
        "give all keys of one mapping the same indentation",
    ),
    (
        "<document start>",
        "text after the end of the document",
        "remove a closing bracket too many, or correct the indentation",
    ),
    ("incompatible YAML document", "a YAML version that is not 1.2", "remove the line %YAML"),
    ("directive", "a % line that is not understood", "remove the line, or quote the text"),
    (
        "undefined tag handle",
        "a tag that is not declared",
        "put text that begins with ! into quotes",
    ),
    ("tag", "a tag that cannot be read", "put text that begins with ! into quotes"),
    (
        "alphabetic or numeric character",
        "an anchor or alias without a name",
        "put text that begins with * or & into quotes",
    ),
)

_CURLY = re.compile("[ \t]*(?:- +)*(?:[\\w-]+:[ \t]+)?(?P<quote>[\u201c-\u201f\u2018-\u201b«»])")
_APOSTROPHE = re.compile(r"'\w[^'\n]*$", re.MULTILINE)
"""A single quote before a word that none follows on the line."""


def explain(error: MarkedYAMLError, places: Places, last: Stretch | None) -> Diagnostic:
    """Return the diagnostic for what stopped the parser; `last` is the last scalar before it."""
    torn = torn_text(error, places, last)
    if torn is not None:
        return torn
    problem = error.problem or ""
    detail, fix = next(
        ((detail, fix) for words, detail, fix in _WORDS if words in problem),
        (problem, "correct the line, or put its text into quotes"),
    )
    if (curly := _curly_quote(places, error)) is not None:
        return curly
    # Of an unclosed quote, the place of the opening one is what helps.
    unclosed = "unexpected end of stream" in problem
    mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
    start = _seen(places.source.text, mark.index if mark else 0)
    if "escape" in problem or "decimal number" in problem:
        # One parser names the backslash, the other what follows it.
        start = places.source.text.rfind("\\", 0, start + 1)
    if "invalid Unicode character escape" in problem:
        return half_escaped(places.span(start, start + 6), places.source.text[start : start + 6])
    if places.source.text[start : start + 1] == "\t":
        _, detail, fix = _WORDS[0]
    if places.source.text[start : start + 1] in {"|", ">"} and places.is_in_flow(start):
        detail = "a text that begins with | or > inside { … } or [ … ]"
        fix = r"put it into double quotes, with \n where a line ends"
    if unclosed and _APOSTROPHE.match(places.source.text, start):
        fix += (
            "; if it is an apostrophe, put the whole text into double quotes, "
            f"or {text_fix(places, start)}"
        )
    return make_diagnostic("yaml.syntax", places.span(start, start + 1), detail, fix)


def _curly_quote(places: Places, error: MarkedYAMLError) -> Diagnostic | None:
    """Return the diagnostic for a text that begins with a quote of letters, where it broke."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return None
    start = places.source.text.rfind("\n", 0, mark.index) + 1
    match = _CURLY.match(places.source.text, start, start + 1000)
    if match is None or match.start("quote") >= mark.index:
        return None
    span = places.span(match.start("quote"), match.start("quote") + 1)
    detail = f"{match['quote']} is no quote of YAML"
    fix = """put the text into quotes such as '…' or "…", outside the curly ones"""
    return make_diagnostic("yaml.syntax", span, detail, fix)


def half_escaped(span: Span, detail: str) -> Diagnostic:
    """Return the diagnostic for an escape that stands for half a character."""
    fix = "write the whole character instead of an escape for half of it"
    return make_diagnostic("yaml.encoding", span, detail, fix)


def _seen(text: str, offset: int) -> int:
    """Return `offset`, or the last visible character before it if it lies past the end."""
    return offset if offset < len(text) else max(len(text.rstrip()) - 1, 0)
