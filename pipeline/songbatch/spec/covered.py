"""Variables that are set where a song has its own, from its matrix or its rows, which win."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.spec.rows import line_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.spec.song_plan import SongPlan
    from songbatch.spec.variants import Variant


def judge_covered(
    overrides: Iterable[str],
    plan: SongPlan,
    variants: Sequence[Variant],
    collector: DiagnosticCollector,
) -> None:
    """Report names of --set that every variant of a song has another value for."""
    for name in sorted(overrides):
        if not variants or any(name not in variant.variables for variant in variants):
            continue
        place, sets, fix = plan.song.span, "rows of `{}` set", "change the file"
        if plan.matrix is not None and name in plan.matrix.names:
            place, sets = plan.matrix.names[name], "matrix of `{}` sets"
            fix = f"take `{name}` out of the matrix"
        elif plan.rows is not None:
            place = line_span(plan.rows.source, plan.rows.header_line)
        detail = f"the {sets.format(plan.song.name)} `{name}`"
        collector.report("vars.covered", place, detail, f"leave out --set {name}, or {fix}")
