"""The inputs of a render: what its spec and references give, for one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.lyrics import in_grammar
from songbatch.model import OPTIONAL_INPUTS, PART_INPUTS, REFERENCE_INPUTS, RenderInputs
from songbatch.traits import STRENGTH_ALONE, names_of_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.entry import EngineEntry
    from songbatch.model import ReferenceUse, UnresolvedRender, Value
    from songbatch.traits import Traits

USUAL_FOLLOW = "style"
"""How a reference is followed where a song does not say."""

MOST_EXACT = 2**53

_FROM_SPEC = tuple(
    name
    for name in RenderInputs.__struct_fields__
    if name not in {"engine", *REFERENCE_INPUTS, *PART_INPUTS}
)


def render_inputs(
    unresolved: UnresolvedRender,
    voice: ReferenceUse | None,
    instrumental: ReferenceUse | None,
    engine: EngineEntry,
) -> RenderInputs:
    """Return what decides the audio of a render on an engine.

    What the engine has no place for is left out: it decides nothing there.
    """
    traits = engine.traits
    own = {
        name: getattr(unresolved, name)
        for name in _FROM_SPEC
        if name not in OPTIONAL_INPUTS or name in traits.takes
    }
    own["lyrics"] = _lyrics(unresolved, traits)
    own["audio"] = unresolved.audio if traits.master is None else None
    if own.get("seed") == unresolved.take:
        own["seed"] = None
    if own.get("follow") == USUAL_FOLLOW:
        own["follow"] = None
    if own.get("follow") != "song" and STRENGTH_ALONE in traits.cannot:
        own["strength"] = None
    if own.get("options") is not None:
        own["options"] = _options(own["options"], engine) or None
    voice, instrumental = (
        use if use is not None and use.purpose in traits.references else None
        for use in (voice, instrumental)
    )
    if voice or instrumental:
        own |= dict.fromkeys(traits.left_out_beside_reference)
    return RenderInputs(engine=engine.identity, voice=voice, instrumental=instrumental, **own)


def _lyrics(unresolved: UnresolvedRender, traits: Traits) -> str | None:
    if unresolved.vocals == "none" and "vocals" in traits.takes:
        return traits.silent_lyrics
    return None if unresolved.lyrics is None else in_grammar(unresolved.lyrics, traits.grammar)


def _options(by_engine: Mapping[str, Mapping[str, Value]], engine: EngineEntry) -> dict[str, Value]:
    """Return the options for an engine, whichever of its names they stand under.

    2.0 is the same as 2.
    """
    fields: dict[str, Value] = {}
    identity = engine.identity
    for each in names_of_options(identity.name, identity.kind, identity.model):
        fields |= by_engine.get(each, {})
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Value) -> Value:
    # Beyond, a float is no longer the one number that was written.
    if isinstance(value, float) and value.is_integer() and abs(value) < MOST_EXACT:
        return int(value)
    return value
