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


class _Repeated(msgspec.Struct):
    """A mistake of renders: as it was first met, and how often."""

    code: str
    span: Span
    detail: str
    fix: str
    where: str
    times: int = 1
    renders: int = 0
    """How many renders have it, where it is one mistake of all of them."""

    def diagnostic(self) -> Diagnostic:
        if self.renders > 1:
            return make_diagnostic(
                self.code, self.span, f"{self.detail} ({count(self.renders, 'render')})", self.fix
            )
        among = f"{self.where}, and {count(self.times - 1, 'more render')}"
        if self.times == 1:
            among = self.where
        detail = ", ".join(filter(None, [self.detail, among and f"for {among}"]))
        return make_diagnostic(self.code, self.span, detail, self.fix)


class DiagnosticCollector:
    """The diagnostics of one spec. `general` are those that belong to no render in particular."""

    def __init__(self, general: list[Diagnostic]) -> None:
        self.general = general
        self._repeated: dict[tuple[str, str, str], _Repeated] = {}

    def report(self, code: str, span: Span, detail: str = "", fix: str = "") -> None:
        """Note a mistake; the same one at the same place is noted once."""
        self._note(code, span, detail, fix, where="", same="")

    def report_of_render(
        self, code: str, span: Span, detail: str, fix: str, *, where: str, same: str | None = None
    ) -> None:
        """Note a mistake of a render; `same`, else the detail, decides which ones are equal."""
        self._note(code, span, detail, fix, where=where, same=detail if same is None else same)

    def report_of_key(
        self, code: str, span: Span, detail: str, fix: str, renders: int, *, same: str = ""
    ) -> None:
        """Note a mistake of so many renders; one that is the `same` elsewhere is added to it."""
        key = (code, "", same or detail)
        if key not in self._repeated:
            self._repeated[key] = _Repeated(code, span, detail, fix, "")
        self._repeated[key].renders += renders

    def _note(self, code: str, span: Span, detail: str, fix: str, *, where: str, same: str) -> None:
        key = (code, str(span), same or detail)
        if key not in self._repeated:
            self._repeated[key] = _Repeated(code, span, detail, fix, where)
        elif where:
            self._repeated[key].times += 1

    def all(self) -> tuple[Diagnostic, ...]:
        """Return everything noted, in the order it was met."""
        return (*self.general, *(repeated.diagnostic() for repeated in self._repeated.values()))

    @property
    def has_errors(self) -> bool:
        """Whether anything noted is an error."""
        return has_errors(self.all())
