"""Songs by several engines: one card for variants that differ in the engine, and what else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.formatting import plain_value, yaml_text
from songbatch.lyrics import slug, words_only
from songbatch.report.page import EngineWords
from songbatch.spec.settings import ENGINE
from songbatch.spec.titles import details_of, usual_title
from songbatch.traits import SONG_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from songbatch.model import EngineIdentity, Value
    from songbatch.records import Entry

CardKey = tuple[str, str, str]
"""Spec, song and variant: what a card is of."""

_COMPARED = (
    "lyrics",
    "voice",
    "instrumental",
    *(k for k in SONG_KEYS if k not in {"seed", "options"}),
)
"""Inputs that are worth telling; seeds and options are each engine's own."""


def key_of_id(name: str) -> CardKey:
    """Return spec, song and variant of a render's id."""
    spec, song, *variant, _take = name.split("/")
    return spec, song, "/".join(variant)


def key_of_entry(entry: Entry, engines: Collection[str]) -> CardKey:
    """Return what card an entry belongs on: a variant without its engine, if that is in its name.

    `engines` are those that have rendered anything: another value is the author's own variable.
    """
    spec, song, variant = key_of_id(entry.id)
    if entry.variant.get(ENGINE) not in engines:
        return spec, song, variant
    return spec, song, _without_engine(variant, entry.variant)


def _without_engine(label: str, values: Mapping[str, Value]) -> str:
    kept, rest = [], label
    for name, value in values.items():
        part = slug(yaml_text(value))
        if part and (rest == part or rest.startswith(f"{part}-")):
            kept += [part] if name != ENGINE else []
            rest = rest[len(part) + 1 :]
    return "-".join(filter(None, [*kept, rest]))


def title_of(key: CardKey, entries: Sequence[Entry]) -> str:
    """Return the title of a card with these entries; one that names the engine is of no use."""
    _, song, variant = key
    if not entries:
        return usual_title(song, details_of({}, variant))
    first = entries[0]
    title = first.tags.get("title", "")
    own_variant = key_of_id(first.id)[2]
    if own_variant == variant:
        return title or usual_title(song, details_of(first.variant, variant))
    named = usual_title(song, details_of(first.variant, own_variant))
    titles = {one.tags.get("title", "") for one in entries if one.take == first.take}
    if title and titles == {title} != {named}:
        return title
    values = {name: value for name, value in first.variant.items() if name != ENGINE}
    return usual_title(song, details_of(values, variant))


def words_of_engines(
    made: Mapping[str, tuple[EngineIdentity, Sequence[Entry]]],
) -> list[EngineWords]:
    """Return what tells the engines of a card apart; none if there is only one.

    `made` has what each rendered, by its name.
    """
    if len(made) < 2:
        return []
    inputs = {name: _inputs(*one) for name, one in made.items()}
    return [
        EngineWords(name, _model(identity), *_differences(name, inputs))
        for name, (identity, _) in made.items()
    ]


def _model(identity: EngineIdentity) -> str:
    is_told = identity.model in {identity.name, identity.name.partition("/")[2]}
    return "" if is_told else identity.model


def _inputs(identity: EngineIdentity, entries: Iterable[Entry]) -> dict[str, set[str]]:
    """Return the values of each input in all takes, in one form; none for what they do not have."""
    values: dict[str, set[str]] = {key: set() for key in _COMPARED}
    for entry in entries:
        facts = entry.inputs(identity).facts()
        for key in _COMPARED:
            if facts[key]:
                values[key].add(_form(key, facts[key]))
    return values


def _form(key: str, value: Any) -> str:
    if key == "lyrics":
        return words_only(value)
    return str(sorted(value.items())) if isinstance(value, dict) else plain_value(value)


def _differences(
    name: str, inputs: Mapping[str, Mapping[str, set[str]]]
) -> tuple[list[str], list[str]]:
    """Return the inputs that only others have, and those of which others have other values."""
    own, others = inputs[name], [one for other, one in inputs.items() if other != name]
    without = [k for k in _COMPARED if not own[k] and any(one[k] for one in others)]
    unlike = [k for k in _COMPARED if own[k] and any(one[k] and one[k] != own[k] for one in others)]
    return without, unlike
