"""Catalog of the engines: those that come along, and those that a project configures.

tests/engines/test_catalog.py checks everything else that names engines against it: schemas, their
descriptions, the conformance suite, the table in docs/hosted.md. Reading this module loads no
engine: a plan needs an identity, not numpy or a network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.diagnostics import did_you_mean
from songbatch.engines.entry import EngineEntry
from songbatch.engines.identities import ACESTEP, FAL, REPLICATE, SKETCH
from songbatch.engines.music01.entry import ENTRY as MUSIC01_ENTRY
from songbatch.engines.sketch.entry import ENTRY as SKETCH_ENTRY
from songbatch.model import EngineSettings
from songbatch.traits import EngineLookup, NoSuchEngine, SpecEngine, UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node
    from songbatch.engines.entry import EngineContext, Kind
    from songbatch.engines.job_service.entry import ServiceListing
    from songbatch.engines.job_service.rows import ModelRow

DEFAULT_ENGINE = SKETCH.name
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127})?")
"""What an engine may be called, alone or with its model; folders are named so."""


def _acestep(name: str, model: str | None, settings: EngineSettings) -> EngineEntry:
    from songbatch.engines.acestep.entry import entry  # noqa: PLC0415  (few projects use it)

    return entry(name, model, settings)


def _service(service: str) -> Kind:
    def entry(name: str, model: str | None, settings: EngineSettings) -> EngineEntry:
        from songbatch.engines.job_service import entry as entries  # noqa: PLC0415  (few use it)

        return entries.entry(service, name, model, settings)

    return entry


_OF_SERVERS = ("url", "key_env", "face", "lost_after")
"""Settings of engines whose server a project may name."""
_OF_SERVICES = ("queue_url", "platform_url", "upload_url", "models", "hands")
"""Settings of services with many models."""


def _of_one_model(known: EngineEntry) -> Kind:
    kind = known.name

    def entry(name: str, model: str | None, settings: EngineSettings) -> EngineEntry:
        if model is not None:
            raise UnknownEngine(f'"{kind}" has no choice of models', f"write {kind}")
        for field in _OF_SERVERS:
            if getattr(settings, field) is not None:
                how = f"remove it; songbatch engines {kind} says how to set it up"
                raise UnknownEngine(f'"{kind}" takes no `{field}` from a project', how)
        called = replace(known.identity, name=name, kind="" if name == kind else kind)
        return replace(known, identity=called).configured(settings)

    return entry


KINDS: Mapping[str, Kind] = {
    SKETCH_ENTRY.name: _of_one_model(SKETCH_ENTRY),
    MUSIC01_ENTRY.name: _of_one_model(MUSIC01_ENTRY),
    ACESTEP: _acestep,
    FAL: _service(FAL),
    REPLICATE: _service(REPLICATE),
}
"""Whose code an engine can run."""

SERVICES = (FAL, REPLICATE)
"""Kinds with many models, none of which is the usual one."""


class Engines(Mapping[str, EngineEntry]):
    """The engines of a project, by name: those that come along, and what `songbatch.yaml` adds.

    A name is that of an engine, or `engine/model`. A service has many models: it is an engine only
    together with one, or where the project says which is the usual one.
    """

    def __init__(self, settings: Mapping[str, EngineSettings] | None = None) -> None:
        self.settings = settings or {}
        self._entries: dict[str, EngineEntry] = {}

    def __getitem__(self, name: str) -> EngineEntry:
        """Return an engine. Raises UnknownEngine."""
        if name not in self._entries:
            self._entries[name] = self._entry(name)
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of engines with their usual models."""
        names = dict.fromkeys((*KINDS, *self.settings))
        return (name for name in names if not self.is_service(name) or self._usual(name))

    def __len__(self) -> int:
        """Return how many there are, each with its usual model."""
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        """Return whether there is an engine of this name."""
        try:
            return isinstance(name, str) and bool(self[name])
        except UnknownEngine:
            return False

    def is_foreign(self, name: str) -> bool:
        """Return whether an engine is one that a package brings along.

        What such an engine takes may change without a change of this program: nothing that depends
        on it is believed the next time.
        """
        return self._kind(name.partition("/")[0]) not in KINDS

    @property
    def has_foreign(self) -> bool:
        """Whether any engine that was asked for is one that a package brings along."""
        return any(map(self.is_foreign, self._entries))

    @property
    def services(self) -> list[str]:
        """The names of services with many models."""
        return [name for name in dict.fromkeys((*KINDS, *self.settings)) if self.is_service(name)]

    def is_service(self, name: str) -> bool:
        """Return whether a name, without a model, is that of a service with many models."""
        return self._kind(name) in SERVICES

    def service(self, name: str, context: EngineContext) -> ServiceListing:
        """Return a service with its table of models. Raises UnknownEngine."""
        from songbatch.engines.job_service.entry import listing  # noqa: PLC0415  (few use it)

        return listing(name, self._kind(name), self._said(name), context)

    def row(self, name: str) -> ModelRow | None:
        """Return the row of an engine's model, None for an engine that has no table of them."""
        section, _, model = name.partition("/")
        if not self.is_service(section):
            return None
        from songbatch.engines.job_service.table import model_of, table_of  # noqa: PLC0415

        kind, settings = self._kind(section), self._said(section)
        return model_of(name, model or settings.model, table_of(kind, settings))

    def judge_rows(self, section: str, node: Node) -> list[Diagnostic]:
        """Return what is wrong with the rows that a project's file has for a service."""
        if not self.is_service(section):
            return []
        from songbatch.engines.job_service.row_judge import judge_section  # noqa: PLC0415

        return judge_section(node, self._kind(section), self._said(section))

    def models_said(self, section: str) -> list[str]:
        """Return the engines that a section of a project is about, by their names.

        That is one, but of a service: its usual model, if that is said, and its own rows; for want
        of both, one of those that come along.
        """
        if not self.is_service(section):
            return [section]
        settings = self._said(section)
        usual = [section] if settings.model is not None else []
        return [*usual, *(f"{section}/{name}" for name in settings.models)] or [
            f"{section}/{self._any_model(section)}"
        ]

    def _any_model(self, section: str) -> str:
        from songbatch.engines.job_service.table import built_in  # noqa: PLC0415  (few use it)

        return next(iter(built_in(self._kind(section)).models))

    def for_spec(self, named: str | None, wanted: str | None) -> EngineEntry:
        """Return the engine that a spec is rendered with; what is `wanted` wins over its own.

        Raises UnknownEngine.
        """
        return self[wanted or named or DEFAULT_ENGINE]

    def lookup(self, wanted: str | None) -> EngineLookup:
        """Return how specs find their engines, if `wanted` wins over their own."""
        return _Lookup(self, wanted)

    def _entry(self, name: str) -> EngineEntry:
        section, _, model = name.partition("/")
        settings, kind = self._said(section), self._kind(section)
        if section in KINDS and kind != section:
            # Whoever renders with a name that they know gets the engine that they know.
            reason = f'"{section}" is an engine of songbatch, and cannot be one of kind "{kind}"'
            raise UnknownEngine(reason, "give this section another name")
        make = KINDS.get(kind) or _installed(kind)
        if make is None:
            names = dict.fromkeys((*KINDS, *self.settings))
            known = [each for each in names if self._is_there(self._kind(each))]
            there = f"there are {', '.join(known)}; others come with a package: install it"
            fix = self._of_services(kind) or did_you_mean(kind, known) or there
            raise NoSuchEngine(f'there is no engine "{kind}"', fix)
        if not NAME.fullmatch(name):
            fix = f"write {section}, or {section}/MODEL with letters, digits, dots and hyphens"
            raise UnknownEngine(f'"{name}" is not the name of an engine and its model', fix)
        _demand_taken(kind, settings)
        return make(name, model or settings.model, settings)

    def _of_services(self, model: str) -> str:
        """Return which models of services may be meant by one without its service, "" for none."""
        from songbatch.engines.job_service.table import built_in  # noqa: PLC0415  (few use it)

        named = [
            f'"{section}/{model}"'
            for section in self.services
            if model in {*built_in(self._kind(section)).models, *self._said(section).models}
        ]
        return f"did you mean {' or '.join(named)}?" if named else ""

    def _usual(self, section: str) -> bool:
        """Return whether a project says the usual model of a service."""
        return self._said(section).model is not None

    def _said(self, section: str) -> EngineSettings:
        return self.settings.get(section, EngineSettings())

    @staticmethod
    def _is_there(kind: str) -> bool:
        """Return whether anybody has an engine of this kind, usable or not."""
        return kind in KINDS or kind in _installed_names()

    def _kind(self, section: str) -> str:
        """Return whose code a section's engine runs."""
        return self._said(section).kind or section


