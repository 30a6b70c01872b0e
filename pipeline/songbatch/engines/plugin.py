"""Seam for engines of other packages: all that their authors import, from one place that stays.

A package names an object in the entry point group `songbatch.engines`; see `EnginePlugin` for what
it has, and docs/own-engine.md for a whole one. `songbatch conformance NAME` tries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from songbatch.diagnostics import EngineRefused, Refused
from songbatch.engines.base import (
    Absent,
    Answer,
    Cancellation,
    EngineError,
    Generation,
    InProgress,
    Job,
    Ready,
    ReferenceFile,
    Sink,
    Uploaded,
    Verdict,
)
from songbatch.engines.health import HealthItem, failed, fine, warning
from songbatch.engines.permission import Address, demand_permission
from songbatch.engines.rest.accounts import account_of
from songbatch.files.tree import Tree
from songbatch.model import (
    AudioFormat,
    AudioSetting,
    EngineIdentity,
    EngineSettings,
    Purpose,
    ReferenceForm,
)
from songbatch.traits import Grammar, HandedOver, Range, ReferenceRule, TextRule, Traits

if TYPE_CHECKING:
    from songbatch.engines.base import Engine, JobEngine

__all__ = [
    "API",
    "Absent",
    "Answer",
    "AudioFormat",
    "AudioSetting",
    "Cancellation",
    "EngineError",
    "EngineIdentity",
    "EnginePlugin",
    "EngineRefused",
    "EngineSettings",
    "Generation",
    "Grammar",
    "HandedOver",
    "HealthItem",
    "InProgress",
    "Job",
    "OwnEngine",
    "PluginContext",
    "Purpose",
    "Range",
    "Ready",
    "ReferenceFile",
    "ReferenceForm",
    "ReferenceRule",
    "Refused",
    "Sink",
    "Terms",
    "TextRule",
    "Traits",
    "Tree",
    "Uploaded",
    "Verdict",
    "failed",
    "fine",
    "warning",
]

API = 1
"""The version of this seam. A package says which it was written for."""


class Terms(msgspec.Struct, frozen=True):
    """What an engine costs and how it is reached, where a project does not say otherwise.

    Price in US dollars and duration in seconds, both of one song; a price of 0 says that asking
    twice costs nothing. At most `jobs` requests at once; with `first_jobs`, a run begins with that
    many and learns how many the service takes. `key_env` is the variable that holds the key.
    """

    usd_per_render: float = 0.0
    seconds_per_render: float = 60.0
    jobs: int = 1
    first_jobs: int | None = None
    url: str = ""
    key_env: str = ""
    needs_key: bool = False


class PluginContext(msgspec.Struct, frozen=True):
    """What an engine of another package is opened with.

    `settings` are the project's, which may be a stranger's; `by_user` those of the user's own
    configuration: what could do harm, such as which program is run, is for the user to say. `state`
    is a folder of the engine's own, which may vanish between runs. `identity` and `account` are
    what the opened engine must answer to.
    """

    identity: EngineIdentity
    account: str
    settings: EngineSettings
    by_user: EngineSettings
    state: Tree
    environment: Mapping[str, str]
    terms: Terms = Terms()

    @property
    def url(self) -> str:
        """Address of the service, without a slash at its end."""
        return address(self.settings, self.terms)

    @property
    def key(self) -> str:
        """The key, "" without one. Raises Refused if the user has not let the address have it."""
        key = key_of(self.settings, self.terms, self.environment)
        if key:
            permitted = {Address(self.terms.url.rstrip("/"))} if self.terms.url else set()
            if self.by_user.url is not None:
                permitted.add(Address(self.by_user.url.rstrip("/"), self.by_user.key_env))
            wanted = Address(self.url, self.settings.key_env)
            demand_permission(self.identity.name, wanted, permitted, self.terms.key_env)
        return key


class EnginePlugin(Protocol):
    """Object that a package names in the entry point group `songbatch.engines`.

    Also a module will do. `model` of the settings is the one that was chosen. It may also have
    `terms(settings) -> Terms`, without which an engine is free and asked for one song at a time;
    `account(environment) -> str`, the owner of uploads and jobs where that is not an address with
    a key; `line_times(context, request)`, pairs of seconds and the line that begins there; and
    `guide`, a text for people on how to set it up. What it opens may have `health()`, which returns
    what it finds of its service for `songbatch doctor`, and asks for nothing that costs.
    """

    api: int
    """The version of this seam that it was written for."""
    name: str
    """That of the entry point."""

    def traits(self, settings: EngineSettings) -> Traits:
        """Return what a model takes. Called by `check`, so nothing may be sent or run."""

    def identity(self, settings: EngineSettings) -> EngineIdentity:
        """Return what decides how a song sounds: `model` and `sound`. The rest is filled in."""

    def open(self, context: PluginContext) -> Engine | JobEngine:
        """Return an engine that is ready to be asked, as `songbatch.engines.base` describes it."""


class OwnEngine:
    """Base class for engines: what most of them do alike. One with `generate` is left to write."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    @property
    def identity(self) -> EngineIdentity:
        """The part of this engine that belongs to a render's key."""
        return self.context.identity

    @property
    def account(self) -> str:
        """The owner of uploads and jobs."""
        return self.context.account

    def preflight(self) -> None:
        """Raise EngineRefused if it is already known that requests cannot succeed."""

    def upload(
        self, _audio: bytes, _audio_format: AudioFormat, _purpose: Purpose, _request_id: str
    ) -> Uploaded:
        """Raise EngineError: references go along with requests, or there are none."""
        raise EngineError("this engine keeps no references", Verdict.REJECTED)

    def find(self, _request: Generation, _since: str, _until: str) -> Job | Absent | None:
        """Return None: whether a job whose answer was lost is there cannot be known."""
        return None

    def health(self) -> list[HealthItem]:
        """Return what `songbatch doctor` shall show of the service; nothing that costs is asked."""
        return []

    def close(self) -> None:
        """Do nothing: nothing is open."""


def address(settings: EngineSettings, terms: Terms) -> str:
    """Return the address of an engine's service: the project's, else the usual one."""
    return (settings.url or terms.url).rstrip("/")


def key_of(settings: EngineSettings, terms: Terms, environment: Mapping[str, str]) -> str:
    """Return the key of an engine, "" without one. Nothing has said yet who may have it."""
    name = settings.key_env or terms.key_env
    return environment.get(name, "").strip() if name else ""


def usual_account(
    name: str, settings: EngineSettings, terms: Terms, environment: Mapping[str, str]
) -> str:
    """Return a name for who owns uploads and jobs; it reveals neither address nor key."""
    return account_of(name, address(settings, terms), key_of(settings, terms, environment))
