"""The inputs of a render: what its spec and references give, for one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.model import OPTIONAL_INPUTS, REFERENCE_INPUTS, RenderInputs

if TYPE_CHECKING:
    from songbatch.engines.catalog import EngineEntry
    from songbatch.model import ReferenceUse, UnresolvedRender

_FROM_SPEC = tuple(
    name for name in RenderInputs.__struct_fields__ if name not in {"engine", *REFERENCE_INPUTS}
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
    own = {
        name: getattr(unresolved, name)
        for name in _FROM_SPEC
        if name not in OPTIONAL_INPUTS or name in engine.optional_inputs
    }
    return RenderInputs(engine=engine.identity, voice=voice, instrumental=instrumental, **own)
