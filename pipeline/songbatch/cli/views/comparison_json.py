"""Several engines side by side for programs: one JSON object, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.cli.diagnostics import as_json
from songbatch.cli.views.moving_json import kept_and_lost
from songbatch.cli.views.moving_text import sent_along, there
from songbatch.cli.views.plan_json import prices_object, totals_object
from songbatch.diagnostics import printable_json

if TYPE_CHECKING:
    from songbatch.cli.views.results import ComparisonResult, Prospect

VERSION = 1


def comparison_json(result: ComparisonResult) -> str:
    """Return what every engine would make of the same songs: US dollars, seconds, bytes."""
    engines = [_prospect(one, result.jobs) for one in result.prospects]
    return printable_json({"comparison": VERSION, "engines": engines})


def _prospect(prospect: Prospect, jobs: int | None) -> dict[str, Any]:
    plan, move = prospect.engine_plan, prospect.move
    totals = None
    if plan is not None:
        own = {"there": there(plan), "sent_along": sent_along(plan)}
        totals = totals_object(plan, jobs) | own
    return {
        "engine": move.to.identity.as_named(),
        "specs": list(plan.specs) if plan is not None else [],
        "totals": totals,
        "prices": prices_object(plan) if plan is not None else None,
        "errors": [as_json(one) for one in prospect.errors],
        "left_out": prospect.left_out,
        "further_warnings": prospect.warnings,
        **kept_and_lost(move),
    }
