"""A plan for people: what changes and why, equal reasons once, then the totals."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import click

from songbatch.cli.views.alike import groups, some
from songbatch.cli.views.waves_text import short_text, waves_text
from songbatch.diagnostics import printable
from songbatch.formatting import NOTHING_SELECTED, duration, money, plain_value
from songbatch.layout import OUTPUTS
from songbatch.model import KEY_VERSION, REFERENCE_INPUTS
from songbatch.plan import Action, Reason
from songbatch.plan.completion import request_notes
from songbatch.run.pricing import doubted_price, held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from songbatch.cli.views.results import PlanResult
    from songbatch.model import Change, RenderInputs
    from songbatch.plan import Plan, RemoveStep, RenderStep
    from songbatch.run.engine_plans import EnginePlan

COLOURS = {
    Action.RENDER: "yellow",
    Action.UPLOAD: "yellow",
    Action.FETCH: "yellow",
    Action.CONVERT: "yellow",
    Action.HOLD: "red",
    Action.REMOVE: "red",
    Action.REUSE: "bright_black",
}
LABEL_WIDTH = 8


def plan_lines(plan: Plan, *, is_all: bool = False) -> Iterator[str]:
    """Yield what a run changes, in the order of its steps; steps of one reason are one line.

    If `is_all`, a line for every step, also for what stays.
    """
    steps = list(_steps(plan))
    if is_all:
        yield from (_line(step.action, step.subject, step.why) for step in steps)
        return
    changes = (step for step in steps if step.action is not Action.REUSE)
    for group in groups(_with_parts_together(changes), _cause):
        first = group[0]
        why = first.why if len(group) == 1 else first.cause
        yield _line(first.action, some([step.subject for step in group]), why)


class _Step(NamedTuple):
    """A step of whatever kind; `cause` is its reason as it holds for others, too.

    `song` is the one that it is a part of, "" for none.
    """

    action: Action
    subject: str
    why: str
    cause: str
    song: str = ""


def _with_parts_together(steps: Iterable[_Step]) -> Iterator[_Step]:
    """Yield steps with the parts of a song as one step, as long as one reason holds for them."""

    def kind(step: _Step) -> object:
        is_told_apart = not step.song or step.action is Action.HOLD
        return step.subject if is_told_apart else (step.song, step.action, step.cause)

    for _, same in itertools.groupby(steps, kind):
        first, *others = same
        if others:
            subject = f"{first.song}, {len(others) + 1} parts"
            yield first._replace(subject=subject, why=first.cause)
        else:
            yield first


def _cause(step: _Step) -> tuple[Action, str] | None:
    # What is held is named one by one: it may be paid.
    return None if step.action is Action.HOLD else (step.action, step.cause)


def _steps(plan: Plan) -> Iterator[_Step]:
    for fetch in plan.fetches:
        why = fetch.reason.value
        yield _Step(Action.FETCH, fetch.reference.source, why, why)
    for each in plan.conversions:
        yield _Step(Action.CONVERT, each.subject, each.why, each.why)
    for upload in plan.uploads:
        why = f"{upload.purpose} reference, {upload.reason.value} {upload.detail}".rstrip()
        if upload.usd and upload.action is Action.UPLOAD:
            why += f"; costs {money(upload.usd)}"
        yield _Step(upload.action, ", ".join(upload.names), why, why)
    for orphan in plan.orphans:
        yield _Step(orphan.action, orphan.name, orphan.why, f"{_JOBS}; of no song of this run")
    for step in plan.renders:
        song = step.render.id.rpartition("/")[0] if step.render.is_part else ""
        yield _Step(step.action, step.render.id, step.why, _shared_reason(step), song)
    for removal in plan.removals:
        cause = _shared_by_spec(removal) if removal.reason is Reason.MOVED else removal.why
        yield _Step(Action.REMOVE, removal.entry.output, removal.why, cause)


_JOBS = "asked for before, as jobs of the service"


def _shared_reason(step: RenderStep) -> str:
    """Return a render's reason without what is its own."""
    if step.reason is Reason.UNDER_WAY:
        return _JOBS
    return _shared_by_spec(step) if step.reason is Reason.RENAMED else step.why


def _shared_by_spec(step: RenderStep | RemoveStep) -> str:
    """Return a reason that ends in a song as it holds for all songs of that spec."""
    spec, slash, _ = step.detail.removeprefix(f"{OUTPUTS}/").partition("/")
    return f"{step.reason.value} {spec}{slash}…"


def _line(action: Action, subject: str, why: str) -> str:
    label = click.style(f"{action.value:<{LABEL_WIDTH}}", fg=COLOURS.get(action, "green"))
    return f"  {label} {printable(subject)}: {printable(why)}"


