"""A plan for programs: one JSON object, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import printable_json
from songbatch.plan import Action
from songbatch.prices import Amount, PriceSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.cli.views.results import PlanResult
    from songbatch.plan import (
        ConvertStep,
        FetchStep,
        OrphanStep,
        RemoveStep,
        RenderStep,
        UploadStep,
    )
    from songbatch.plan.waves import Wave
    from songbatch.run.engine_plans import EnginePlan

VERSION = 1


def plan_json(result: PlanResult) -> str:
    """Return the whole plan."""
    plan = plan_object(result.engine_plans, result.jobs) | waves_object(result.waves)
    if result.move is not None:
        from songbatch.cli.views.moving_json import move_object  # noqa: PLC0415  (few plans move)

        plan["move"] = move_object(result.move)
    return printable_json(plan)


def waves_object(waves: Sequence[Wave]) -> dict[str, Any]:
    """Return the takes that are asked for in waves, under `waves`; nothing if there are none."""
    rows = [
        {
            "variant": wave.variant,
            "good": wave.good,
            "wanted": wave.until.good,
            "here": wave.here,
            "asked": len(wave.asked),
            "further": len(wave.further),
            "at_most_usd": round(wave.most_usd, 6),
        }
        for wave in waves
    ]
    return {"waves": rows} if rows else {}


def plan_object(engine_plans: Sequence[EnginePlan], jobs: int | None) -> dict[str, Any]:
    """Return every engine's part with its steps and totals: US dollars, seconds."""
    return {
        "plan": VERSION,
        "changes": any(engine_plan.plan.changes for engine_plan in engine_plans),
        "engines": [
            {
                "engine": engine_plan.engine.identity.as_named(),
                "specs": list(engine_plan.specs),
                "fetches": [_fetch(step) for step in engine_plan.plan.fetches],
                "conversions": [_conversion(step) for step in engine_plan.plan.conversions],
                "uploads": [_upload(step) for step in engine_plan.plan.uploads],
                "orphans": [_orphan(step) for step in engine_plan.plan.orphans],
                "renders": [_render(step) for step in engine_plan.plan.renders],
                "removals": [_removal(step) for step in engine_plan.plan.removals],
                "prices": prices_object(engine_plan),
                "totals": totals_object(engine_plan, jobs),
            }
            for engine_plan in engine_plans
        ],
    }


def prices_object(engine_plan: EnginePlan) -> dict[str, Any]:
    """Return what the dearest song is planned to cost, what bounds count it as, and whose that is.

    Where nothing is asked for, those of any song that costs the same as all others.
    """
    plan = engine_plan.plan
    price = max(plan.prices, key=lambda each: each.counted, default=plan.tariff.price(Amount()))
    counted_from = PriceSource.DEFAULT if price.is_doubted else price.source
    return {
        "planned_usd": price.planned,
        "planned_from": price.source.value,
        "counted_usd": price.counted,
        "counted_from": counted_from.value,
        "is_most": plan.is_most,
    }


def _fetch(step: FetchStep) -> dict[str, Any]:
    return _decision(step) | {
        "reference": step.reference.name,
        "url": step.reference.url,
        "sha256": step.reference.sha256,
    }


def _conversion(step: ConvertStep) -> dict[str, Any]:
    cut = step.track.cut
    return _decision(step) | {
        "why": step.why,
        "reference": step.reference.name,
        "source": step.reference.source,
        "sha256": step.track.sha256,
        "kind": step.track.kind,
        "from_ms": None if cut is None else cut.from_ms,
        "to_ms": None if cut is None else cut.to_ms,
    }


def _upload(step: UploadStep) -> dict[str, Any]:
    return _decision(step) | {
        "references": list(step.names),
        "sha256": step.key[1],
        "purpose": step.purpose.value,
        "usd": step.usd,
    }


def _render(step: RenderStep) -> dict[str, Any]:
    return _decision(step) | {
        "why": step.why,
        "id": step.render.id,
        "key": step.render.key,
        "output": step.render.output,
        "usd": step.price.planned if step.action is Action.RENDER else None,
    }


def _orphan(step: OrphanStep) -> dict[str, Any]:
    return _decision(step) | {"why": step.why, "id": step.name, "key": step.key, "job": step.job}


def _removal(step: RemoveStep) -> dict[str, Any]:
    return _decision(step) | {"why": step.why, "output": step.entry.output}


def _decision(
    step: FetchStep | ConvertStep | UploadStep | OrphanStep | RenderStep | RemoveStep,
) -> dict[str, Any]:
    return {"action": step.action.value, "reason": step.reason.name.lower()}


def totals_object(engine_plan: EnginePlan, jobs: int | None) -> dict[str, Any]:
    """Return how many steps of each action there are, seconds, and US dollars."""
    counts = engine_plan.plan.counts
    return {
        **{action.value: counts[action] for action in Action},
        "seconds": engine_plan.plan.seconds(jobs or engine_plan.engine.expected_jobs),
        "cost_usd": round(engine_plan.plan.cost_usd, 6),
        "counted_usd": round(engine_plan.plan.counted_usd, 6),
    }
