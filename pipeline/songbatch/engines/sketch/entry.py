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
from songbatch.engines.sketch.parts import LEAD_SECONDS, TAIL_SECONDS
from songbatch.limits import ADVISED_LYRICS
from songbatch.model import Purpose
from songbatch.traits import HOSTED_CONTRACT, Grammar, PartRule, Range

if TYPE_CHECKING:
    from songbatch.engines.base import Engine, Generation
    from songbatch.engines.entry import LineTimes
    from songbatch.engines.outline import ReadReference, SongOutline
    from songbatch.model import RenderInputs, Uploaded

FOLDER = "sketch"
"""Where it keeps its analyses of references, in the folder that it is given."""


def _open(context: EngineContext) -> Engine:
    if context.one_place:
        from songbatch.engines.sketch.engine import SketchEngine  # noqa: PLC0415  (loads numpy)

        return SketchEngine(context.state.below(FOLDER))
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


def _outline(inputs: RenderInputs, read: ReadReference) -> SongOutline | None:
    from songbatch.engines.sketch.outline import outline  # noqa: PLC0415  (loads numpy)

    return outline(inputs, read)


def _holds(context: EngineContext, uploaded: Uploaded) -> bool:
    from songbatch.engines.sketch.engine import SketchEngine  # noqa: PLC0415  (few plans need it)

    return SketchEngine(context.state.below(FOLDER)).holds(uploaded)


def _health(_context: EngineContext) -> list[HealthItem]:
    return [fine("engine", "a part of songbatch: it needs no server, no key and no network")]


_TAKEN = frozenset({"lang", "duration", "bpm", "scale", "meter", "vocals", "options"})

TRAITS = replace(
    HOSTED_CONTRACT,
    grammar=Grammar.BOTH,
    takes=_TAKEN,
    ignores={key: why for key, why in HOSTED_CONTRACT.ignores.items() if key not in _TAKEN},
    cannot={
        f"{Purpose.VOICE}+vocals=none": "a reference for a voice has nothing to do where nobody "
        "sings"
    },
    duration=Range(5, HOSTED_CONTRACT.song.most),
    duration_is_bounded=True,
    bpm=Range(30, 300),
    option_rules=OPTIONS,
    parts=PartRule(ADVISED_LYRICS, carries_on=True, lead=LEAD_SECONDS, tail=TAIL_SECONDS),
)
"""What the hosted contract takes, and what of a song's keys a draft can honour."""

ENTRY = EngineEntry(
    identity=SKETCH,
    rates=(),
    seconds_per_render=3.0,
    jobs=os.cpu_count() or 1,
    first_jobs=None,
    needs_key=False,
    source_type="algorithmicMedia",
    traits=TRAITS,
    account=lambda _environment: "local",
    open=_open,
    line_times=_line_times,
    outline=_outline,
    holds=_holds,
    uploads_stay=True,
    repeatable=True,
    health=_health,
    guide=GUIDE,
)
