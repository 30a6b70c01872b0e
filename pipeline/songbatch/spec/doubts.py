"""Values that conditions take otherwise than people may mean them.

`FALSCH`, `-` and `none` are true; the text 1 is not the number 1, and `Yes` is not `yes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.documents.schema_messages import quoted
from songbatch.spec.rows import line_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.lyrics.comparisons import Doubtful
    from songbatch.model import Value
    from songbatch.sources import Span
    from songbatch.spec.song_plan import SongPlan
    from songbatch.spec.variants import Variant


class Doubts:
    """Reports the values of one spec; `spec_vars` are what it gives all its songs."""

    def __init__(self, spec_vars: Mapping[str, Scalar], collector: DiagnosticCollector) -> None:
        self._spec_vars = spec_vars
        self._collector = collector
        self._places: dict[tuple[str, str], Span] = {}
        """Where each variable of a song was first doubtful."""

    def judge(
        self,
        doubts: Doubtful,
        plan: SongPlan,
        variant: Variant,
        render: RenderName,
    ) -> None:
        """Report what a text of a render took for true or for unequal."""
        for (name, other), value in doubts.items():
            place = self._places.setdefault(
                (plan.song.name, name), self._place(name, plan, variant)
            )
            code, detail, fix = _words(name, value, other)
            self._collector.report_of_render(code, place, detail, fix, render=render, same=name)

    def _place(self, name: str, plan: SongPlan, variant: Variant) -> Span:
        if plan.rows is not None and name in plan.rows.columns:
            return line_span(plan.rows.source, variant.line)
        if plan.matrix is not None and name in plan.matrix.names:
            return plan.matrix.names[name]
        node = plan.song.vars.get(name) or self._spec_vars.get(name)
        return node.span if node is not None else plan.song.span


def _words(name: str, value: Value, other: Value) -> tuple[str, str, str]:
    """Return the code, what is doubtful, and what to do; `other` is what it was compared with."""
    shown = quoted(value)
    if other is None:
        fix = f"write no if it means that; if not, ask {{% if {name} != '' %}}"
        return "vars.truth", f"`{name}` is {shown}", fix
    if isinstance(other, str) and isinstance(value, str):
        fix = f"write the same letters, or compare {name} | trim | lower with small ones"
        return "vars.compared", f"`{name}` is {shown}, and not {quoted(other)}", fix
    if isinstance(other, str):
        fix = f"write the number without quotes in the template: {name} == {other.strip()}"
        return "vars.compared", f"`{name}` is the number {other.strip()}, and not a text", fix
    fix = f"make a number of it in the template: {name} | int == {other}"
    if isinstance(other, float) or not str(value).strip().isdecimal():
        fix = fix.replace("| int", "| float")
    return "vars.compared", f"`{name}` is the text {shown}, and not a number", fix
