"""Corrections of a row by what a service refuses: which key of a song or field of the row it is
about, and the line that mends it. Pure.

Both services name the fields: in `detail` as a list with `loc`, or in `invalid_fields`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.diagnostics import brief, printable
from songbatch.engines.job_service.overrides import NAME, advice, override
from songbatch.engines.job_service.traits import set_by_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from songbatch.engines.job_service.rows import Hand, ModelRow
    from songbatch.model import EngineIdentity

_AROUND = frozenset({"body", "input", "query", "__root__", "(root)", ""})
"""Steps of a place that are no fields of the request."""
_MISSING = re.compile(r"missing|required", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"extra[_ ](?:inputs?|fields?|forbidden)|additional propert|not permitted|unexpected|unknown",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(r"not[ _]found|not exist|no such|expired", re.IGNORECASE)
_MOST = ("max_length", "limit_value", "le", "lt", "maximum")
_LEAST = ("ge", "gt", "minimum")
_AT_MOST = re.compile(
    r"(?:at most|less than or equal to|at or below|no more than|maximum(?: length)?(?: is| of)?)"
    r"\s*:?\s*([0-9][0-9.,]*)",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"(?:at least|greater than or equal to|minimum(?: is| of)?)\s*:?\s*([0-9][0-9.,]*)",
    re.IGNORECASE,
)
_USUAL_NAMES: Mapping[str, frozenset[str]] = {
    "lyrics": frozenset({"lyrics", "lyric", "lyrics_prompt", "words"}),
    "style": frozenset(
        {"prompt", "style", "tags", "description", "caption", "style_prompt", "text", "genre"}
    ),
    "duration": frozenset(
        {"duration", "length", "seconds", "audio_duration", "seconds_total", "duration_seconds",
         "music_length_ms", "length_ms", "max_audio_length_ms"}
    ),
    "seed": frozenset({"seed", "random_seed", "manual_seed"}),
    "reference": frozenset(
        {"audio_url", "reference_audio_url", "reference_id", "song_file", "audio", "reference_url"}
    ),
}  # fmt: skip
"""What services call the field of a key; or it is one of several words of the name."""
_ANY_KEYS = frozenset({"text", "audio"})
_OF_FILES = frozenset({"url", "uri", "file", "id"})
"""Words that do not tell a key, and words of fields that are no key's but a reference's."""
_NUMBERS = ("duration", "seed", "bpm", "strength")
_TEXTS = ("lyrics", "style")
_LONGEST = 300
_MOST_FIELDS = 20


class RefusedField(msgspec.Struct, frozen=True):
    """A field that a service refused: where it is, and why, in the service's words."""

    path: str
    reason: str
    context: Mapping[str, Any] = msgspec.field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Whether the service wants a field that the request had not."""
        return _MISSING.search(self.reason) is not None

    @property
    def is_unknown(self) -> bool:
        """Whether the service does not know the field."""
        return _UNKNOWN.search(self.reason) is not None


class Correction(msgspec.Struct, frozen=True):
    """What a refusal says of a row, in one sentence, and what to do."""

    text: str
    fix: str


def refused_fields(body: Any) -> list[RefusedField]:
    """Return the fields that a refusal names; none where it names none."""
    return list(_refused(body))[:_MOST_FIELDS]


def correction_of(body: Any, model: ModelRow, engine: EngineIdentity) -> Correction | None:
    """Return which keys and fields a refused request for a song is about; None if that is open.

    `body` is the service's JSON. Its texts are quoted; the caller removes the key from them.
    """
    fields = refused_fields(body)
    if not fields:
        return None
    renamed = _renamed(fields, model, engine)
    judged = [renamed] if renamed is not None else [_one(each, model, engine) for each in fields]
    texts = dict.fromkeys(each.text for each in judged)
    fixes = dict.fromkeys(each.fix for each in judged)
    return Correction(brief("; ".join(texts)), brief("; ".join(fixes)))


def names_lost_id(body: Any, fields: Collection[str]) -> bool:
    """Return whether a refusal says that an id in one of these fields is not there any more."""
    return any(
        field.path in fields
        and _NOT_THERE.search(field.reason) is not None
        and not (field.is_missing or field.is_unknown)
        for field in refused_fields(body)
    )


def correction_of_hand(body: Any, hand: Hand, engine: EngineIdentity) -> Correction | None:
    """Return the same of a refused request for the id of a reference."""
    fields = refused_fields(body)
    own = {hand.field, *hand.constants}
    named = next((each for each in fields if each.path in own), fields[0] if fields else None)
    if named is None:
        return None
    missing = [each.path for each in fields if each.is_missing and each.path not in own]
    change = {"field": missing[0] if len(missing) == 1 else NAME}
    if named.path in hand.constants:
        change = {"constants": {named.path: "VALUE"}}  # type: ignore[dict-item]
    what = "what hands over the address of a reference"
    if named.path != hand.field:
        what = "a constant of what hands over a reference"
    if named.path not in own:
        what = "no field of what hands over a reference"
    return Correction(
        f"`{named.path}` is {what}, {hand.name}: {named.reason}",
        advice(override(engine, {hand.name: change}, "hands")),
    )


def _refused(body: Any) -> Iterator[RefusedField]:
    if not isinstance(body, dict):
        return
    for name in ("detail", "invalid_fields", "errors"):
        listed = body.get(name)
        for item in listed if isinstance(listed, list) else ():
            field = _field(item)
            if field is not None:
                yield field
    detail = body.get("detail")
    if isinstance(detail, str) and not body.get("invalid_fields"):
        # `- input.duration: Must be less than or equal to 600`
        for found in re.finditer(r"(?m)^\s*-\s*(?:input\.)?([\w.-]{1,80}):\s*(.+)$", detail):
            if path := _path(found[1].split(".")):
                yield RefusedField(path, _said(found[2]))
        wanted = re.search(r"(?m)^\s*-\s*(?:input:\s*)?([\w-]{1,80}) is required", detail)
        if wanted:
            yield RefusedField(wanted[1], _said(wanted[0]))


def _field(item: Any) -> RefusedField | None:
    if not isinstance(item, dict):
        return None
    place = item.get("loc", item.get("field", item.get("path")))
    steps = place if isinstance(place, list) else str(place or "").split(".")
    path = _path([str(step) for step in steps])
    texts = (item.get("type"), item.get("msg"), item.get("message"), item.get("description"))
    reason = ": ".join(text for text in texts if isinstance(text, str) and text)
    context = item.get("ctx")
    if not path:
        wanted = re.search(r"['`\"]?([\w-]{1,80})['`\"]? is (?:a )?required", reason)
        path = wanted[1] if wanted else ""
    if not path:
        return None
    return RefusedField(path, _said(reason), context if isinstance(context, dict) else {})


def _path(steps: list[str]) -> str:
    kept = [step for step in steps if step not in _AROUND and re.fullmatch(r"[\w-]{1,80}", step)]
    return ".".join(kept)


def _said(reason: str) -> str:
    return printable(" ".join(reason.split()))[:_LONGEST] or "refused"


def _one(field: RefusedField, model: ModelRow, engine: EngineIdentity) -> Correction:
    """Return what one field is about."""
    keys = set_by_keys(model)
    key = keys.get(field.path) or next(
        (key for name, key in keys.items() if field.path.startswith(f"{name}.")), ""
    )
    if key:
        return _of_key(field, key, model, engine)
    if field.path in model.sends.constants:
        line = override(engine, {"sends": {"constants": {field.path: None}}})
        return Correction(
            f"`{field.path}` is a constant of the row {engine.name}: {field.reason}",
            f"{advice(line)} to send it no more, or another value in place of null",
        )
    if field.is_missing:
        return _wanted(field, model, engine)
    return Correction(
        f"the service names `{field.path}`, which the row {engine.name} does not send: "
        f"{field.reason}",
        f"remove `{field.path}` from the song's options, if it is among them",
    )


def _of_key(field: RefusedField, key: str, model: ModelRow, engine: EngineIdentity) -> Correction:
    text = f"`{field.path}` says the song's `{key}`: {field.reason}"
    bound = _bound(field, key)
    if bound is not None:
        name, value = bound
        line = override(engine, {"sends": {key: {name: value}}})
        return Correction(text, f"change the song's `{key}`; so that check knows, {advice(line)}")
    change = _field_change(field.path, key, model, NAME)
    doubt = _doubt(field.path, key, model)
    line = override(engine, {"sends": change})
    if field.is_unknown or doubt:
        more = f" ({doubt})" if doubt else ""
        return Correction(
            f"{text}{more}",
            f"if the field has another name by now, {advice(line)}, with it in place of {NAME}",
        )
    return Correction(
        text, f"change the song's `{key}`; if it is the field that is wrong, {advice(line)}"
    )


def _doubt(path: str, key: str, model: ModelRow) -> str:
    """Return what the row is not sure of about a field."""
    if key != "reference":
        return model.unsure.get(f"sends.{key}.field", "")
    purposes = _purposes(path, model)
    paths = (f"sends.reference.{purpose}.field" for purpose in purposes)
    return next((model.unsure[one] for one in paths if one in model.unsure), "")


def _purposes(path: str, model: ModelRow) -> list[str]:
    fields = (field for field in model.sends.reference if field.field == path)
    return [purpose.value for field in fields for purpose in field.purposes]


def _field_change(path: str, key: str, model: ModelRow, name: str) -> dict[str, Any]:
    """Return the part of `sends` that gives a key another field."""
    if key == "vocals":
        return {"no_vocals": {"field": name}}
    if key != "reference":
        return {key: {"field": name}}
    if len(model.sends.reference) < 2:
        return {key: {"field": name}}
    return {key: {"purposes": _purposes(path, model), "field": name}}


def _bound(field: RefusedField, key: str) -> tuple[str, int | float] | None:
    """Return the bound of a row that a refusal tells, None for none."""
    if key not in (*_NUMBERS, *_TEXTS):
        return None
    kind = field.reason.partition(":")[0]
    is_least = "min" in kind or "greater" in kind
    for names, pattern, name in (
        (() if is_least else _MOST, _AT_MOST, "max" if key in _TEXTS else "to"),
        (_LEAST if key in _NUMBERS else (), _AT_LEAST, "from"),
    ):
        told = next((field.context[one] for one in names if one in field.context), None)
        if told is None and (found := pattern.search(field.reason)):
            told = found[1].rstrip(".,").replace(",", "")
        if told is not None and (number := _plain_number(told)) is not None:
            return None if name == "from" and key in _TEXTS else (name, number)
    return None


def _plain_number(value: Any) -> int | float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number


def _wanted(field: RefusedField, model: ModelRow, engine: EngineIdentity) -> Correction:
    """Return what a field may be that the service wants, and the row does not send."""
    key = _usual_key(field.path)
    text = f"the service wants `{field.path}`, which the request had not: {field.reason}"
    is_sent = key and (getattr(model.sends, key) not in (None, ()))
    if not key:
        line = override(engine, {"sends": {"constants": {field.path: "VALUE"}}})
        return Correction(text, f"{advice(line)}, with what it wants in place of VALUE")
    line = override(engine, {"sends": {key: {"field": field.path}}})
    if is_sent and field.path in set_by_keys(model):
        return Correction(text, f"write `{key}:` for the song")
    return Correction(text, f"if it is for the song's `{key}`, {advice(line)}")


def _usual_key(path: str) -> str:
    name = path.rpartition(".")[2].lower()
    whole = next((key for key, names in _USUAL_NAMES.items() if name in names), "")
    words = set(re.split(r"[_-]", name)) - _ANY_KEYS
    if whole or words & _OF_FILES:
        return whole
    found = [key for key, names in _USUAL_NAMES.items() if words & names]
    return found[0] if len(found) == 1 else ""


def _renamed(
    fields: list[RefusedField], model: ModelRow, engine: EngineIdentity
) -> Correction | None:
    """Return the correction of fields that have other names by now; None if that is not clear."""
    keys = set_by_keys(model)
    wanted = [field for field in fields if field.is_missing and field.path not in keys]
    unknown = [field for field in fields if field.is_unknown and field.path in keys]
    if unknown:
        olds = [unknown[0].path] if len(unknown) == len(wanted) == 1 else []
    else:
        olds = [_old(field.path, keys) for field in wanted] if wanted == fields else []
    if not olds or "" in olds or len(set(olds)) < len(olds):
        return None
    change: dict[str, Any] = {}
    texts = []
    for old, field in zip(olds, wanted, strict=True):
        change |= _field_change(old, keys[old], model, field.path)
        texts.append(
            f"the service wants `{field.path}`, where the row {engine.name} sends the song's "
            f"`{keys[old]}` as `{old}`: {field.reason}"
        )
    return Correction("; ".join(texts), advice(override(engine, {"sends": change})))


def _old(new: str, keys: Mapping[str, str]) -> str:
    """Return the field that has this name by now, "" if that is not clear."""
    key = _usual_key(new)
    olds = [path for path, one in keys.items() if one == key]
    return olds[0] if len(olds) == 1 else ""
