"""Uses of references: the engines that a spec has them for, and whether they follow their sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.model import Spec


def used_references(spec: Spec) -> frozenset[str]:
    """Return the names of the references that any song uses."""
    named = (name for render in spec.renders for name in (render.voice, render.instrumental))
    return frozenset(name for name in named if name is not None)


def uses_of_references(spec: Spec) -> Mapping[str, Mapping[str | None, bool]]:
    """Return the engines that use a reference, by its name.

    An engine is as the spec names it, and comes with whether any of its songs follows the sound of
    the reference, and not only the tune of the whole. One that no song uses is for the spec's own.
    """
    uses: dict[str, dict[str | None, bool]] = {name: {} for name in spec.references}
    for render in spec.renders:
        is_heard = render.follow != "song"
        for name in (render.voice, render.instrumental):
            if name is not None:
                by_engine = uses[name]
                by_engine[render.engine] = is_heard or by_engine.get(render.engine, False)
    return {name: by_engine or {spec.engine: False} for name, by_engine in uses.items()}
