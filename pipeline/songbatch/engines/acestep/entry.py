"""Entry of the engine `acestep`: one for every model and server that a project names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from songbatch.engines.acestep.settings import DEFAULT_MODEL, DEFAULT_URL, AceStepSettings
from songbatch.engines.acestep.traits import traits
from songbatch.engines.entry import EngineContext, EngineEntry, no_line_times
from songbatch.engines.identities import ACESTEP
from songbatch.engines.permission import Address, demand_permission
from songbatch.model import EngineIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.acestep.settings import Face
    from songbatch.engines.base import Engine, JobEngine
    from songbatch.model import EngineSettings

SOUND = "1"
"""Goes up whenever equal inputs give another request: prepared references and reckoned lengths
among them."""

URL_VARIABLE = "ACESTEP_URL"
"""The user's own word on where the server is; it wins over a project's."""


def entry(name: str, model: str | None, settings: EngineSettings) -> EngineEntry:
    """Return the entry of an engine that is called `name`, for a model of ACE-Step."""
    face = cast("Face", settings.face or "tasks")
    model = model or DEFAULT_MODEL[face]
    kind = "" if name == ACESTEP else ACESTEP
    identity = EngineIdentity(name, model, SOUND, kind=kind, master="wav")

    def client(environment: Mapping[str, str]) -> AceStepSettings:
        return AceStepSettings.of(
            environment,
            face=face,
            url=environment.get(URL_VARIABLE, "").strip() or settings.url or "",
            model=model,
            key_name=settings.key_env or "",
        )

    def opened(context: EngineContext) -> Engine | JobEngine:
        made = client(context.environment)
        if made.key:
            usual = Address(DEFAULT_URL[face])
            wanted = Address(made.base_url, settings.key_env)
            mine = context.environment.get(URL_VARIABLE, "").strip().rstrip("/")
            permitted = {usual, *context.permitted(name)}
            if mine and not settings.key_env:
                permitted.add(Address(mine))
            demand_permission(name, wanted, permitted)
        if face == "chat":
            from songbatch.engines.acestep.chat import AceStepChat  # noqa: PLC0415  (loads requests)

            return AceStepChat(made, identity)
        from songbatch.engines.acestep.tasks import AceStepTasks  # noqa: PLC0415  (loads requests)

        return AceStepTasks(made, identity)

    return EngineEntry(
        identity=identity,
        usd_per_render=0.0,
        # A song on a graphics card of the middle class; on small ones it takes minutes.
        seconds_per_render=30.0,
        # One is made while another waits, so that the card does not.
        jobs=2 if face == "tasks" else 1,
        first_jobs=None,
        needs_key=False,
        source_type="trainedAlgorithmicMedia",
        traits=traits(model, face),
        account=lambda environment: client(environment).account,
        open=opened,
        line_times=no_line_times,
    ).configured(settings)