def plan_text(result: PlanResult) -> str:
    """Return the whole plan."""
    lines = [*_plan_text(result.engine_plans, result.jobs, is_all=result.is_all)]
    lines += map(printable, (*waves_text(result.waves), *short_text(result.waves)))
    if result.move is not None:
        from songbatch.cli.views.moving_text import move_lines  # noqa: PLC0415  (few plans move)

        lines += ["", *move_lines(result.move)]
    return "\n".join(lines)


def _plan_text(
    engine_plans: Sequence[EnginePlan], jobs: int | None, *, is_all: bool
) -> Iterator[str]:
    for engine_plan in engine_plans:
        if not (is_all or engine_plan.plan.changes):
            continue
        subject = (
            "jobs of earlier runs" if engine_plan.only_collects else ", ".join(engine_plan.specs)
        )
        heading = f"{subject} on {engine_plan.engine.identity.name}"
        yield click.style(heading, bold=True)
        yield from plan_lines(engine_plan.plan, is_all=is_all)
        for note in request_notes(engine_plan.plan, engine_plan.engine.traits):
            yield f"  {printable(note)}"
        yield ""
    yield totals(engine_plans, jobs)
    yield from notes(engine_plans)


def notes(engine_plans: Sequence[EnginePlan]) -> Iterator[str]:
    """Yield remarks on a plan's money: doubted prices, and what is held."""
    for engine_plan in engine_plans:
        if note := doubted_price(engine_plan.plan):
            counted = money(engine_plan.plan.counted_usd)
            yield f"{note}, {counted} in all: pass --price if it is right"
    yield from held(engine_plans)


def totals(engine_plans: Iterable[EnginePlan], jobs: int | None) -> str:
    """Return the plan in one sentence: how much of what, how long, for how much."""
    engine_plans = list(engine_plans)
    counts = sum((engine_plan.plan.counts for engine_plan in engine_plans), Counter[Action]())
    phrases = [phrase.format(counts[action]) for action, phrase in _PHRASES if counts[action]]
    text = ", ".join(phrases)
    if not any(engine_plan.plan.changes for engine_plan in engine_plans):
        return f"Nothing to do: {text or NOTHING_SELECTED}."
    cost = sum(engine_plan.plan.cost_usd for engine_plan in engine_plans)
    if not counts[Action.RENDER] and not cost:
        return f"{text}; nothing to pay."
    seconds = sum(
        engine_plan.plan.seconds(jobs or engine_plan.engine.expected_jobs)
        for engine_plan in engine_plans
    )
    at_most = "at most " if any(each.plan.is_most for each in engine_plans) else ""
    return f"{text}; about {duration(seconds)}, {at_most}{money(cost)}."


_PHRASES = (
    (Action.FETCH, "{:,} to download"),
    (Action.CONVERT, "{:,} to convert"),
    (Action.UPLOAD, "{:,} to upload"),
    (Action.COLLECT, "{:,} to collect"),
    (Action.RENDER, "{:,} to render"),
    (Action.JOIN, "{:,} to join"),
    (Action.SHARE, "{:,} shared"),
    (Action.RESTORE, "{:,} to restore"),
    (Action.ADOPT, "{:,} to adopt"),
    (Action.MEASURE, "{:,} to measure"),
    (Action.HOLD, "{:,} held"),
    (Action.REMOVE, "{:,} to remove"),
    (Action.REUSE, "{:,} up to date"),
)


def explanation(
    inputs: RenderInputs,
    changes: Sequence[Change],
    known: bool,
    completed: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Yield a render's key inputs, and which of them changed against the last manifest.

    `completed` is what its request has beside them.
    """
    changed = {change.field: change for change in changes}
    said = {
        name: value
        for name, value in inputs.facts().items()
        if value is not None or name in REFERENCE_INPUTS
    }
    shown = {"key_version": KEY_VERSION} | said | {change.field: change.now for change in changes}
    for name, value in shown.items():
        change = changed.get(name)
        mark = click.style("~", fg="yellow") if change else " "
        yield f"{mark} {name}: {_shown(value)}"
        if change:
            yield f"    was: {_shown(change.was)}"
    for name, value in (completed or {}).items():
        yield f"  {name}: {printable(value)} (not part of the key)"
    if not known:
        yield "The last manifest does not list it."
    elif changed:
        yield f"Changed since the last manifest: {', '.join(changed)}."
    else:
        yield "Nothing changed since the last manifest."


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
    if value is None:
        return "none"
    lines = plain_value(value).split("\n")
    if len(lines) == 1:
        return printable(lines[0])
    return "".join(f"\n      | {printable(line)}" for line in lines)
