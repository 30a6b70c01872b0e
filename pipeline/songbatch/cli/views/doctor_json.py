"""Checkup for programs: one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.cli.pasting import pasteable
from songbatch.diagnostics import printable_json
from songbatch.engines.health import HealthState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.engines.health import HealthItem
    from songbatch.run.doctor import Checkup

FORMAT = 1


def doctor_json(checkup: Checkup) -> str:
    """Return every finding, and whether a render would get through."""
    return printable_json(
        {
            "doctor": FORMAT,
            "failures": checkup.count(HealthState.FAILED),
            "warnings": checkup.count(HealthState.WARNING),
            "engines": [
                {
                    "name": one.name,
                    "model": one.model,
                    "url": one.url or None,
                    "items": _items(one.items),
                }
                for one in checkup.engines
            ],
            "project": _items(checkup.project),
        }
    )


def _items(items: Iterable[HealthItem]) -> list[dict[str, Any]]:
    return [
        {
            "subject": item.subject,
            "state": item.state.value,
            "text": item.text,
            "fix": pasteable(item.fix) or None,
        }
        for item in items
    ]
