"""Moves between engines for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from songbatch.cli.views.results import Move


def move_object(move: Move) -> dict[str, Any]:
    """Return a move: what is lost, and what stays of each earlier engine."""
    return {"was": move.was, "to": move.to.name, **kept_and_lost(move)}


def kept_and_lost(move: Move) -> dict[str, Any]:
    """Return what songs say in vain on an engine, and what stays of the others."""
    losses = move.losses
    return {
        "ignores": msgspec.to_builtins(losses.ignored),
        "no_place_for": msgspec.to_builtins(losses.unplaced),
        "overlong": msgspec.to_builtins(losses.overlong),
        "stays": msgspec.to_builtins(move.stays),
    }
