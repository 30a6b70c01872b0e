"""Songs that other machines have got, brought here before anything is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.plan import Action, Reason
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.model import Render
    from songbatch.plan import RenderStep
    from songbatch.run.context import RunContext
    from songbatch.run.engine_plans import EnginePlan

PULLED_AT_ONCE = 16


def pull_songs(
    engine_plan: EnginePlan, context: RunContext, is_stopped: Callable[[], bool]
) -> EnginePlan:
    """Bring what the shared store has for a plan; return the plan that can be carried out then.

    What is withheld, somebody else has: it is held, and not asked for again. For the lock's holder.
    """
    shared = engine_plan.snapshot.shared
    renders = {
        step.render.key: step.render
        for step in engine_plan.plan.renders
        if step.action is Action.RESTORE and step.render.key in shared
    }
    if not renders:
        return engine_plan
    with ThreadPoolExecutor(PULLED_AT_ONCE) as pool:
        found = pool.map(partial(_pull, engine_plan, context, is_stopped), renders.values())
        problems = dict(zip(renders, found, strict=True))
    steps = tuple(_held(step, problems) for step in engine_plan.plan.renders)
    return replace(engine_plan, plan=replace(engine_plan.plan, renders=steps))


def _pull(
    engine_plan: EnginePlan, context: RunContext, is_stopped: Callable[[], bool], render: Render
) -> str:
    """Bring one song here; return what kept it from coming, "" for nothing."""
    if is_stopped():
        return "the run was interrupted"
    known = engine_plan.snapshot.finished.get(render.key, ())
    try:
        context.stock.pull(render, context.stock.answers[render.key], known)
    except (StoreTrouble, Withheld) as trouble:
        return str(trouble)
    return ""


def _held(step: RenderStep, problems: dict[str, str]) -> RenderStep:
    problem = problems.get(step.render.key, "")
    if not problem or step.action is not Action.RESTORE:
        return step
    return replace(step, action=Action.HOLD, reason=Reason.WITHHELD, detail=problem)
