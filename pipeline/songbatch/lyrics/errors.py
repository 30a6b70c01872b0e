"""Text of a template, and the errors of templates; without jinja2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.sources import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable


class TemplateText(msgspec.Struct, frozen=True, eq=False):
    """A template's text; `locate` finds the span of its n-th line (from 1) in the author's file.

    One that `is_plain` is no template: its lines are those of the lyrics.
    """

    text: str
    locate: Callable[[int], Span]
    is_plain: bool = False


def file_as_template(source: Source, *, is_plain: bool = False) -> TemplateText:
    """Return a file as a template, or as plain lyrics: its lines are those of the text."""

    def locate(number: int) -> Span:
        line = source.line(number)
        start = len(line) - len(line.lstrip()) + 1
        return Span(source, number, start, number, max(len(line.rstrip()) + 1, start + 1))

    return TemplateText(source.text, locate, is_plain)


class TemplateError(Exception):
    """A template that cannot be rendered; `code` is the diagnostic's, `span` points into it."""

    def __init__(self, code: str, span: Span, detail: str, fix: str) -> None:
        super().__init__(detail)
        self.code = code
        self.span = span
        self.detail = detail
        self.fix = fix


class TemplateNotFound(Exception):
    """An included template that cannot be read; `reason` and `fix` are for the author."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
