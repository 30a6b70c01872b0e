"""Health of key, price and endpoint: one question to the list of prices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.health import HealthItem, failed, fine, warning
from songbatch.engines.job_service.price_check import price_item
from songbatch.engines.job_service.services import PLATFORM
from songbatch.engines.rest.client import Bounds, Sent
from songbatch.engines.rest.clock import clock_items
from songbatch.prices import Per

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.job_service.fal.calls import FalCalls
    from songbatch.engines.job_service.rows import Model
    from songbatch.model import EngineIdentity

_PATH = "/v1/models/pricing"
_BOUNDS = Bounds(silence=15.0, deadline=30.0)
_NO_MODEL = frozenset({404, 400, 422})


def health(calls: FalCalls, model: Model, identity: EngineIdentity) -> list[HealthItem]:
    """Return what the list of prices says of an endpoint, and whether it takes the key."""
    query = urlencode({"endpoint_id": model.endpoint})
    try:
        reply = calls.ask(PLATFORM, Sent("GET", f"{_PATH}?{query}", _BOUNDS))
    except EngineError as error:
        return [failed("service", str(error), error.fix)]
    clock = clock_items(reply.headers)
    key_name = calls.access.key_name
    if reply.status in _NO_MODEL:
        return [fine("key", f"{key_name} is accepted"), _unknown(model), *clock]
    if not reply.is_success:
        refused = calls.refused(reply, calls.judged_free)
        if refused.verdict is Verdict.STOP:
            return [failed("key", str(refused), refused.fix), *clock]
        return [warning("key", f"could not be tried: {refused}"), *clock]
    found = [fine("key", f"{key_name} is accepted")]
    entry = _entry(reply.value, model.endpoint)
    if entry is None:
        return [*found, _unknown(model), *clock]
    found.append(fine("model", f"the service knows {model.endpoint}"))
    found += _price(entry, model, identity, calls)
    return [*found, *clock]


def _unknown(model: Model) -> HealthItem:
    return warning(
        "model",
        f"the service's list of prices has no {model.endpoint}: the model may be gone",
        "look for it on the service's pages, or choose another model",
    )


def _entry(value: Any, endpoint: str) -> Mapping[str, Any] | None:
    prices = value.get("prices") if isinstance(value, dict) else None
    entries = [each for each in prices or [] if isinstance(each, dict)]
    return next((each for each in entries if each.get("endpoint_id") == endpoint), None)


def _price(
    entry: Mapping[str, Any], model: Model, identity: EngineIdentity, calls: FalCalls
) -> list[HealthItem]:
    usd, unit = entry.get("unit_price"), str(entry.get("unit", ""))
    is_price = type(usd) in {int, float} and 0 <= float(usd or 0) < math.inf
    currency = str(entry.get("currency") or "USD")
    if not is_price or usd is None or currency.upper() != "USD":
        shown = calls.queue.quoted(f"{usd} {currency} per {unit}")
        return [warning("price", f"the service names a price that cannot be read: {shown}")]
    return [price_item(model, identity, float(usd), _per(unit), calls.queue.quoted(unit))]


def _per(unit: str) -> Per | None:
    """Return what a unit of the service is a unit of; None where it does not say."""
    word = unit.strip().lower().rstrip("s")
    if word in {"second", "sec", "compute second", "audio second"}:
        return Per.SECOND
    if word in {"minute", "min", "audio minute"}:
        return Per.MINUTE
    return Per.SONG if word in {"song", "generation", "request", "audio", "call"} else None
