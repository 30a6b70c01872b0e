"""Health of token, model, version and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.engines.base import EngineError
from songbatch.engines.health import HealthItem, failed, fine, warning
from songbatch.engines.job_service.traits import set_by_keys
from songbatch.engines.rest.client import Bounds, Sent
from songbatch.engines.rest.clock import clock_items
from songbatch.engines.rest.key_items import key_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.job_service.replicate.calls import ReplicateCalls
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.engines.rest.client import ServiceReply
    from songbatch.model import EngineIdentity

_BOUNDS = Bounds(silence=15.0, deadline=30.0)
_SHOWN = 12


def health(
    calls: ReplicateCalls,
    model: ModelRow,
    identity: EngineIdentity,  # noqa: ARG001  (the service tells no prices)
) -> list[HealthItem]:
    """Return whose the token is, and how model, version and fields agree with the row."""
    try:
        account = _get(calls, "/account")
        if not account.is_success:
            return [key_item(calls.refused_free(account)), *clock_items(account.headers)]
        told = account.value if isinstance(account.value, dict) else {}
        name = calls.client.quoted(str(told.get("username") or "an account without a name"))
        found = [fine("key", f"{calls.access.key_name} is accepted: {name}")]
        found += _model(calls, model, _get(calls, f"/models/{model.endpoint}"))
        return [*found, *clock_items(account.headers)]
    except EngineError as error:
        return [failed("service", str(error), error.fix)]


def _get(calls: ReplicateCalls, path: str) -> ServiceReply:
    return calls.ask(Sent("GET", path, _BOUNDS))


def _model(calls: ReplicateCalls, model: ModelRow, reply: ServiceReply) -> list[HealthItem]:
    if reply.status == 404:
        return [
            failed(
                "model",
                f"the service has no model {model.endpoint}: it may be gone",
                "choose another model (`songbatch engines replicate` lists them)",
            )
        ]
    if not reply.is_success or not isinstance(reply.value, dict):
        shown = calls.client.shown(reply)
        return [warning("model", f"it could not be looked at: HTTP {reply.status}: {shown}")]
    latest = reply.value.get("latest_version")
    version: Mapping[str, Any] = latest if isinstance(latest, dict) else {}
    newest = calls.client.quoted(str(version.get("id") or ""))
    text = f"the service has {model.endpoint}"
    is_older = bool(model.version and newest and newest not in {model.version, "hidden"})
    if is_older:
        text += f"; the row pins version {model.version[:12]}, the newest is {newest[:12]}"
    return [fine("model", text), *_fields(calls, model, version, is_older=is_older)]


def _fields(
    calls: ReplicateCalls, model: ModelRow, version: Mapping[str, Any], *, is_older: bool
) -> list[HealthItem]:
    known = _properties(version)
    if not known:
        return [warning("fields", "the service does not say which fields the model takes")]
    sent = [*set_by_keys(model), *model.sends.constants]
    unknown = [name for name in sent if name.partition(".")[0] not in known]
    which = "the newest version" if is_older else "the model"
    if not unknown:
        return [fine("fields", f"{which} knows all {len(sent)} that the row sends")]
    has = calls.client.quoted(", ".join(sorted(known)[:_SHOWN]))
    return [
        warning(
            "fields",
            f"{which} does not know {', '.join(unknown)}; it has {has}",
            "correct the row in songbatch.yaml: unknown fields are ignored in silence",
        )
    ]


def _properties(version: Mapping[str, Any]) -> set[str]:
    value: Any = version
    for name in ("openapi_schema", "components", "schemas", "Input", "properties"):
        value = value.get(name) if isinstance(value, dict) else None
    return {str(name) for name in value} if isinstance(value, dict) else set()
