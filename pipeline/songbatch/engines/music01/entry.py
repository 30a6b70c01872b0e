"""Entry of the hosted engine in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.entry import (
    SOURCE_TYPE,
    Access,
    EngineContext,
    EngineEntry,
    no_line_times,
    with_problem,
)
from songbatch.engines.identities import MUSIC01
from songbatch.engines.music01.guide import GUIDE
from songbatch.prices import Rate
from songbatch.traits import HOSTED_CONTRACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.base import Engine
    from songbatch.engines.health import HealthItem


def _open(context: EngineContext) -> Engine:
    from songbatch.engines.music01.engine import Music01Engine  # noqa: PLC0415  (loads requests)

    return Music01Engine.from_environment(context.environment)


def _account(environment: Mapping[str, str]) -> str:
    from songbatch.engines.music01.settings import Settings  # noqa: PLC0415

    return Settings.from_environment(environment).account


def _access(context: EngineContext) -> Access:
    from songbatch.engines.music01.settings import KEY_VARIABLE, Settings  # noqa: PLC0415

    settings = Settings.from_environment(context.environment)
    known = Access(settings.shown_url, KEY_VARIABLE, bool(settings.key))
    return with_problem(known, settings.preflight)


def _health(context: EngineContext) -> list[HealthItem]:
    from songbatch.engines.music01.health import health  # noqa: PLC0415  (loads requests)
    from songbatch.engines.music01.settings import Settings  # noqa: PLC0415

    return health(Settings.from_environment(context.environment))


ENTRY = EngineEntry(
    identity=MUSIC01,
    # The best reading of old price pages; the service's cost headers win if it sends them.
    rates=(Rate(0.03),),
    seconds_per_render=60.0,
    # The service publishes no limit; its users report that a handful at once works.
    jobs=32,
    first_jobs=4,
    needs_key=True,
    source_type=SOURCE_TYPE,
    traits=HOSTED_CONTRACT,
    account=_account,
    open=_open,
    line_times=no_line_times,
    access=_access,
    health=_health,
    guide=GUIDE,
)
