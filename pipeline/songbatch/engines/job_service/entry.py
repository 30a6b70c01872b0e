"""Entries of the engines of job services: one for every row of a service's table of models."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import replace

from songbatch.engines.entry import (
    SOURCE_TYPE,
    Access,
    EngineContext,
    EngineEntry,
    no_line_times,
    with_problem,
)
from songbatch.engines.job_service.guide import guide
from songbatch.engines.job_service.services import SERVICES
from songbatch.engines.job_service.settings import HOST_KEYS, JobServiceSettings, hosts_of
from songbatch.engines.job_service.table import (
    LINK,
    built_in,
    known_rates,
    model_of,
    pinned,
    sound_of,
    table_of,
)
from songbatch.engines.job_service.traits import traits
from songbatch.engines.permission import Address, demand_permission
from songbatch.model import AudioFormat, EngineIdentity, EngineSettings
from songbatch.prices import Amount, Per, Rate
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    from songbatch.engines.health import HealthItem
    from songbatch.engines.job_service.rows import ModelRow, ModelTable
    from songbatch.prices import Rates

_NOT_TAKEN = ("face", "lost_after")
"""Settings of other engines."""


class ServiceListing(msgspec.Struct, frozen=True):
    """A service as a project has it: its table of models, and how it can be got at."""

    name: str
    kind: str
    title: str
    table: ModelTable
    access: Access
    guide: str
    default_model: str | None = None


def entry(service: str, name: str, model: str | None, settings: EngineSettings) -> EngineEntry:
    """Return the entry of an engine that is called `name`, for a model of a service.

    Raises UnknownEngine for a model that it has not, or a row that cannot be used.
    """
    known, section = SERVICES[service], name.partition("/")[0]
    _demand_own(service, settings)
    table = table_of(service, settings)
    row = model_of(name, model, table)
    for field in row.sends.reference:
        if field.handed != LINK and field.handed not in table.hands:
            raise UnknownEngine(
                f'the row "{row.name}" hands references over as "{field.handed}", and there is no '
                "such hand",
                f"write url, or one of {', '.join(table.hands)}" if table.hands else "write url",
            )
    identity = identity_of(f"{section}/{row.name}", service, row, table)

    def client(environment: Mapping[str, str]) -> JobServiceSettings:
        return JobServiceSettings.of(known, environment, settings)

    def opened(context: EngineContext) -> Any:
        made = client(context.environment)
        _demand_permission(section, made, settings, context)
        # Loads requests, which a plan does without.
        engine = importlib.import_module("songbatch.engines.job_service.engine")
        dialect = importlib.import_module(f"songbatch.engines.job_service.{service}")
        return engine.JobServiceEngine(
            dialect.opened(made), row, table, made, identity, billed_as(service, row)
        )

    def health(context: EngineContext) -> list[HealthItem]:
        with contextlib.closing(opened(context)) as engine:
            return cast("list[HealthItem]", engine.health())

    return EngineEntry(
        identity=identity,
        rates=_usual_rates(service, row),
        seconds_per_render=row.seconds_per_render,
        jobs=known.jobs,
        first_jobs=known.first_jobs,
        needs_key=True,
        source_type=SOURCE_TYPE,
        traits=traits(row, table.hands, is_public=known.is_public),
        account=lambda environment: client(environment).account,
        open=opened,
        line_times=no_line_times,
        access=lambda context: access_to(section, service, settings, context),
        health=health,
        guide=guide(identity.name, known),
        project_rates=_said_rates(service, row),
        never_free=True,
        cancels=True,
    ).configured(settings)


def listing(
    section: str, service: str, settings: EngineSettings, context: EngineContext
) -> ServiceListing:
    """Return a service with all of its models. Raises UnknownEngine for a row that is no good."""
    _demand_own(service, settings)
    known = SERVICES[service]
    return ServiceListing(
        section,
        service,
        known.title,
        table_of(service, settings),
        access_to(section, service, settings, context),
        guide(section, known),
        settings.model,
    )


def identity_of(name: str, service: str, model: ModelRow, table: ModelTable) -> EngineIdentity:
    """Return what belongs to a render's key: neither address nor account."""
    master: Literal["mp3", "wav"] = "mp3" if model.gives.form is AudioFormat.MP3 else "wav"
    return EngineIdentity(
        name, pinned(model), sound_of(model, service, table), kind=service, master=master
    )