def _demand_taken(kind: str, settings: EngineSettings) -> None:
    """Raise UnknownEngine for settings that only services with many models take."""
    for field in _OF_SERVICES if kind not in SERVICES else ():
        if getattr(settings, field):
            reason = f'"{kind}" takes no `{field}`: only services have it, which are '
            raise UnknownEngine(reason + " and ".join(SERVICES), "remove it")


class _Lookup(EngineLookup):
    def __init__(self, engines: Engines, wanted: str | None) -> None:
        self._engines = engines
        self._wanted = wanted

    def for_spec(self, named: str | None) -> SpecEngine:
        entry = self._engines.for_spec(named, self._wanted)
        identity = entry.identity
        return SpecEngine(entry.name, entry.traits, identity.kind, identity.model)

    def demand(self, name: str) -> object:
        # Options under a service's name are for all of its models.
        return self._engines.is_service(name) or self._engines[name]


def _installed(kind: str) -> Kind | None:
    from songbatch.engines.installed import installed_kind  # noqa: PLC0415  (looks at packages)

    return installed_kind(kind)


def _installed_names() -> list[str]:
    from songbatch.engines.installed import installed_names  # noqa: PLC0415  (looks at packages)

    return installed_names()


ENGINES = Engines()
"""The engines that come along, with their usual models; each is made when it is asked for."""
