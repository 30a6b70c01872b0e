"""Entry of the embedded engine in the catalog."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.engines.entry import EngineContext, EngineEntry
from songbatch.engines.health import HealthItem, fine
from songbatch.engines.identities import SKETCH
from songbatch.engines.sketch.guide import GUIDE
from songbatch.engines.sketch.options import OPTIONS
from songbatch.traits import HOSTED_CONTRACT

if TYPE_CHECKING:
    from songbatch.engines.base import Engine, Generation
    from songbatch.engines.entry import LineTimes

FOLDER = "sketch"
"""Where it keeps its analyses of references, in the folder that it is given."""


def _open(context: EngineContext) -> Engine:
    from songbatch.engines.sketch.pool import ParallelSketchEngine  # noqa: PLC0415

    return ParallelSketchEngine(context.state.below(FOLDER))


def _line_times(context: EngineContext, request: Generation) -> LineTimes:
    from songbatch.engines.base import EngineError  # noqa: PLC0415
    from songbatch.engines.sketch.engine import SketchEngine  # noqa: PLC0415  (loads numpy)

    try:
        lines = SketchEngine(context.state.below(FOLDER)).times(request)
    except EngineError:
        return ()
    return [(line.start, line.text) for line in lines]


def _health(_context: EngineContext) -> list[HealthItem]:
    return [fine("engine", "a part of songbatch: it needs no server, no key and no network")]


ENTRY = EngineEntry(
    identity=SKETCH,
    usd_per_render=0.0,
    seconds_per_render=3.0,
    jobs=os.cpu_count() or 1,
    first_jobs=None,
    needs_key=False,
    source_type="algorithmicMedia",
    traits=replace(
        HOSTED_CONTRACT,
        takes=frozenset({"lang", "options"}),
        ignores={k: why for k, why in HOSTED_CONTRACT.ignores.items() if k != "options"},
        option_rules=OPTIONS,
    ),
    account=lambda _environment: "local",
    open=_open,
    line_times=_line_times,
    health=_health,
    guide=GUIDE,
)
