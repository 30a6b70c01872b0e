"""A request for a prediction: what it may say, which model it means, which files it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from support.replicate import references
from support.replicate.fields import invalid, mistakes
from support.replicate.models import Inputs
from support.replicate.refusals import Refusal, invalid_input, invalid_version, not_found

if TYPE_CHECKING:
    from support.replicate.files import Files
    from support.replicate.models import Model
    from support.replicate.references import Reference

TOP_LEVEL = {"input", "webhook", "webhook_completed", "webhook_events_filter", "stream"}
DAY = 24 * 3600.0
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def check_body(fields: Any, *, takes_version: bool) -> None:
    """Refuse a body with other fields than there are. Raises Refusal."""
    if not isinstance(fields, dict):
        raise invalid_input([invalid("invalid_type", "", "Expected: object")])
    known = TOP_LEVEL | {"version"} if takes_version else TOP_LEVEL
    needed = ("version", "input") if takes_version else ("input",)
    wrong = [invalid("required", "", f"{n} is required") for n in needed if n not in fields]
    wrong += [
        invalid("additional_property_not_allowed", "", f"Additional property {n} is not allowed")
        for n in fields
        if n not in known
    ]
    kinds = {"version": str, "input": dict, "stream": bool, "webhook": str}
    wrong += [
        invalid("invalid_type", name, "Invalid type")
        for name, kind in kinds.items()
        if name in fields and not isinstance(fields[name], kind)
    ]
    if wrong:
        raise invalid_input(wrong)


def model_of_version(models: dict[str, list[Model]], version: str) -> Model:
    """Return the model that a version means: a digest, with or without a name, or a name.

    Raises Refusal: names without a digest are for official models only.
    """
    name, _, digest = version.rpartition(":") if ":" in version else ("", "", version)
    if "/" in digest:
        return official_model(models, digest, invalid_version())
    for versions in models.values():
        for model in versions:
            if model.version == digest and name in {"", model.name}:
                return model
    raise invalid_version()


def official_model(
    models: dict[str, list[Model]], name: str, otherwise: Refusal | None = None
) -> Model:
    """Return an official model. Raises Refusal: `otherwise` where it is not one."""
    versions = models.get(name, [])
    if not versions:
        raise not_found("model")
    if not versions[0].official:
        raise otherwise or not_found("page")
    return versions[0]


def read_input(
    model: Model,
    given: dict[str, Any],
    files: Files,
    now: float,
    base: str,
    lost_files: Literal["create", "run"],
) -> Inputs:
    """Return what a model is given. Raises Refusal if it does not take it.

    `lost_files` says when files are refused that are not there any more.
    """
    wrong = mistakes(model.fields, given)
    if wrong:
        raise invalid_input(wrong)
    values = model.filled_in(given)
    found: dict[str, Reference] = {}
    for field in model.fields:
        if field.kind != "uri" or field.name not in values:
            continue
        reference = _look_up(values[field.name], files, now, base)
        if reference is None or (reference.source == "lost" and lost_files == "create"):
            what = "Does not match format 'uri'" if reference is None else "File does not exist"
            raise invalid_input([invalid("format", f"input.{field.name}", what)])
        found[field.name] = reference
    return Inputs(values, found)


def _look_up(url: str, files: Files, now: float, base: str) -> Reference | None:
    if url.startswith("data:"):
        return references.of_data(url)
    own = re.fullmatch(rf"{re.escape(base)}(?:/v1)?/files/([^/?#]+)", url)
    if own is None:
        return references.of_address(url)
    try:
        return references.of_content("upload", files.find(own[1], now).content)
    except Refusal:
        return references.lost(url)


def deadline(text: str) -> float:
    """Return the seconds of a `Cancel-After` header, such as `15m`. Raises Refusal."""
    parts = re.findall(r"(\d+)([hms])", text)
    seconds = sum(int(count) * UNITS[unit] for count, unit in parts)
    if "".join(count + unit for count, unit in parts) != text or not 5 <= seconds <= DAY:
        told = "Must be a duration between 5s and 24h"
        raise invalid_input([invalid("format", "Cancel-After", told)])
    return seconds


def words(given: dict[str, Any]) -> str:
    """Return all texts of an input, by which a test knows its song."""
    return "\n".join(value for value in given.values() if isinstance(value, str))
