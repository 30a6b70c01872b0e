"""Specs read for their lyrics alone: what an engine finds too long is no mistake here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import UsageError
from songbatch.sources import Unreadable
from songbatch.spec import load
from songbatch.traits import EngineLookup, SpecEngine, TextRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.engines.catalog import Engines
    from songbatch.model import UnresolvedRender
    from songbatch.spec_files import SpecFile
    from songbatch.workspace import Workspace

_NO_END = 2**31


class ReadLyrics(msgspec.Struct, frozen=True):
    """The renders of some specs, with their lyrics; `diagnostics` are what is wrong otherwise."""

    renders: tuple[UnresolvedRender, ...]
    diagnostics: tuple[Diagnostic, ...]


class _Patient(EngineLookup):
    """Engines that take lyrics of any length."""

    def __init__(self, engines: EngineLookup) -> None:
        self._engines = engines

    def for_spec(self, named: str | None) -> SpecEngine:
        """Return the engine that renders a spec. Raises UnknownEngine."""
        engine = self._engines.for_spec(named)
        rule = TextRule(_NO_END, is_needed=engine.traits.lyrics.is_needed)
        return replace(engine, traits=replace(engine.traits, lyrics=rule))

    def demand(self, name: str) -> object:
        """Raise UnknownEngine unless there is an engine of this name."""
        return self._engines.demand(name)


def read_lyrics(
    workspace: Workspace,
    files: Iterable[SpecFile],
    engines: Engines,
    wanted: str | None,
    overrides: Mapping[str, str],
) -> ReadLyrics:
    """Read specs with lyrics of any length. Raises UsageError if one cannot be read."""
    lookup = _Patient(engines.lookup(wanted))
    renders: list[UnresolvedRender] = []
    diagnostics: list[Diagnostic] = []
    for file in files:
        try:
            source = workspace.read(file.path)
        except Unreadable as error:
            raise UsageError(f"{file.path}: {error.reason}", fix=error.fix) from error
        result = load(source, file.name, workspace, overrides, engines=lookup)
        diagnostics += result.diagnostics
        renders += result.spec.renders if result.spec is not None else ()
    return ReadLyrics(tuple(renders), tuple(diagnostics))
