"""Health of an ACE-Step server: what `songbatch doctor` tells. Sends nothing that makes a song."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import did_you_mean
from songbatch.engines.acestep.inventory import find_model, load_of, models_of
from songbatch.engines.acestep.results import data_of, text_of
from songbatch.engines.acestep.traits import is_base
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.health import HealthItem, failed, fine, warning
from songbatch.engines.rest.client import Bounds, Sent
from songbatch.engines.rest.clock import clock_items
from songbatch.engines.rest.key_items import key_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.acestep.calls import AceStepCalls
    from songbatch.engines.acestep.settings import AceStepSettings
    from songbatch.engines.rest.client import ServiceReply

_BOUNDS = Bounds(silence=15.0, deadline=30.0)
_MODEL_PATHS = ("/v1/model_inventory", "/v1/models")


def health(settings: AceStepSettings, calls: AceStepCalls) -> list[HealthItem]:
    """Return what is found of settings, reachability, key, model, language model and queue."""
    wrong = [failed("settings", problem, fix) for problem, fix in settings.problems()]
    if wrong:
        return wrong
    found = [warning("settings", text, "use https") for text in settings.warnings()]
    state = _ask(calls, "/health")
    if isinstance(state, EngineError):
        if settings.face == "tasks" or state.verdict is Verdict.UNREACHABLE:
            return [*found, failed("server", str(state), state.fix)]
        # The hosted service need not have this route.
        return [*found, warning("server", f"it answers, and not on its health: {state}")]
    server = data_of(state.value)
    told = server if isinstance(server, dict) else {}
    found += [_server(told, calls), *clock_items(state.headers)]
    if settings.face == "tasks":
        found += _key_and_queue(settings, calls)
    else:
        found.append(_untried_key(settings))
    found.append(_model(settings, calls))
    return [*found, *_language_model(told)]


def _ask(calls: AceStepCalls, path: str) -> ServiceReply | EngineError:
    try:
        return calls.call(Sent("GET", path, _BOUNDS))
    except EngineError as error:
        return error


def _get(calls: AceStepCalls, path: str) -> Any:
    reply = _ask(calls, path)
    return reply if isinstance(reply, EngineError) else reply.value


def _server(told: Mapping[str, Any], calls: AceStepCalls) -> HealthItem:
    parts = (text_of(told.get(name)) for name in ("service", "version", "status"))
    name = calls.client.quoted(" ".join(part for part in parts if part))
    if text_of(told.get("status")) not in {"", "ok"}:
        return warning("server", f"it answers: {name}", "look into the server's log")
    at_first = "; it loads its models for the first song, which then takes minutes"
    later = at_first if told.get("models_initialized") is False else ""
    return fine("server", f"it answers: {name or 'without a name'}{later}")


def _key_and_queue(settings: AceStepSettings, calls: AceStepCalls) -> list[HealthItem]:
    stats = _get(calls, "/v1/stats")
    if isinstance(stats, EngineError):
        return [key_item(stats)]
    what = f"{settings.key_name} is accepted" if settings.key else "none is set, and none is needed"
    load = load_of(stats)
    if load is None:
        return [fine("key", what), warning("queue", "the server does not say how busy it is")]
    each = f"; {load.job_seconds:.1f} s a song" if load.job_seconds else ""
    busy = f"{load.running} running, {load.queued} waiting{each}"
    if load.queue_size is not None and load.queued >= load.queue_size > 0:
        full = warning("queue", f"it is full: {busy}", "songs wait until there is room")
        return [fine("key", what), full]
    return [fine("key", what), fine("queue", busy)]


def _untried_key(settings: AceStepSettings) -> HealthItem:
    """Return what is known of a key where only a request for a song asks for it."""
    name = settings.key_name
    if settings.key:
        return fine("key", f"{name} is set; whether it is accepted shows with the first song")
    return warning("key", f"{name} is not set", f"set {name}, if the service asks for a key")


def _model(settings: AceStepSettings, calls: AceStepCalls) -> HealthItem:
    models = None
    for path in _MODEL_PATHS:
        answer = _get(calls, path)
        models = None if isinstance(answer, EngineError) else models_of(answer)
        if models is not None:
            break
    if not models:
        return warning("model", "the server does not list its models")
    entry = find_model(models, settings.model)
    names = [calls.client.quoted(each.name) for each in models]
    if entry is None:
        guess = did_you_mean(settings.model, names)
        return failed(
            "model",
            f"the server has no model {settings.model}; it has {', '.join(names[:20])}",
            guess or "write one of these as the engine's model, or start the server with yours",
        )
    if entry.is_loaded is False and any(each.is_loaded for each in models):
        loaded = ", ".join(calls.client.quoted(each.name) for each in models if each.is_loaded)
        return failed(
            "model",
            f"{settings.model} is there and not loaded; loaded: {loaded}. The server would take "
            "that one in silence",
            f"start the server with ACESTEP_CONFIG_PATH={settings.model}",
        )
    when = " and is loaded at the first song" if entry.is_loaded is False else ""
    lego = "lego" in entry.tasks or is_base(settings.model)
    also = ", sings over instrumentals" if lego else ""
    return fine("model", f"{settings.model} is there{when}{also}")


def _language_model(told: Mapping[str, Any]) -> list[HealthItem]:
    if "llm_initialized" not in told and "loaded_lm_model" not in told:
        return [fine("language model", "the server does not say whether it has one")]
    if not (told.get("llm_initialized") or text_of(told.get("loaded_lm_model"))):
        return [fine("language model", "none is loaded; a song cannot ask for `thinking`")]
    return [
        fine(
            "language model",
            "one is loaded: it fills in duration, bpm, scale and meter where a song leaves one "
            "out, at random; with all four said, a seed makes the same song again",
        )
    ]
