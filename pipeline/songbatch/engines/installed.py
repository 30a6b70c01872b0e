"""Engines that other packages bring along, by the entry point group `songbatch.engines`."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from songbatch.engines.entry import EngineEntry
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from songbatch.engines.entry import Kind
    from songbatch.model import EngineSettings

GROUP = "songbatch.engines"
API = 1
"""The version of this seam that a package must be written for."""


def installed_names() -> list[str]:
    """Return the names of the engines that other packages bring, and load none of them."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def installed_kind(name: str) -> Kind | None:
    """Return what makes entries of an installed engine; None if no package has one of this name.

    Loaded only when it is named. Raises UnknownEngine for a package that cannot be used.
    """
    found = entry_points(group=GROUP, name=name)
    for point in found:
        return _kind(name, point.load())
    return None


def _kind(name: str, engine: Any) -> Kind:
    api = getattr(engine, "api", None)
    if api != API:
        reason = f'the package of the engine "{name}" is written for version {api!r} of the seam'
        raise UnknownEngine(reason, f"install one for version {API}")

    def entry(called: str, model: str | None, settings: EngineSettings) -> EngineEntry:
        made = engine.entry(called, model, settings)
        if not isinstance(made, EngineEntry):
            raise UnknownEngine(f'the engine "{name}" gives no EngineEntry', "ask its author")
        return made

    return entry
