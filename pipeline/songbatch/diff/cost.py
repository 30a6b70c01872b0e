"""Totals of a diff: counts, time and money. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import Fate, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.diff.compare import Comparison, Difference
    from songbatch.engines.entry import EngineEntry


class DiffTotals(msgspec.Struct, frozen=True):
    """How many renders differ in which way, and what that costs.

    `to_render` requests are still to be sent, for `cost_usd` and in about `seconds`; `rendered`
    songs were rendered between the two states, for `paid_usd`.
    """

    kinds: Mapping[Kind, int]
    same: int
    to_render: int
    cost_usd: float
    seconds: float
    rendered: int
    paid_usd: float


def add_up(comparisons: Iterable[Comparison], engines: Mapping[str, EngineEntry]) -> DiffTotals:
    """Add everything up. Two renders with one key are one request."""
    comparisons = list(comparisons)
    differences = [one for comparison in comparisons for one in comparison.differences]
    requests: dict[str, set[str]] = {}
    for comparison in comparisons:
        keys = {one.now.key for one in comparison.differences if one.now and _is_asked_for(one)}
        requests.setdefault(comparison.engine.name, set()).update(keys)
    asked = [(engines[name], len(keys)) for name, keys in requests.items() if keys]
    rendered = [one.now for one in differences if one.now and one.fate is Fate.RENDERED]
    paid = {entry.audio_sha256: entry.cost_usd or 0.0 for entry in rendered}
    return DiffTotals(
        kinds=Counter(one.kind for one in differences),
        same=sum(comparison.same for comparison in comparisons),
        to_render=sum(number for _, number in asked),
        cost_usd=sum(number * engine.planned_usd for engine, number in asked),
        seconds=sum(
            -(-n // engine.expected_jobs) * engine.seconds_per_render for engine, n in asked
        ),
        rendered=len(rendered),
        paid_usd=sum(paid.values()),
    )


def _is_asked_for(difference: Difference) -> bool:
    # What failed is asked for again.
    failed = difference.now is not None and difference.now.status == "failed"
    return failed or difference.fate is Fate.PLANNED
