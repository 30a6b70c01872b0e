"""Tables of models: the built-in rows of a service, and those of a project over them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import did_you_mean
from songbatch.digest import canonical_json, sha256
from songbatch.documents.yaml_nodes import plain
from songbatch.documents.yaml_reader import read
from songbatch.engines.job_service.reference_forms import form_of
from songbatch.engines.job_service.rows import BY_FIELD, Hand, ModelRow, ModelTable
from songbatch.prices import Per, Rate
from songbatch.sources import Source
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.job_service.rows import ReferenceField
    from songbatch.model import EngineSettings

Plain = Mapping[str, Any]
"""A row as a file has it: tables, lists, texts and numbers."""

LINK = "url"
"""How a reference is handed over by its address, and not by one of the hands."""

CHOICE = "model"
"""The constant that chooses among several models of one endpoint."""

_SHOWN_DIGITS = 16


@functools.cache
def plain_table(service: str) -> Plain:
    """Return the built-in table of a service as its file has it."""
    path = f"{service}.yaml"
    text = resources.files("songbatch.engines.job_service").joinpath(path).read_text("utf-8")
    document, diagnostics = read(Source(path, text))
    if document is None or diagnostics:
        message = f"{path} of this package is damaged: {diagnostics}"
        raise ValueError(message)
    table: Plain = plain(document)
    return table


@functools.cache
def built_in(service: str) -> ModelTable:
    """Return the models that come along for a service."""
    table = plain_table(service)
    return ModelTable(
        {name: _model(name, row) for name, row in table["models"].items()},
        {name: _hand(name, row) for name, row in table["hands"].items()},
    )


def table_of(service: str, settings: EngineSettings) -> ModelTable:
    """Return the models and hands of a service as a project has them.

    Raises UnknownEngine for a row that cannot be used.
    """
    if not settings.models and not settings.hands:
        return built_in(service)
    # Each row of a project is judged with its whole table: thousands would take minutes.
    if not (_last and _last[0][0] == service and _last[0][1] is settings):
        _last[:] = [(service, settings, _overlaid(service, settings))]
    return _last[0][2]


_last: list[tuple[str, EngineSettings, ModelTable]] = []


def _overlaid(service: str, settings: EngineSettings) -> ModelTable:
    known = built_in(service)
    plain_known = plain_table(service)
    models, hands = dict(known.models), dict(known.hands)
    for name, row in settings.hands.items():
        hands[name] = _dear(
            _checked(name, merged(plain_known["hands"].get(name, {}), row), _hand), known
        )
    for name, row in settings.models.items():
        own = merged(plain_known["models"].get(name, {}), row)
        unsure = own.get("unsure", {})
        own["unsure"] = {path: why for path, why in unsure.items() if in_row(row, path) is None}
        number = known.models[name].number if name in known.models else 0
        models[name] = _checked(name, {**own, "number": number}, _model)
    return ModelTable(models, hands)


def _dear(hand: Hand, known: ModelTable) -> Hand:
    """Return a hand that costs no less than what is known of its endpoint.

    A project may be a stranger's, and must not lift the bound that its user set.
    """
    rates = known_rates(hand.endpoint, known)
    return replace(hand, usd=max(hand.usd, *(rate.usd for rate in rates)))


def known_rates(endpoint: str, known: ModelTable) -> list[Rate]:
    """Return all prices of an endpoint that come along; of another one, the dearest song's.

    A stranger's row could name anything that is sold there, and say that it costs next to nothing.
    """
    models = known.models.values()
    rates = [rate for one in models if one.endpoint == endpoint for rate in one.price]
    rates += [Rate(hand.usd) for hand in known.hands.values() if hand.endpoint == endpoint]
    if rates:
        return rates
    songs = [rate for one in models for rate in one.price if rate.per is Per.SONG]
    return [max((rate for rate in songs if not rate.when), key=lambda rate: rate.usd)]


def merged(known: Plain, said: Plain) -> dict[str, Any]:
    """Return a row that is `known` with what is `said` of it: tables part by part.

    `false` takes away what a model no longer has, nothing a constant that is no longer sent.
    """
    found = dict(known)
    for name, value in said.items():
        if name == "reference":
            found[name] = merged_references(found.get(name), value)
        elif isinstance(value, Mapping):
            inner = found.get(name)
            found[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            found[name] = value
    return found


def merged_references(known: Any, said: Any) -> list[Any]:
    """Return fields of references with what is said of them: those that share a purpose are one."""
    if said is False:
        return []
    found = list(flattened(known))
    for item in flattened(said):
        place = _place(found, item)
        if place is None:
            found.append(item)
        else:
            found[place] = merged(found[place], item)
    return found


def flattened(value: Any) -> Iterator[Plain]:
    """Yield the tables of one, or of a list of them."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from flattened(item)


