"""Health of key, price and endpoint: one question to the list of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.base import EngineError
from songbatch.engines.health import HealthItem, failed, fine, warning
from songbatch.engines.job_service.fal.pricing import asking, price_in
from songbatch.engines.job_service.price_check import price_item
from songbatch.engines.job_service.services import PLATFORM
from songbatch.engines.rest.clock import clock_items
from songbatch.engines.rest.key_items import key_item
from songbatch.prices import Per

if TYPE_CHECKING:
    from songbatch.engines.job_service.fal.calls import FalCalls
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.model import EngineIdentity

_NO_MODEL = frozenset({404, 400, 422})


def health(calls: FalCalls, model: ModelRow, identity: EngineIdentity) -> list[HealthItem]:
    """Return what the list of prices says of an endpoint, and whether it takes the key."""
    try:
        reply = calls.ask(PLATFORM, asking(model.endpoint))
    except EngineError as error:
        return [failed("service", str(error), error.fix)]
    clock = clock_items(reply.headers)
    key_name = calls.access.key_name
    if reply.status in _NO_MODEL:
        return [fine("key", f"{key_name} is accepted"), _unknown(model), *clock]
    if not reply.is_success:
        return [key_item(calls.refused_free(reply)), *clock]
    found = [fine("key", f"{key_name} is accepted")]
    price = price_in(reply.value, model.endpoint)
    if price is None:
        return [*found, _unknown(model), *clock]
    found.append(fine("model", f"the service knows {model.endpoint}"))
    unit = calls.queue.quoted(price.unit)
    return [*found, price_item(model, identity, price.usd, _per(price.unit), unit), *clock]


def _unknown(model: ModelRow) -> HealthItem:
    return warning(
        "model",
        f"the service names no price in US dollars for {model.endpoint}: the model may be gone",
        "look for it on the service's pages, or choose another model",
    )


def _per(unit: str) -> Per | None:
    """Return what a unit of the service is a unit of; None where it does not say."""
    word = unit.strip().lower().rstrip("s")
    if word in {"second", "sec", "compute second", "audio second"}:
        return Per.SECOND
    if word in {"minute", "min", "audio minute"}:
        return Per.MINUTE
    return Per.SONG if word in {"song", "generation", "request", "audio", "call"} else None
