"""Values that are true in a condition, and that people may mean as a no: `FALSCH`, `-`, `none`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.documents.schema_messages import quoted
from songbatch.spec.rows import line_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar
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
        doubts: Mapping[str, Value],
        plan: SongPlan,
        variant: Variant,
        render: RenderName,
    ) -> None:
        """Report what a text of a render took for true; `doubts` are its variables."""
        for name, value in doubts.items():
            place = self._places.setdefault(
                (plan.song.name, name), self._place(name, plan, variant)
            )
            detail = f"`{name}` is {quoted(value)}"
            fix = f"write no if it means that; if not, ask {{% if {name} != '' %}}"
            self._collector.report_of_render(
                "vars.truth", place, detail, fix, render=render, same=name
            )

    def _place(self, name: str, plan: SongPlan, variant: Variant) -> Span:
        if plan.rows is not None and name in plan.rows.columns:
            return line_span(plan.rows.source, variant.line)
        if plan.matrix is not None and name in plan.matrix.names:
            return plan.matrix.names[name]
        node = plan.song.vars.get(name) or self._spec_vars.get(name)
        return node.span if node is not None else plan.song.span