def access_to(
    section: str, service: str, settings: EngineSettings, context: EngineContext
) -> Access:
    """Return where a service is and what lets one in."""
    made = JobServiceSettings.of(SERVICES[service], context.environment, settings)

    def preflight() -> None:
        _demand_permission(section, made, settings, context)
        made.preflight()

    return with_problem(Access(made.shown_url, made.key_name, bool(made.key)), preflight)


def _demand_permission(
    section: str, made: JobServiceSettings, settings: EngineSettings, context: EngineContext
) -> None:
    """Raise Refused unless each host of the service may have the key."""
    if not made.key:
        return
    service = made.service
    allowed = [Address(url) for url in service.hosts.values()]
    by_user = context.by_user.get(section)
    if by_user is not None:
        allowed += [Address(url, by_user.key_env) for url in hosts_of(service, by_user).values()]
    for url in dict.fromkeys(made.hosts.values()):
        wanted = Address(url, settings.key_env)
        demand_permission(section, wanted, allowed, service.key_variable)


def _demand_own(service: str, settings: EngineSettings) -> None:
    for field in _NOT_TAKEN:
        if getattr(settings, field) is not None:
            raise UnknownEngine(f'"{service}" takes no `{field}`', "remove it")
    parts = SERVICES[service].hosts
    for part, field in HOST_KEYS.items():
        if part not in parts and getattr(settings, field) is not None:
            raise UnknownEngine(f'"{service}" has one address, and no `{field}`', "write `url`")


def _usual_rates(service: str, row: ModelRow) -> Rates:
    """Return what is known of a model's price, whatever a project says: bounds count with it."""
    known = built_in(service)
    for model in known.models.values():
        if pinned(model) == pinned(row):
            return model.price if _bounds_length(row, model) else _of_longest(model)
    rates = known_rates(row.endpoint, known)
    return tuple(sorted(rates, key=lambda rate: (not rate.when, -rate.usd)))


def _bounds_length(row: ModelRow, known: ModelRow) -> bool:
    """Return whether songs last no longer than a plan counts, as far as the row says how long."""
    asked, usual = row.sends.duration, known.sends.duration
    return usual is None or (asked is not None and asked.field == usual.field)


def _of_longest(model: ModelRow) -> Rates:
    """Return prices by which each song counts as one of a model's longest."""
    longest = Amount(model.gives.seconds[1])
    return tuple(
        Rate(rate.of(longest), when=rate.when) if rate.per in {Per.SECOND, Per.MINUTE} else rate
        for rate in model.price
    )


def billed_as(service: str, row: ModelRow) -> ModelRow:
    """Return a row that costs are computed by where the service names no price.

    What a project says may be too little, and each song that is computed so would leave room for
    another within the user's bound: without a price, a song counts as what it was planned to cost.
    """
    same = [one for one in built_in(service).models.values() if one.endpoint == row.endpoint]
    meters = [one.metered for one in same or built_in(service).models.values() if one.metered]
    least = min((one.usd for one in meters if row.metered and one.by == row.metered.by), default=1)
    meter = row.metered if row.metered is not None and row.metered.usd >= least else None
    return replace(row, price=() if _said_rates(service, row) else row.price, metered=meter)


def _said_rates(service: str, row: ModelRow) -> Rates | None:
    known = built_in(service).models.get(row.name)
    return None if known is not None and known.price == row.price else row.price