_LISTS = ("reference", "price")
"""Parts of a row that are one table, or a list of them."""


def in_row(row: Plain, path: str) -> Any:
    """Return what is at a path of a row, None for nothing; references go by number or purpose."""
    value: Any = row
    for step in path.split("."):
        if isinstance(value, list):
            value = _item(value, step)
        elif isinstance(value, Mapping):
            value = value.get(step)
            value = list(flattened(value)) if step in _LISTS and value else value
        else:
            return None
    return value


def _item(items: list[Any], step: str) -> Any:
    if step.isdecimal():
        return items[int(step)] if int(step) < len(items) else None
    return next((one for one in items if step in one.get("purposes", ("song",))), None)


def _place(found: list[Plain], item: Plain) -> int | None:
    if "purposes" not in item:
        return 0 if len(found) == 1 else None
    wanted = set(item["purposes"])
    places = (n for n, one in enumerate(found) if wanted & set(one.get("purposes", ("song",))))
    return next(places, None)


def _checked(name: str, row: Plain, make: Any) -> Any:
    try:
        return make(name, row)
    except msgspec.ValidationError as error:
        raise UnknownEngine(
            f'the row "{name}" cannot be used: {error}',
            "songbatch check says where, and what to write",
        ) from error


def _hand(name: str, row: Plain) -> Hand:
    return msgspec.convert({**row, "name": name}, Hand)


def _model(name: str, row: Plain) -> ModelRow:
    sends = {key: value for key, value in row.get("sends", {}).items() if value is not False}
    constants = sends.get("constants", {})
    sends["constants"] = {key: value for key, value in constants.items() if value is not None}
    sends["reference"] = list(flattened(sends.get("reference", [])))
    price = list(flattened(row.get("price", [])))
    return msgspec.convert({**row, "name": name, "sends": sends, "price": price}, ModelRow)


def model_of(name: str, called: str | None, table: ModelTable) -> ModelRow:
    """Return the row of an engine's model. Raises UnknownEngine for none.

    `name` is what the engine is called; `called` its model.
    """
    section = name.partition("/")[0]
    if called is None:
        raise UnknownEngine(
            f'"{section}" has {len(table.models)} models, and none is named',
            f"write {_either([f'{section}/{each}' for each in table.models])}, "
            f"or say `model:` for {section} in songbatch.yaml",
        )
    if called not in table.models:
        near = did_you_mean(called, table.models)
        named = ", ".join(table.models)
        raise UnknownEngine(
            f'{section} has no model "{called}"',
            near or f"it has {named}; a row under `models` of {section} in songbatch.yaml adds one",
        )
    return table.models[called]


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def digest_of(model: ModelRow, hands: Mapping[str, Hand]) -> str:
    """Return what stands for all that shapes a row's requests.

    What is not in it renders nothing again when it changes: prices, bounds, how answers are read.
    Where nothing is said there is nothing in it, so that a later version of this program that knows
    more can leave the digests of today's rows alone.
    """
    sends = model.sends
    texts = {
        "lyrics": sends.lyrics and _said(sends.lyrics, "field", "grammar", "silent"),
        "style": sends.style and _said(sends.style, "field", "separator"),
    }
    numbers = ("duration", "seed", "bpm", "strength")
    choices = ("scale", "meter", "lang")
    shape = {
        "endpoint": model.endpoint,
        "version": model.version,
        **texts,
        **{name: _of(sends, name, "field", "unit", "in_style") for name in numbers},
        **{name: _of(sends, name, "field", "values", "in_style") for name in choices},
        "reference": [_reference(each, hands) for each in sends.reference],
        "no_vocals": _of(sends, "no_vocals", "field", "value"),
        "constants": sends.constants,
        "marker": sends.marker,
    }
    return sha256(canonical_json(_whole({k: v for k, v in shape.items() if v})))[:_SHOWN_DIGITS]


