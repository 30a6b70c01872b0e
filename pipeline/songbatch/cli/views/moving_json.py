"""Moves between engines for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.cli.diagnostics import as_json
from songbatch.cli.views.moving_text import sent_along, there
from songbatch.cli.views.plan_json import prices_object, totals_object
from songbatch.diagnostics import printable_json

if TYPE_CHECKING:
    from songbatch.cli.views.results import ComparisonResult, Move, Prospect

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
        **_kept_and_lost(move),
    }


def move_object(move: Move) -> dict[str, Any]:
    """Return a move: what is lost, and what stays of each earlier engine."""
    return {"was": move.was, "to": move.to.name, **_kept_and_lost(move)}


def _kept_and_lost(move: Move) -> dict[str, Any]:
    losses = move.losses
    return {
        "ignores": msgspec.to_builtins(losses.ignored),
        "no_place_for": msgspec.to_builtins(losses.unplaced),
        "overlong": msgspec.to_builtins(losses.overlong),
        "stays": msgspec.to_builtins(move.stays),
    }
