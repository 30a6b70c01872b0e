"""Totals of a diff: counts, time and money. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import Fate, Kind
from songbatch.plan.completion import amount_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.diff.compare import Comparison, Difference
    from songbatch.engines.entry import EngineEntry
    from songbatch.model import RenderInputs


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
    requests: dict[str, dict[str, RenderInputs]] = {}
    for comparison in comparisons:
        asked_for = (
            one.now
            for one in comparison.differences
            # What is joined of parts costs what they do.
            if one.now and _is_asked_for(one) and one.now.parts is None
        )
        by_key = {entry.key: entry.inputs(comparison.engine) for entry in asked_for}
        requests.setdefault(comparison.engine.name, {}).update(by_key)
    asked = [(engines[name], by_key) for name, by_key in requests.items() if by_key]
    came = (one.now for one in differences if one.now and one.fate is Fate.RENDERED)
    rendered = [entry for entry in came if entry.parts is None]
    paid = {entry.audio_sha256: entry.cost_usd or 0.0 for entry in rendered}
    return DiffTotals(
        kinds=Counter(one.kind for one in differences),
        same=sum(comparison.same for comparison in comparisons),
        to_render=sum(len(by_key) for _, by_key in asked),
        cost_usd=sum(
            engine.tariff().price(amount_of(inputs, engine.traits)).planned
            for engine, by_key in asked
            for inputs in by_key.values()
        ),
        seconds=sum(
            -(-len(by_key) // engine.expected_jobs) * engine.seconds_per_render
            for engine, by_key in asked
        ),
        rendered=len(rendered),
        paid_usd=sum(paid.values()),
    )


def _is_asked_for(difference: Difference) -> bool:
    # What failed is asked for again.
    failed = difference.now is not None and difference.now.status == "failed"
    return failed or difference.fate is Fate.PLANNED
