"""Catalog of the engines: what each costs, can and demands, and how to open it.

tests/engines/test_catalog.py checks everything else that names engines against it: schemas, their
descriptions, the conformance suite, the table in docs/hosted.md. Reading this module loads no
engine: a plan needs an identity, not numpy or a network.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict, replace

from songbatch.engines.identities import MUSIC01, SKETCH
from songbatch.limits import HOSTED_CONTRACT, EngineLimits
from songbatch.prices import Price, PriceSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from songbatch.engines.base import Engine, Generation
    from songbatch.files.tree import Tree
    from songbatch.model import EngineIdentity, EngineSettings

    LineTimes = Sequence[tuple[float, str]]
    """When each line of the lyrics begins, in seconds of the song, and its text."""

SKETCH_FOLDER = "sketch"
"""Folder in which the embedded engine keeps its analyses of references."""


class EngineContext(msgspec.Struct, frozen=True):
    """What an engine is opened with: a folder for what it keeps, and the environment."""

    state: Tree
    environment: Mapping[str, str]


class EngineEntry(msgspec.Struct, frozen=True):
    """Properties of an engine.

    Prices in US dollars, durations in seconds per render. At most `jobs` requests at once; with
    `first_jobs`, a run begins with that many and learns how many the service takes. `line_times`
    returns when the lines of a song are sung, or nothing if that is not known.
    """

    identity: EngineIdentity
    usd_per_render: float
    seconds_per_render: float
    jobs: int
    first_jobs: int | None
    needs_key: bool
    """Whether it refuses to run without a key in the environment."""
    optional_inputs: frozenset[str]
    """The fields of `songbatch.model.OPTIONAL_INPUTS` that a request has a place for."""
    source_type: str
    """The IPTC digital source type of its audio."""
    limits: EngineLimits
    account: Callable[[Mapping[str, str]], str]
    open: Callable[[EngineContext], Engine]
    line_times: Callable[[EngineContext, Generation], LineTimes]

    @property
    def expected_jobs(self) -> int:
        """How many requests at once a plan assumes."""
        return min(self.first_jobs or self.jobs, self.jobs)

    def configured(self, settings: EngineSettings | None) -> EngineEntry:
        """Return the entry with a project's settings for the engine."""
        values = {} if settings is None else asdict(settings)
        return replace(self, **{name: each for name, each in values.items() if each is not None})

    def price(self, settings: EngineSettings | None, by_user: float | None) -> Price:
        """Return the price of a song: the user's, else the project's, else this entry's."""
        if by_user is not None:
            return Price(by_user, by_user, PriceSource.USER)
        if settings is None or settings.usd_per_render is None:
            return Price(self.usd_per_render, self.usd_per_render)
        by_project = settings.usd_per_render
        return Price(by_project, max(by_project, self.usd_per_render), PriceSource.PROJECT)


def _open_sketch(context: EngineContext) -> Engine:
    from songbatch.engines.sketch.pool import ParallelSketchEngine  # noqa: PLC0415

    return ParallelSketchEngine(context.state.below(SKETCH_FOLDER))


def _sketch_times(context: EngineContext, request: Generation) -> LineTimes:
    from songbatch.engines.base import EngineError  # noqa: PLC0415
    from songbatch.engines.sketch.engine import SketchEngine  # noqa: PLC0415  (loads numpy)

    try:
        lines = SketchEngine(context.state.below(SKETCH_FOLDER)).times(request)
    except EngineError:
        return ()
    return [(line.start, line.text) for line in lines]


def _open_music01(context: EngineContext) -> Engine:
    from songbatch.engines.music01.engine import Music01Engine  # noqa: PLC0415  (loads requests)

    return Music01Engine.from_environment(context.environment)


def _music01_account(environment: Mapping[str, str]) -> str:
    from songbatch.engines.music01.settings import Settings  # noqa: PLC0415

    return Settings.from_environment(environment).account


ENGINES: Mapping[str, EngineEntry] = {
    SKETCH.name: EngineEntry(
        identity=SKETCH,
        usd_per_render=0.0,
        seconds_per_render=3.0,
        jobs=os.cpu_count() or 1,
        first_jobs=None,
        needs_key=False,
        optional_inputs=frozenset({"lang"}),
        source_type="algorithmicMedia",
        limits=HOSTED_CONTRACT,
        account=lambda _environment: "local",
        open=_open_sketch,
        line_times=_sketch_times,
    ),
    MUSIC01.name: EngineEntry(
        identity=MUSIC01,
        # The best reading of old price pages; the service's cost headers win if it sends them.
        usd_per_render=0.03,
        seconds_per_render=60.0,
        # The service publishes no limit; its users report that a handful at once works.
        jobs=32,
        first_jobs=4,
        needs_key=True,
        optional_inputs=frozenset(),
        source_type="trainedAlgorithmicMedia",
        limits=HOSTED_CONTRACT,
        account=_music01_account,
        open=_open_music01,
        line_times=lambda _context, _request: (),
    ),
}
DEFAULT_ENGINE = SKETCH.name
