"""Collector of diagnostics: one mistake is reported once, however many renders have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import has_errors
from songbatch.documents.codes import make_diagnostic
from songbatch.formatting import count

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic
    from songbatch.sources import Span


class RenderName(msgspec.Struct, frozen=True):
    """A render as messages name it: `where` tells it from others of its song, "" if it is alone."""

    id: str
    song: str
    where: str


class _Repeated(msgspec.Struct):
    """A mistake of renders: as it was first met, and how often."""

    code: str
    span: Span
    detail: str
    fix: str
    first: RenderName | None = None
    last: RenderName | None = None
    times: int = 1
    is_of_one_song: bool = True
    renders: int = 0
    """How many renders have it, where it is one mistake of all of them."""

    def add(self, render: RenderName) -> None:
        """Count another render that has it; renders come one after the other."""
        if self.last is not None and self.last.id != render.id:
            self.times += 1
            self.is_of_one_song = self.is_of_one_song and self.last.song == render.song
        self.last = render

    def diagnostic(self) -> Diagnostic:
        if self.renders > 1:
            return make_diagnostic(
                self.code, self.span, f"{self.detail} ({count(self.renders, 'render')})", self.fix
            )
        among = self._among()
        detail = ", ".join(filter(None, [self.detail, among and f"for {among}"]))
        return make_diagnostic(self.code, self.span, detail, self.fix)

    def _among(self) -> str:
        """Return which renders have it, "" where its place says so."""
        if self.first is None:
            return ""
        name = self.first.where if self.is_of_one_song else self.first.id
        if not name or self.times == 1:
            return name
        return f"{name}, and {count(self.times - 1, 'more render')}"


class DiagnosticCollector:
    """The diagnostics of one spec. `general` are those that belong to no render in particular."""

    def __init__(self, general: list[Diagnostic]) -> None:
        self.general = general
        self._repeated: dict[tuple[str, str, str], _Repeated] = {}

    def report(self, code: str, span: Span, detail: str = "", fix: str = "") -> None:
        """Note a mistake; the same one at the same place is noted once."""
        self._note(code, span, detail, fix, None)

    def report_of_render(
        self,
        code: str,
        span: Span,
        detail: str,
        fix: str,
        render: RenderName,
        same: str = "",
    ) -> None:
        """Note a mistake of a render; `same`, else the detail, decides which ones are equal."""
        self._note(code, span, detail, fix, render, same=same)

    def report_of_key(
        self, code: str, span: Span, detail: str, fix: str, renders: int, *, same: str = ""
    ) -> None:
        """Note a mistake of so many renders; one that is the `same` elsewhere is added to it."""
        key = (code, "", same or detail)
        if key not in self._repeated:
            self._repeated[key] = _Repeated(code, span, detail, fix)
        self._repeated[key].renders += renders

    def _note(
        self,
        code: str,
        span: Span,
        detail: str,
        fix: str,
        render: RenderName | None,
        *,
        same: str = "",
    ) -> None:
        key = (code, str(span), same or detail)
        if key not in self._repeated:
            self._repeated[key] = _Repeated(code, span, detail, fix, render, render)
        elif render is not None:
            self._repeated[key].add(render)

    def all(self) -> tuple[Diagnostic, ...]:
        """Return everything noted, in the order it was met."""
        return (*self.general, *(repeated.diagnostic() for repeated in self._repeated.values()))

    @property
    def has_errors(self) -> bool:
        """Whether anything noted is an error."""
        return has_errors(self.all())
