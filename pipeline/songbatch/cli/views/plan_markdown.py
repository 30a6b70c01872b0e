"""A plan as Markdown, for a pull request's comment and the summary of a workflow's step."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import click

from songbatch.cli.views.markdown import bounded, code
from songbatch.cli.views.plan_text import notes, totals
from songbatch.plan import Action, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.cli.views.results import PlanResult
    from songbatch.plan import Plan, RenderStep
    from songbatch.run.engine_plans import EnginePlan


def plan_markdown(result: PlanResult) -> str:
    """Return the totals and what there is to do; what is up to date is only counted."""
    engine_plans, jobs = result.engine_plans, result.jobs
    head = ["### songbatch plan", "", f"**{click.unstyle(totals(engine_plans, jobs))}**"]
    for note in notes(engine_plans):
        head += ["", note]
    items = _items(engine_plans)
    if result.move is not None:
        from songbatch.cli.views.moving_markdown import move_items  # noqa: PLC0415  (few plans move)

        items = itertools.chain(items, move_items(result.move))
    return "\n".join(bounded(head, items))


def _items(engine_plans: Sequence[EnginePlan]) -> Iterator[tuple[str, list[str]]]:
    for engine_plan in engine_plans:
        specs = ", ".join(map(code, engine_plan.specs))
        heading = f"#### {specs} on {code(engine_plan.engine.identity.name)}"
        for line in _steps(engine_plan.plan):
            yield heading, [line]


def _steps(plan: Plan) -> Iterator[str]:
    for fetch in plan.fetches:
        yield _line(fetch.action, fetch.reference.source, fetch.reason.value)
    for each in plan.conversions:
        yield _line(each.action, each.subject, each.why)
    for upload in plan.uploads:
        if upload.action is not Action.REUSE:
            why = f"{upload.purpose} reference, {upload.reason.value}"
            yield _line(upload.action, ", ".join(upload.names), why)
    for orphan in plan.orphans:
        yield _line(orphan.action, orphan.name, orphan.why)
    for step in plan.renders:
        if step.action is not Action.REUSE:
            yield _line(step.action, step.render.id, _why(step))
    for removal in plan.removals:
        yield _line(removal.action, removal.entry.output, removal.why)


def _why(step: RenderStep) -> str:
    # The names of changed inputs are our words; other details may be anybody's.
    if step.reason is Reason.CHANGED or not step.detail:
        return step.why
    return f"{step.reason.value} {code(step.detail)}"


def _line(action: Action, subject: str, why: str) -> str:
    return f"- **{action.value}** {code(subject)}: {why}"
