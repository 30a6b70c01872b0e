"""A layer: what a command lays over all songs of a spec, such as a profile for drafts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import did_you_mean
from songbatch.documents.yaml_nodes import Broken, Scalar, Table, plain
from songbatch.spec.settings import ENGINE, laid_over

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from songbatch.digest import Canonical
    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.documents.yaml_nodes import Node
    from songbatch.sources import Span

PROFILES = "profiles"
"""The key of a spec and of songbatch.yaml."""
UNKNOWN = "profile.unknown"


class Layer(msgspec.Struct, frozen=True):
    """What is laid over all songs: the profile of a name, and over that a number of takes.

    `shared` are the profiles of songbatch.yaml, by name.
    """

    profile: str | None = None
    takes: int | None = None
    shared: Mapping[str, Node] = msgspec.field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is laid over songs."""
        return self.profile is not None or self.takes is not None

    def as_json(self) -> Canonical:
        """Return all that decides what songs become by it."""
        shared = self.shared.get(self.profile or "")
        return [self.profile, self.takes, repr(plain(shared)) if shared is not None else None]


NO_LAYER = Layer()


class UnknownProfile(Exception):
    """No spec of a command has the profile that it names."""


def profile_of(
    layer: Layer, own: Node | None, span: Span, collector: DiagnosticCollector
) -> Table | None:
    """Return the profile that a layer names, a spec's `own` over that of songbatch.yaml.

    One that neither has is reported, at `span` if the spec has no profiles at all.
    """
    if layer.profile is None:
        return None
    table = own if isinstance(own, Table) else None
    entry = table.get(layer.profile) if table is not None else None
    said = [
        *([entry.value] if entry is not None else ()),
        *([layer.shared[layer.profile]] if layer.profile in layer.shared else ()),
    ]
    if not said and not isinstance(own, Broken):
        known = {*(each.name for each in table or ()), *layer.shared}
        fix = profile_fix(layer.profile, known)
        place = table.span if table is not None else span
        collector.report(UNKNOWN, place, f"`{layer.profile}`", fix)
    tables = [each for each in said if isinstance(each, Table)]
    if not tables:
        return None
    return tables[0] if len(tables) == 1 else laid_over(tables[1], tables[0])


def profile_fix(name: str, known: Iterable[str]) -> str:
    """Return what to do about a profile of a name that is not among the `known` ones."""
    known = sorted(known)
    if near := did_you_mean(name, known):
        return near
    write = f"write it below `profiles:` in songbatch.yaml: {name}: {{engine: sketch, takes: 1}}"
    return f"there are {', '.join(known)}; or {write}" if known else write


def profile_engine(profile: Table | None) -> str | None:
    """Return the engine that a profile names for all songs, if it names one."""
    entry = profile.get(ENGINE) if profile is not None else None
    return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else None
