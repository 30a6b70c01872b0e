"""Comparison of a row's price with the one that its service names. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from songbatch.engines.health import HealthItem, fine, warning
from songbatch.engines.job_service.overrides import advice, override
from songbatch.prices import Per

if TYPE_CHECKING:
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.model import EngineIdentity
    from songbatch.prices import Rate

_SECONDS = {Per.SECOND: 1.0, Per.MINUTE: 60.0}


def price_item(
    model: ModelRow, identity: EngineIdentity, usd: float, per: Per | None, unit: str
) -> HealthItem:
    """Return how the row's price compares with US dollars for one `unit`, which is a `per`.

    `per` is None where the service does not say what its unit is. A model with several prices has
    one of them at the service.
    """
    if any(_is_same(rate, usd, per) for rate in model.price):
        return fine("price", f"${usd:g} for one of its {unit or 'units'}, as planned")
    if per is None:
        return fine("price", f"it bills units of ${usd:g}, and does not say how many a song has")
    planned = " or ".join(dict.fromkeys(f"${rate.usd:g} a {rate.per}" for rate in model.price))
    text = (
        f"the service asks ${usd:g} for one of its {unit or 'units'}; "
        f"plans go by {planned or 'nothing'}"
    )
    if len(model.price) > 1:
        return warning("price", text, "compare the prices on the model's page with the row's")
    line = override(identity, {"price": {"usd": usd, "per": str(per)}})
    return warning("price", text, advice(line))


def _is_same(rate: Rate, usd: float, per: Per | None) -> bool:
    scale = 1.0
    if per is not None and per is not rate.per:
        if per not in _SECONDS or rate.per not in _SECONDS:
            return False
        scale = _SECONDS[per] / _SECONDS[rate.per]
    return math.isclose(rate.usd * scale, usd, rel_tol=1e-6)
