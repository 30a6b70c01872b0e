"""Engines of a run, ready to be asked: here or by workers elsewhere; their claims, their limits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import msgspec

from songbatch.diagnostics import EngineRefused
from songbatch.engines.entry import EngineContext
from songbatch.engines.reference_files import reference_file
from songbatch.files.open_files import allow_open_files
from songbatch.plan import Action
from songbatch.run.concurrency import Fixed, Learned
from songbatch.run.consent import user_settings
from songbatch.run.shared.claims import RunClaims
from songbatch.run.shared.snapshot import account_secret, is_claimed, is_shared
from songbatch.run.slots import Slots

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Mapping

    from songbatch.cluster.elsewhere import FarEngine
    from songbatch.cluster.jobs import FarJobs
    from songbatch.cluster.landing import SharedLandings
    from songbatch.cluster.opening import OpenCrew
    from songbatch.cluster.places import Place
    from songbatch.engines.base import Engine, JobEngine, ReferenceFile
    from songbatch.model import Reference
    from songbatch.run.concurrency import Limit
    from songbatch.run.context import RunContext
    from songbatch.run.engine_plans import EnginePlan


FILES_A_REQUEST = 3
"""Open at once: a connection, as the system and as the library has it, and a song on its way."""


def parsed_place(said: str | None, environment: Mapping[str, str]) -> Place | None:
    """Return where songs are made, None for here. Raises UsageError."""
    if said is None:
        return None
    from songbatch.cluster.needed import demand_dask  # noqa: PLC0415  (few runs are elsewhere)
    from songbatch.cluster.places import parse_place  # noqa: PLC0415

    demand_dask()
    return parse_place(said, environment)


def engine_context(context: RunContext, environment: Mapping[str, str]) -> EngineContext:
    """Return what an engine of a run is opened with. Raises UsageError for a broken config.yaml."""
    return EngineContext(context.workspace.state, environment, user_settings().engines)


class ReadyEngine(msgspec.Struct, frozen=True):
    """An opened engine; `claims` keep other machines from asking for the same."""

    engine: Engine | JobEngine
    limit: Limit
    claims: RunClaims | None
    made_on: Callable[[str], str] | None = None
    """Returns which worker answered a request, by its name; None where songs are made here."""


class Readying:
    """Opens the engines of one run. `read` returns a reference's bytes.

    At most `jobs` requests at once, None for what suits the engine; `backoff` in seconds.
    """

    def __init__(
        self,
        context: RunContext,
        environment: Mapping[str, str],
        read: Callable[[Reference], bytes],
        *,
        jobs: int | None,
        backoff: float,
        place: Place | None = None,
        is_insecure: bool = False,
    ) -> None:
        self._context = context
        self._environment = environment
        self._read = read
        self._jobs = jobs
        self._backoff = backoff
        self._place = place
        self._is_insecure = is_insecure
        self._crew: OpenCrew | None = None

    def stop(self) -> None:
        """Let nothing wait for a worker any more; what is begun is awaited. Signal safe."""
        if self._crew is not None:
            self._crew.stop()

    def call_crew(self, stack: contextlib.ExitStack) -> None:
        """Have the workers at hand until `stack` ends, if songs are made elsewhere."""
        if self._place is None:
            return
        from songbatch.cluster.opening import open_crew  # noqa: PLC0415  (loads dask)

        state, tell = self._context.workspace.state, self._context.listener
        crew = open_crew(self._place, state, tell, is_insecure=self._is_insecure)
        self._crew = stack.enter_context(crew)

    def ready(self, engine_plan: EnginePlan, stack: contextlib.ExitStack) -> ReadyEngine | None:
        """Open an engine that will be asked, and let it say now what it would say later."""
        if not engine_plan.plan.asks:
            return None
        claims = self._claims(engine_plan)
        try:
            engine = self._opened(engine_plan, claims)
            stack.callback(engine.close)
            engine.preflight()
        except EngineRefused:
            if engine_plan.only_collects:
                return None
            raise
        made_on = None if self._crew is None else cast("FarEngine | FarJobs", engine).made_on
        return ReadyEngine(engine, self._limit(engine_plan, engine), claims, made_on)

    def _opened(self, engine_plan: EnginePlan, claims: RunClaims | None) -> Engine | JobEngine:
        context = engine_context(self._context, self._environment)
        engine = engine_plan.engine.open(context)
        if self._crew is None:
            return engine
        return self._crew.engine(
            engine_plan.engine,
            engine,
            context,
            songs=engine_plan.plan.counts[Action.RENDER],
            known=partial(self._uploaded_file, engine_plan),
            landings=self._landings(claims),
        )

    def _landings(self, claims: RunClaims | None) -> SharedLandings | None:
        """Return where workers leave songs, so that none is lost with this run."""
        shared = self._context.stock.shared if claims is not None else None
        if claims is None or shared is None:
            return None
        from songbatch.cluster.landing import SharedLandings  # noqa: PLC0415  (few runs)

        return SharedLandings(shared, lambda request: claims.claim_of(request.request_id))

    def _uploaded_file(self, engine_plan: EnginePlan, name: str) -> ReferenceFile | None:
        """Return the reference that an upload of an earlier run answered this id for."""
        known = self._context.ledger.state.uploads
        for step in engine_plan.plan.uploads:
            ids = known.get(step.key)
            if ids is not None and name in {ids.voice_id, ids.instrumental_id}:
                traits = engine_plan.engine.traits
                data = self._read(step.reference)
                return reference_file(data, step.reference.purpose, traits, is_whole=False)
        return None

    def _limit(self, engine_plan: EnginePlan, engine: Engine | JobEngine) -> Limit:
        entry = engine_plan.engine
        most = self._jobs or entry.jobs
        allow_open_files(FILES_A_REQUEST * most)
        learned = (
            None
            if entry.first_jobs is None
            else Learned(most, entry.first_jobs, first_pause=self._backoff)
        )
        far = cast("FarEngine | FarJobs", engine) if self._crew is not None else None
        if far is None or far.slots() is None:
            return learned or Fixed(most)
        return Slots(lambda: far.slots() or 1, most=self._jobs, within=learned, ghosts=far.ghosts)

    def _claims(self, engine_plan: EnginePlan) -> RunClaims | None:
        entry, tariff = engine_plan.engine, engine_plan.plan.tariff
        is_wanted = is_shared(entry, tariff, self._context.stock)
        shared = self._context.stock.shared if is_wanted else None
        if shared is None:
            return None
        return RunClaims(
            shared,
            self._context,
            doubts=engine_plan.unknown_tries,
            lasts=entry.seconds_per_render,
            account=entry.account(self._environment),
            secret=account_secret(entry, engine_context(self._context, self._environment)),
            is_repeatable=not is_claimed(entry, tariff),
        )