def _of(sends: object, name: str, *fields: str) -> dict[str, Any] | None:
    value = getattr(sends, name)
    return None if value is None else _said(value, *fields)


def _said(value: Any, *fields: str) -> dict[str, Any]:
    """Return fields that differ from their defaults."""
    told = msgspec.to_builtins(value)
    names, usual = value.__struct_fields__, value.__struct_defaults__
    defaults = dict(zip(names[len(names) - len(usual) :], usual, strict=True))
    return {
        name: told[_written(value, name)]
        for name in fields
        if name not in defaults or getattr(value, name) != _default(defaults[name])
    }


def _default(value: Any) -> Any:
    return value.factory() if hasattr(value, "factory") else value


def _written(value: Any, name: str) -> str:
    places = dict(zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True))
    return str(places[name])


def _reference(field: ReferenceField, hands: Mapping[str, Hand]) -> dict[str, Any]:
    form = form_of(field)
    hand = hands.get(field.handed)
    said = _said(field, "field", "handed", "purposes", "excludes_style")
    if form is not None:
        said["form"] = msgspec.to_builtins(form)
    if hand is not None:
        said["hand"] = _said(hand, "endpoint", "field", "constants")
    return said


def _whole(value: Any) -> Any:
    """Return a value as canonical JSON can have it: fractions as text."""
    if isinstance(value, Mapping):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return repr(value) if isinstance(value, float) else value


def sound_of(model: ModelRow, service: str, table: ModelTable) -> str:
    """Return what of a row goes into keys beside its model: its number, or what it sends.

    A built-in row keeps its number while its requests are the same, but for the names of fields:
    where a service calls one otherwise, songs that were paid are none the worse.
    """
    known = built_in(service)
    usual = known.models.get(model.name)
    if usual is None:
        return digest_of(model, table.hands)
    same = digest_of(_with_names_of(usual, model), _with_fields_of(known.hands, table.hands))
    is_usual = same == digest_of(usual, known.hands)
    return str(model.number) if is_usual else digest_of(model, table.hands)


def _with_names_of(usual: ModelRow, model: ModelRow) -> ModelRow:
    """Return a model with the names that fields usually have."""
    ours, theirs = model.sends, usual.sends
    renamed = {
        name: replace(field, field=known.field)
        for name in (*BY_FIELD, "no_vocals")
        if (field := getattr(ours, name)) is not None
        and (known := getattr(theirs, name)) is not None
        and field.field
        and known.field
    }
    fields = {known.purposes: known.field for known in theirs.reference}
    reference = tuple(
        replace(each, field=fields.get(each.purposes, each.field)) for each in ours.reference
    )
    return replace(model, sends=replace(ours, **renamed, reference=reference))


def _with_fields_of(usual: Mapping[str, Hand], hands: Mapping[str, Hand]) -> dict[str, Hand]:
    return {
        name: replace(hand, field=usual[name].field) if name in usual else hand
        for name, hand in hands.items()
    }


def pinned(model: ModelRow) -> str:
    """Return all that pins a model at its service: endpoint, and version or choice among several.

    The choice is the constant `model`.
    """
    if model.version:
        return f"{model.endpoint}:{model.version}"
    choice = model.sends.constants.get(CHOICE)
    return model.endpoint if choice is None else f"{model.endpoint}#{choice}"
