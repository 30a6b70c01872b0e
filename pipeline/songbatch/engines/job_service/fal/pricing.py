"""Prices of billed units, as the service names them."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from songbatch.engines.base import EngineError
from songbatch.engines.job_service.services import PLATFORM
from songbatch.engines.rest.client import Bounds, Sent

if TYPE_CHECKING:
    from songbatch.engines.job_service.fal.calls import FalCalls

_BOUNDS = Bounds(silence=15.0, deadline=30.0)


class UnitPrice(msgspec.Struct, frozen=True):
    """US dollars for one `unit`, which the service calls so."""

    usd: float
    unit: str


def asking(endpoint: str) -> Sent:
    """Return the request for the price of an endpoint."""
    query = urlencode({"endpoint_id": endpoint})
    return Sent("GET", f"/v1/models/pricing?{query}", _BOUNDS)


def price_in(value: Any, endpoint: str) -> UnitPrice | None:
    """Return the price of an endpoint in an answer; None if it has none that can be read."""
    prices = value.get("prices") if isinstance(value, dict) else None
    entries = [each for each in prices or [] if isinstance(each, dict)]
    entry = next((each for each in entries if each.get("endpoint_id") == endpoint), {})
    usd, currency = entry.get("unit_price"), entry.get("currency") or "USD"
    if isinstance(usd, bool) or not isinstance(usd, int | float) or currency != "USD":
        return None
    if not 0 <= usd < math.inf:
        return None
    return UnitPrice(float(usd), str(entry.get("unit") or ""))


class UnitPrices:
    """Prices of endpoints, asked for once each. Safe to use from several threads at once."""

    def __init__(self, calls: FalCalls) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._known: dict[str, UnitPrice | None] = {}

    def of(self, endpoint: str) -> UnitPrice | None:
        """Return the price of an endpoint; None if the service does not say."""
        with self._lock:
            if endpoint not in self._known:
                self._known[endpoint] = self._asked(endpoint)
            return self._known[endpoint]

    def _asked(self, endpoint: str) -> UnitPrice | None:
        try:
            return price_in(self._calls.value(PLATFORM, asking(endpoint)), endpoint)
        except EngineError:
            return None  # nothing hangs on it but a figure
