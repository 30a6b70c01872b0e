"""Entry of the engine `acestep`: one for every model and server that a project names."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, cast

from songbatch.engines.acestep.guide import guide
from songbatch.engines.acestep.settings import (
    DEFAULT_MODEL,
    DEFAULT_URL,
    KEY_VARIABLE,
    AceStepSettings,
    identity_of,
)
from songbatch.engines.acestep.traits import traits
from songbatch.engines.base import seconds_between_looks
from songbatch.engines.entry import (
    SOURCE_TYPE,
    Access,
    EngineContext,
    EngineEntry,
    no_line_times,
    with_problem,
)
from songbatch.engines.identities import ACESTEP
from songbatch.engines.permission import Address, demand_permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.acestep.chat import AceStepChat
    from songbatch.engines.acestep.settings import Face
    from songbatch.engines.acestep.tasks import AceStepTasks
    from songbatch.engines.health import HealthItem
    from songbatch.model import EngineSettings

URL_VARIABLE = "ACESTEP_URL"
"""The user's own word on where the server is; it wins over a project's."""


def entry(name: str, model: str | None, settings: EngineSettings) -> EngineEntry:
    """Return the entry of an engine that is called `name`, for a model of ACE-Step."""
    face = cast("Face", settings.face or "tasks")
    model = model or DEFAULT_MODEL[face]
    identity = identity_of(AceStepSettings(model=model), name)

    def client(environment: Mapping[str, str]) -> AceStepSettings:
        said = AceStepSettings.of(
            environment,
            face=face,
            url=_by_user(name, environment) or settings.url or "",
            model=model,
            key_name=settings.key_env or "",
        )
        return _with_times(said, settings)

    def permitted(context: EngineContext) -> AceStepSettings:
        made = client(context.environment)
        if made.key:
            allowed = [Address(DEFAULT_URL[face]), *context.permitted(name)]
            if by_user := _by_user(name, context.environment):
                allowed.append(Address(by_user))
            wanted = Address(made.base_url, settings.key_env)
            demand_permission(name, wanted, allowed, KEY_VARIABLE)
        return made

    def opened(context: EngineContext) -> AceStepChat | AceStepTasks:
        made = permitted(context)
        if face == "chat":
            from songbatch.engines.acestep.chat import AceStepChat  # noqa: PLC0415  (loads requests)

            return AceStepChat(made, identity)
        from songbatch.engines.acestep.tasks import AceStepTasks  # noqa: PLC0415  (loads requests)

        return AceStepTasks(made, identity)

    def access(context: EngineContext) -> Access:
        made = client(context.environment)
        known = Access(made.shown_url, made.key_name, bool(made.key))
        return with_problem(known, lambda: permitted(context).preflight())

    def health(context: EngineContext) -> list[HealthItem]:
        with contextlib.closing(opened(context)) as engine:
            return engine.health()

    return EngineEntry(
        identity=identity,
        rates=(),
        # A song on a graphics card of the middle class; on small ones it takes minutes.
        seconds_per_render=30.0,
        # One is made while another waits, so that the card does not.
        jobs=2 if face == "tasks" else 1,
        first_jobs=None,
        needs_key=False,
        source_type=SOURCE_TYPE,
        traits=traits(model, face),
        account=lambda environment: client(environment).account,
        open=opened,
        line_times=no_line_times,
        access=access,
        health=health,
        guide=guide(name, model, face),
    ).configured(settings)


def _with_times(made: AceStepSettings, said: EngineSettings) -> AceStepSettings:
    """Return the settings with the times that a project gives."""
    first, lost = made.poll_after, said.lost_after
    if said.seconds_per_render is not None:
        first = seconds_between_looks(first, said.seconds_per_render)
    return dataclasses.replace(
        made, poll_after=first, lost_after=made.lost_after if lost is None else lost
    )


def _by_user(name: str, environment: Mapping[str, str]) -> str:
    # A section of another name is another server.
    is_usual = name.partition("/")[0] == ACESTEP
    return environment.get(URL_VARIABLE, "").strip() if is_usual else ""
