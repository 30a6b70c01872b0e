"""A plan for programs: one JSON object, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.plan import Action
from songbatch.prices import PriceSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.plan import Plan
    from songbatch.run.engine_plans import Leg

VERSION = 1


def plan_json(legs: Sequence[Leg], jobs: int | None) -> dict[str, Any]:
    """Return all legs with their steps and totals. Prices in US dollars, durations in seconds."""
    return {
        "plan": VERSION,
        "changes": any(leg.plan.changes for leg in legs),
        "engines": [
            {
                "engine": leg.engine.identity.as_json(),
                "specs": list(leg.specs),
                **_steps(leg.plan),
                "prices": _prices(leg),
                "totals": _totals(leg, jobs),
            }
            for leg in legs
        ],
    }


def _prices(leg: Leg) -> dict[str, Any]:
    """Return what a song is planned to cost, what bounds count it as, and who said so."""
    price = leg.plan.price
    counted_from = PriceSource.DEFAULT if price.is_doubted else price.source
    return {
        "planned_usd": price.planned,
        "planned_from": price.source.value,
        "counted_usd": price.counted,
        "counted_from": counted_from.value,
    }


def _steps(plan: Plan) -> dict[str, Any]:
    return {
        "fetches": [
            {
                "action": step.action.value,
                "reason": step.reason.name.lower(),
                "reference": step.reference.name,
                "url": step.reference.url,
                "sha256": step.reference.sha256,
            }
            for step in plan.fetches
        ],
        "uploads": [
            {
                "action": step.action.value,
                "reason": step.reason.name.lower(),
                "references": list(step.names),
                "sha256": step.key[1],
                "purpose": step.purpose.value,
            }
            for step in plan.uploads
        ],
        "renders": [
            {
                "action": step.action.value,
                "reason": step.reason.name.lower(),
                "why": step.why,
                "id": step.render.id,
                "key": step.render.key,
                "output": step.render.output,
            }
            for step in plan.renders
        ],
        "removals": [
            {
                "action": step.action.value,
                "reason": step.reason.name.lower(),
                "output": step.entry.output,
            }
            for step in plan.removals
        ],
    }


def _totals(leg: Leg, jobs: int | None) -> dict[str, Any]:
    counts = leg.plan.counts
    return {
        **{action.value: counts[action] for action in Action},
        "seconds": leg.plan.seconds(jobs or leg.engine.expected_jobs),
        "cost_usd": round(leg.plan.cost_usd, 6),
        "counted_usd": round(leg.plan.counted_usd, 6),
    }
