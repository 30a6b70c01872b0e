"""The platform's list of prices, and its estimates."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.fal.catalog import MODELS
from support.fal.models import Price
from support.fal.wire import Answer, Call, Route, refused

if TYPE_CHECKING:
    from support.fal.server import FalServer

MOST_ENDPOINTS = 50


class Pricing:
    """What units cost now: what the models' rows say, until it is set otherwise."""

    def __init__(self, server: FalServer) -> None:
        self._server = server
        self._others: dict[str, Price] = {}

    def set(self, endpoint: str, unit_usd: float, unit: str = "units") -> None:
        """Let one unit cost so many dollars from now on, and be called so."""
        self._others[endpoint] = Price(Decimal(str(unit_usd)), unit)

    def price(self, endpoint: str) -> Price:
        """Return the price of one unit."""
        return self._others.get(endpoint) or MODELS[endpoint].price

    def routes(self) -> list[Route]:
        """Return the routes of the platform's host for prices."""
        prices = re.compile("/v1/models/pricing")
        estimate = re.compile("/v1/models/pricing/estimate")
        return [
            Route("pricing", "GET", prices, "key", self._list, _asked),
            Route("estimate", "POST", estimate, "key", self._estimate, lambda _call, _match: []),
        ]

    def _list(self, call: Call, match: re.Match[str]) -> Answer:
        asked = _asked(call, match)
        if len(asked) > MOST_ENDPOINTS:
            raise refused(422, f"At most {MOST_ENDPOINTS} endpoints", "validation_error")
        listed = [self._row(endpoint) for endpoint in asked or sorted(MODELS)]
        return Answer.of(200, {"prices": listed, "next_cursor": None, "has_more": False})

    def _row(self, endpoint: str) -> dict[str, Any]:
        self._check(endpoint)
        price = self.price(endpoint)
        unit_price = float(price.unit_usd)
        return {
            "endpoint_id": endpoint,
            "unit_price": unit_price,
            "unit": price.unit,
            "currency": "USD",
        }

    def _check(self, endpoint: str) -> None:
        if endpoint not in MODELS or endpoint in self._server.queue.gone:
            raise refused(404, f"Endpoint '{endpoint}' not found", "not_found")

    def _estimate(self, call: Call, _match: re.Match[str]) -> Answer:
        endpoints = call.json().get("endpoints")
        if not isinstance(endpoints, dict) or not endpoints:
            raise refused(422, "endpoints is required", "validation_error")
        total = Decimal(0)
        for endpoint, asked in endpoints.items():
            self._check(endpoint)
            quantity = asked.get("unit_quantity", asked.get("call_quantity"))
            if not isinstance(quantity, int | float):
                raise refused(422, f"{endpoint}: a quantity is required", "validation_error")
            total += Decimal(str(quantity)) * self.price(endpoint).unit_usd
        told = {"estimate_type": call.json().get("estimate_type", "unit_price")}
        return Answer.of(200, told | {"total_cost": float(total), "currency": "USD"})


def _asked(call: Call, _match: re.Match[str]) -> list[str]:
    """Return the endpoints that are asked for, by repeated parameters or between commas."""
    values = call.query.get("endpoint_id", [])
    return [name for value in values for name in value.split(",") if name]
