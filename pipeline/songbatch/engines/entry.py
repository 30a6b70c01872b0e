"""Entry of the catalog: what an engine costs, can and demands, and how to open it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict, replace

from songbatch.diagnostics import EngineRefused, Refused
from songbatch.engines.outline import no_outline
from songbatch.engines.permission import Address
from songbatch.model import EngineIdentity, EngineSettings
from songbatch.prices import PriceSource, Rate, Rates, Tariff
from songbatch.traits import Traits

if TYPE_CHECKING:
    from songbatch.engines.base import Engine, Generation, JobEngine
    from songbatch.engines.health import HealthItem
    from songbatch.engines.outline import ReadReference, SongOutline
    from songbatch.files.tree import Tree
    from songbatch.model import RenderInputs, Uploaded

    Kind = Callable[[str, str | None, EngineSettings], "EngineEntry"]
    """Makes the entry of an engine from its name, its model, and what the project says of it."""

    LineTimes = Sequence[tuple[float, str]]
    """When each line of the lyrics begins, in seconds of the song, and its text."""

SOURCE_TYPE = "trainedAlgorithmicMedia"
"""The IPTC digital source type of what a trained model makes."""

_CONFIGURED = ("usd_per_render", "seconds_per_render", "jobs")


class EngineContext(msgspec.Struct, frozen=True):
    """What an engine is opened with: a folder for what it keeps, the environment.

    `by_user` is what the user's own configuration says of engines. An engine for `one_place` serves
    one caller at a time, and starts no processes of its own.
    """

    state: Tree
    environment: Mapping[str, str]
    by_user: Mapping[str, EngineSettings] = msgspec.field(default_factory=dict)
    one_place: bool = False

    def permitted(self, engine: str) -> list[Address]:
        """Return the addresses that the user lets an engine send a key to."""
        said = self.by_user.get(engine.partition("/")[0])
        if said is None or said.url is None:
            return []
        return [Address(said.url, said.key_env)]


class Access(msgspec.Struct, frozen=True):
    """Where an engine is and what lets one in, as far as that is known without asking it.

    `url` is "" for one that runs here, and as people may see it: without a password. `key_variable`
    is the variable that holds its key, "" for none. `problem` keeps it from being used, and `fix`
    says what to do.
    """

    url: str = ""
    key_variable: str = ""
    has_key: bool = False
    problem: str = ""
    fix: str = ""


def with_problem(known: Access, preflight: Callable[[], object]) -> Access:
    """Return a way in with what keeps it from being used, if `preflight` raises that."""
    try:
        preflight()
    except (Refused, EngineRefused) as error:
        return replace(known, problem=str(error), fix=error.fix)
    return known


def no_access_needed(_context: EngineContext) -> Access:
    """Return that an engine has neither an address nor a key."""
    return Access()


def nothing_to_ask(_context: EngineContext) -> list[HealthItem]:
    """Return nothing: before a song is asked for, the service tells nothing."""
    return []


def always_held(_context: EngineContext, _uploaded: Uploaded) -> bool:
    """Return that an upload is still there: only its service can tell."""
    return True


class EngineEntry(msgspec.Struct, frozen=True):
    """Properties of an engine.

    Durations in seconds per render. At most `jobs` requests at once; with
    `first_jobs`, a run begins with that many and learns how many the service takes. `line_times`
    returns when the lines of a song are sung, or nothing if that is not known.
    """

    identity: EngineIdentity
    rates: Rates
    """What songs cost, as far as this program knows; none: nothing."""
    seconds_per_render: float
    jobs: int
    first_jobs: int | None
    needs_key: bool
    """Whether it refuses to run without a key in the environment."""
    source_type: str
    """The IPTC digital source type of its audio."""
    traits: Traits
    account: Callable[[Mapping[str, str]], str]
    open: Callable[[EngineContext], Engine | JobEngine]
    line_times: Callable[[EngineContext, Generation], LineTimes]
    holds: Callable[[EngineContext, Uploaded], bool] = always_held
    """Whether an upload of an earlier run is still there, if that can be seen here; asks nobody."""
    outline: Callable[[RenderInputs, ReadReference], SongOutline | None] = no_outline
    """Returns the score that a request gives, from what decides it and its references; None if that
    is not known."""
    access: Callable[[EngineContext], Access] = no_access_needed
    health: Callable[[EngineContext], list[HealthItem]] = nothing_to_ask
    """Looks how its service is; asks for no song, sends a key only where `open` would. May raise
    songbatch.diagnostics.SongbatchError."""
    guide: str = ""
    """For people: how to set it up. Lines of at most 76 characters."""
    settings: EngineSettings = EngineSettings()
    """What the project says of it."""
    project_rates: Rates | None = None
    """What songs cost as the project says, unless it says the price of one in its settings."""
    never_free: bool = False
    """Whether requests cost something whatever a project says."""
    uploads_stay: bool = False
    """Whether what it is given stays where it runs: on another machine it is not known."""
    repeatable: bool = False
    """Whether equal requests give the same song on every machine."""
    cancels: bool = False
    """Whether its service can be asked to cancel a job, as far as that is known before it is
    opened."""

    @property
    def name(self) -> str:
        """What people call it: `--engine`, `engine:`, manifests."""
        return self.identity.name

    @property
    def expected_jobs(self) -> int:
        """How many requests at once a plan assumes."""
        return min(self.first_jobs or self.jobs, self.jobs)

    def configured(self, settings: EngineSettings | None) -> EngineEntry:
        """Return the entry with a project's settings for the engine."""
        if settings is None:
            return self
        said = {name: value for name, value in asdict(settings).items() if name in _CONFIGURED}
        return replace(
            self,
            settings=settings,
            **{name: value for name, value in said.items() if value is not None and name != _PRICE},
        )

    def tariff(self, by_user: float | None = None) -> Tariff:
        """Return what songs cost: as the user says, else the project, else this entry.

        `by_user` in US dollars for a song.
        """
        if by_user is not None:
            said: Rates | None = (Rate(by_user),)
            return Tariff(self.rates, said, PriceSource.USER)
        by_project = self.settings.usd_per_render
        said = self.project_rates if by_project is None else (Rate(by_project),)
        source = PriceSource.DEFAULT if said is None else PriceSource.PROJECT
        return Tariff(self.rates, said, source, self.never_free)


_PRICE = "usd_per_render"


def no_line_times(_context: EngineContext, _request: Generation) -> LineTimes:
    """Return nothing: the service does not tell when it sings what."""
    return ()
