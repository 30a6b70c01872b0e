"""Services with many models for programs: their rows as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.cli.views.engine_words import plain_access

if TYPE_CHECKING:
    from songbatch.engines.job_service.entry import ServiceListing
    from songbatch.engines.job_service.rows import ModelRow


def service_json(each: ServiceListing) -> dict[str, Any]:
    """Return a service with its rows."""
    return {
        "name": each.name,
        "kind": each.kind,
        "title": each.title,
        **plain_access(each.access, needs_key=True),
        "default_model": each.default_model,
        "models": [row_json(model) for model in each.table.models.values()],
        "hands": [msgspec.to_builtins(hand) for hand in each.table.hands.values()],
        "guide": each.guide,
    }


def row_json(model: ModelRow) -> dict[str, Any]:
    """Return a row in the form that songbatch.yaml has it in, with its name and its number."""
    row: dict[str, Any] = msgspec.to_builtins(model)
    sends = {name: value for name, value in row["sends"].items() if value is not None}
    return {**row, "sends": sends}
