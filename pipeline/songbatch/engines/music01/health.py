"""Health of the hosted service: what can be seen without its key and without a paid request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.health import HealthItem, failed, fine, warning
from songbatch.engines.music01.settings import BASE_URL_VARIABLE, KEY_VARIABLE
from songbatch.engines.rest.client import Bounds, RestClient, Sent
from songbatch.engines.rest.clock import clock_items

if TYPE_CHECKING:
    from songbatch.engines.music01.settings import Settings

_BOUNDS = Bounds(silence=15.0, deadline=30.0)
_GATEWAYS = frozenset({502, 503, 504})


def health(settings: Settings) -> list[HealthItem]:
    """Return what is found of key and service; the settings can be used.

    The contract has no request that costs nothing, so the key is not tried, nor even sent.
    """
    client = RestClient(
        replace(settings, key=""), "the service", unreachable_fix=f"correct {BASE_URL_VARIABLE}"
    )
    try:
        found = _service(client)
    finally:
        client.close()
    key = fine("key", f"{KEY_VARIABLE} is set; whether it is accepted shows with the first upload")
    return [*found, key]


def _service(client: RestClient) -> list[HealthItem]:
    try:
        reply = client.call(Sent("GET", "/", _BOUNDS))
    except EngineError as error:
        if error.verdict is Verdict.UNREACHABLE:
            return [failed("server", str(error), error.fix)]
        return [warning("server", str(error))]
    answer = f"HTTP {reply.status} to a request without a key"
    if reply.status in _GATEWAYS:
        return [warning("server", f"it may be down: {answer}"), *clock_items(reply.headers)]
    return [fine("server", f"it answers: {answer}"), *clock_items(reply.headers)]
