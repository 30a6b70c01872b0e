"""Requests for songs and for ids of references, field by field. Pure: one request, one body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.dialect import Target
from songbatch.engines.job_service.paths import put
from songbatch.engines.job_service.style_text import in_style, style_of
from songbatch.engines.job_service.traits import set_by_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.base import Generation
    from songbatch.engines.job_service.rows import (
        ChoiceField,
        Hand,
        ModelRow,
        NumberField,
        OptionField,
    )
    from songbatch.model import Value

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_TRUE = frozenset({"true", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "no", "n", "off", "0"})


def song_request(request: Generation, model: ModelRow) -> tuple[Target, dict[str, Any]]:
    """Return where a request for a song goes, and its body.

    Options win over constants, and never over what the keys of the song decide. Raises EngineError
    for what cannot be asked.
    """
    decided = dict(_decided(request, model))
    free = {**model.sends.constants, **dict(_options(request, model))}
    body: dict[str, Any] = {}
    for field, value in free.items():
        put(body, field, value)
    for field, value in decided.items():
        put(body, field, value)
    return Target(model.endpoint, model.version), body


def hand_request(address: str, hand: Hand) -> tuple[Target, dict[str, Any]]:
    """Return where a request for the id of a reference goes, and its body."""
    body: dict[str, Any] = {}
    for field, value in {**hand.constants, hand.field: address}.items():
        put(body, field, value)
    return Target(hand.endpoint), body


def _decided(request: Generation, model: ModelRow) -> Iterator[tuple[str, Value]]:
    sends = model.sends
    yield from _words(request, model)
    references = list(_references(request, model))
    if sends.style is not None:
        yield from _style(request, model, has_reference=bool(references))
    if sends.duration is not None and request.duration is not None:
        yield sends.duration.field, _seconds(request.duration, sends.duration)
    if sends.seed is not None:
        yield sends.seed.field, request.take if request.seed is None else request.seed
    for name in ("bpm", "strength"):
        field: NumberField | None = getattr(sends, name)
        value = getattr(request, name)
        if field is not None and field.field and value is not None:
            yield field.field, value
    for name in ("scale", "meter", "lang"):
        choice: ChoiceField | None = getattr(sends, name)
        text = getattr(request, name)
        if choice is not None and choice.field and text is not None:
            yield choice.field, _choice(choice, text, is_tag=name == "lang")
    yield from references
    if sends.marker:
        yield sends.marker, request.request_id


def is_silent(request: Generation) -> bool:
    """Return whether nobody shall sing."""
    return request.vocals == "none" or not request.lyrics


def _words(request: Generation, model: ModelRow) -> Iterator[tuple[str, Value]]:
    field, no_vocals = model.sends.lyrics, model.sends.no_vocals
    if not is_silent(request):
        if field is not None:
            yield field.field, request.lyrics
        return
    if field is not None and field.silent is not None:
        yield field.field, field.silent
    if no_vocals is not None:
        yield no_vocals.field, no_vocals.value


def _style(
    request: Generation, model: ModelRow, *, has_reference: bool
) -> Iterator[tuple[str, Value]]:
    field = model.sends.style
    excluded = any(each.excludes_style for each in model.sends.reference)
    text = "" if has_reference and excluded else style_of(request, model)
    if field is None or not text:
        return
    if len(text) > field.max:
        written = ", ".join(f"`{name}`" for name in in_style(model))
        raise EngineError(
            f"the style has {len(text):,} characters with what {written} add to it, and "
            f"{model.endpoint} takes {field.max:,}",
            Verdict.REJECTED,
            fix=f"cut {len(text) - field.max:,} of them",
        )
    yield field.field, text


def _references(request: Generation, model: ModelRow) -> Iterator[tuple[str, Value]]:
    for field in model.sends.reference:
        handles = [request.handles[one] for one in field.purposes if one in request.handles]
        if handles:
            yield field.field, handles[0]


def _seconds(seconds: float, field: NumberField) -> Value:
    if field.least is not None:
        seconds = max(seconds, field.least)
    if field.most is not None:
        seconds = min(seconds, field.most)
    if field.unit == "ms":
        return round(1000 * seconds)
    return int(seconds) if float(seconds).is_integer() else seconds


def _choice(field: ChoiceField, text: str, *, is_tag: bool) -> Value:
    primary = text.partition("-")[0].lower() if is_tag else text
    return field.values.get(text, field.values.get(primary, primary))


def _options(request: Generation, model: ModelRow) -> Iterator[tuple[str, Value]]:
    own = set_by_keys(model)
    for name, value in (request.options or {}).items():
        if name in own:
            continue  # a spec that says it is refused before
        rule = model.options.get(name)
        yield name, value if rule is None else _typed(value, rule)


def _typed(value: Value, rule: OptionField) -> Value:
    """Return a value in the type of its field: templates make texts of numbers."""
    if not isinstance(value, str) or rule.type == "text":
        return value
    text = value.strip().lower()
    if rule.type == "yes-no":
        return True if text in _TRUE else False if text in _FALSE else value
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return value
