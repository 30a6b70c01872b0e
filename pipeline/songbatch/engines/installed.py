"""Engines that other packages bring along, by the entry point group `songbatch.engines`.

A package is loaded only when its engine is named. What it does wrong is reported under its name.
"""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import EngineRefused, SongbatchError, brief
from songbatch.engines.entry import SOURCE_TYPE, Access, EngineEntry, no_line_times
from songbatch.engines.guarded import fault, guarded
from songbatch.engines.plugin import (
    API,
    PluginContext,
    Terms,
    address,
    key_of,
    usual_account,
)
from songbatch.engines.rest.addresses import problem_of_url
from songbatch.model import AudioFormat, EngineIdentity, EngineSettings
from songbatch.prices import Rate
from songbatch.traits import Traits, UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint

    from songbatch.engines.base import Engine, Generation, JobEngine
    from songbatch.engines.entry import EngineContext, Kind, LineTimes
    from songbatch.engines.guarded import GuardedEngine
    from songbatch.engines.health import HealthItem
    from songbatch.engines.plugin import EnginePlugin

GROUP = "songbatch.engines"

MOST_USD, MOST_SECONDS, MOST_JOBS = 1000.0, 86400.0, 256
"""Bounds of terms: those that a project's settings have."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MODEL = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")
_ACCOUNT = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_MASTERS = {AudioFormat.MP3, AudioFormat.WAV}

_T = TypeVar("_T")


def installed_names() -> list[str]:
    """Return the names of the engines that other packages bring, and load none of them."""
    names = {point.name for point in entry_points(group=GROUP)}
    return sorted(filter(_NAME.fullmatch, names))


def installed_kind(name: str) -> Kind | None:
    """Return what makes entries of an installed engine; None if no package has one of this name.

    Raises UnknownEngine for a package that cannot be used.
    """
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        return None
    packages = sorted({package_of(point) for point in found})
    if len(packages) > 1:
        raise UnknownEngine(
            f'there are {len(packages)} engines "{name}": of {" and of ".join(packages)}',
            "uninstall all but one of these packages",
        )
    return InstalledEngine(name, packages[0], found[0]).entry


def package_of(point: EntryPoint) -> str:
    """Return the package that an entry point comes from, as messages name it."""
    package = point.dist
    return f"the package {package.name} {package.version}" if package else "a package"


class InstalledEngine:
    """Engine of another package, loaded and judged."""

    def __init__(self, name: str, package: str, point: EntryPoint) -> None:
        self._name = name
        self._package = package
        try:
            self._plugin: EnginePlugin = point.load()
        except (Exception, SystemExit) as error:
            raise self._unusable(f"it cannot be loaded: {fault(error)}") from error
        api = getattr(self._plugin, "api", None)
        if api != API:
            raise UnknownEngine(
                f'the engine "{name}" of {package} is written for version {brief(repr(api))} of '
                "the seam",
                f"install one for version {API}",
            )
        if getattr(self._plugin, "name", name) != name:
            raise self._unusable(f'it calls itself "{brief(str(self._plugin.name))}"')

    def entry(self, called: str, model: str | None, settings: EngineSettings) -> EngineEntry:
        """Return the entry of the engine as a project names and configures it."""
        settings = replace(settings, model=model)
        traits = self._told("traits", Traits, settings)
        terms = self._terms(settings)
        identity = self._identity(called, settings, traits)

        def account(environment: Mapping[str, str]) -> str:
            return self._account(settings, terms, environment)

        def opened(context: EngineContext) -> Engine | JobEngine:
            own = self._context(context, identity, settings, terms)
            key = key_of(settings, terms, context.environment)
            if terms.needs_key and not key:
                variable = settings.key_env or terms.key_env
                raise EngineRefused(
                    f"the engine {called} needs a key in {variable}", fix=f"set {variable}"
                )
            made = self._run("open", lambda: self._plugin.open(own))
            return guarded(
                made,
                identity,
                own.account,
                package=self._package,
                key=key,
                has_jobs=traits.has_jobs,
            )

        def access(context: EngineContext) -> Access:
            return self._access(context, identity, settings, terms)

        def health(context: EngineContext) -> list[HealthItem]:
            engine = opened(context)
            try:
                return cast("GuardedEngine", engine).health()
            finally:
                engine.close()

        def line_times(context: EngineContext, request: Generation) -> LineTimes:
            try:
                own = self._context(context, identity, settings, terms)
                times = cast("Any", self._plugin).line_times(own, request)
                return [(float(second), str(line)) for second, line in times]
            except Exception:
                return ()

        return EngineEntry(
            identity=identity,
            rates=(Rate(terms.usd_per_render),),
            seconds_per_render=terms.seconds_per_render,
            jobs=terms.jobs,
            first_jobs=terms.first_jobs,
            needs_key=terms.needs_key,
            source_type=SOURCE_TYPE,
            traits=traits,
            account=account,
            open=opened,
            line_times=line_times if self._has("line_times") else no_line_times,
            access=access,
            health=health,
            guide=str(getattr(self._plugin, "guide", "")).strip(),
        ).configured(settings)

    def _access(
        self,
        context: EngineContext,
        identity: EngineIdentity,
        settings: EngineSettings,
        terms: Terms,
    ) -> Access:
        url = address(settings, terms)
        variable = settings.key_env or terms.key_env
        has_key = bool(key_of(settings, terms, context.environment))
        known = Access("" if problem_of_url(url) else url, variable, has_key)
        if terms.needs_key and not has_key:
            problem = f"it needs a key, and {variable} is not set"
            return replace(known, problem=problem, fix=f"set {variable}")
        try:
            if url and has_key:
                _ = self._context(context, identity, settings, terms).key
        except SongbatchError as error:
            return replace(known, problem=str(error), fix=error.fix)
        return known

    def _terms(self, settings: EngineSettings) -> Terms:
        if not self._has("terms"):
            return Terms()
        terms = self._told("terms", Terms, settings)
        in_bounds = (
            0 <= terms.usd_per_render <= MOST_USD
            and 0 < terms.seconds_per_render <= MOST_SECONDS
            and 1 <= (terms.first_jobs or 1) <= terms.jobs <= MOST_JOBS
        )
        if not in_bounds or (terms.needs_key and not terms.key_env):
            raise self._unusable(f"its terms make no sense: {terms}")
        return terms

    def _identity(self, called: str, settings: EngineSettings, traits: Traits) -> EngineIdentity:
        said = self._told("identity", EngineIdentity, settings)
        for what, text in (("model", said.model), ("sound", said.sound or "1")):
            if not _MODEL.fullmatch(text):
                raise self._unusable(f"the {what} of its identity is {brief(repr(text))}")
        if traits.master not in {None, *_MASTERS}:
            raise self._unusable(f"its traits say that it delivers {traits.master}")
        return EngineIdentity(
            called,
            said.model,
            said.sound,
            kind="" if called == self._name else self._name,
            master=cast('Literal["", "mp3", "wav"]', traits.master or ""),
        )

    def _account(
        self, settings: EngineSettings, terms: Terms, environment: Mapping[str, str]
    ) -> str:
        if not self._has("account"):
            return usual_account(self._name, settings, terms, environment)
        told = self._run("account", lambda: cast("Any", self._plugin).account(environment))
        if not isinstance(told, str) or not _ACCOUNT.fullmatch(told):
            raise EngineRefused(
                f"{self._package} gives its engine an account that cannot be written down",
                fix="letters, digits and ._:- can, up to 100 of them",
            )
        return told

    def _context(
        self,
        context: EngineContext,
        identity: EngineIdentity,
        settings: EngineSettings,
        terms: Terms,
    ) -> PluginContext:
        section = identity.name.partition("/")[0]
        return PluginContext(
            identity=identity,
            account=self._account(settings, terms, context.environment),
            settings=settings,
            by_user=context.by_user.get(section, EngineSettings()),
            state=context.state.below(f"engine-{self._name}"),
            environment=context.environment,
            terms=terms,
        )

    def _has(self, method: str) -> bool:
        return callable(getattr(self._plugin, method, None))

    def _told(self, method: str, expected: type[_T], settings: EngineSettings) -> _T:
        """Return what the package says of its engine, checked. Raises UnknownEngine."""
        try:
            told = getattr(self._plugin, method)(settings)
            if isinstance(told, expected):
                msgspec.convert(msgspec.to_builtins(told), expected)
                return told
        except UnknownEngine:
            raise
        except SongbatchError as error:
            raise UnknownEngine(str(error), error.fix) from error
        except Exception as error:
            raise self._unusable(f"{method} fails: {fault(error)}") from error
        wanted = f"songbatch.engines.plugin.{expected.__name__}"
        raise self._unusable(f"{method} gives {type(told).__name__}, not {wanted}")

    def _run(self, method: str, call: Callable[[], _T]) -> _T:
        """Return what the package gives at the start of a run. Raises SongbatchError."""
        try:
            return call()
        except SongbatchError:
            raise
        except Exception as error:
            raise EngineRefused(
                f"{self._package} has a bug in {method}: {fault(error)}",
                fix="tell its author",
            ) from error

    def _unusable(self, why: str) -> UnknownEngine:
        return UnknownEngine(
            brief(f'the engine "{self._name}" of {self._package} cannot be used: {why}'),
            "update or uninstall the package, or tell its author",
        )
