"""A whole run: refuse what may not be spent, download, then apply leg after leg."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.batch.references import read
from songbatch.diagnostics import Diagnostic, InvalidSpecs, Refused
from songbatch.engines.base import Generation
from songbatch.engines.catalog import EngineContext
from songbatch.formatting import count, money
from songbatch.layout import output_folder
from songbatch.outputs.lrc import has_lines, lrc_path, remove_lines, write_lines
from songbatch.outputs.selects import Chosen, lay_out
from songbatch.plan import Action, Choices, upload_key
from songbatch.run.budget import ROUNDING, Budget
from songbatch.run.concurrency import Fixed, Learned
from songbatch.run.engine_plans import apply_leg
from songbatch.run.fetching import Fetcher
from songbatch.run.pending import Ran
from songbatch.run.pricing import doubted_price
from songbatch.run.requests import Requests
from songbatch.run.retry import RetryPolicy
from songbatch.run.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.engines.base import Engine
    from songbatch.engines.catalog import EngineEntry, Lines
    from songbatch.model import Reference, Render
    from songbatch.run.concurrency import Limit
    from songbatch.run.context import Desk
    from songbatch.run.engine_plans import Leg, Outcome


class RunSettings(msgspec.Struct, frozen=True):
    """How to run. `jobs` None for what suits the engine, else its bound; `max_cost` in US dollars.

    `backoff` is the first wait in seconds before a failed request is repeated.
    """

    jobs: int | None = None
    choices: Choices = Choices()
    max_cost: float | None = None
    max_renders: int | None = None
    frozen: bool = False
    backoff: float = 1.0
    allow_private_urls: bool = False


class RenderRun:
    """One `songbatch render` of planned legs. The caller holds the project's lock."""

    def __init__(
        self, legs: Sequence[Leg], desk: Desk, settings: RunSettings, environment: Mapping[str, str]
    ) -> None:
        self._legs = legs
        self._desk = desk
        self._settings = settings
        self._environment = environment
        self._fetcher = Fetcher(desk.blobs, desk.listener, settings.allow_private_urls)
        self._runner: Runner | None = None
        self._budget = Budget(0.0, settings.max_cost, settings.max_renders)
        self.stopped = False

    def stop(self) -> None:
        """Send nothing more; what is in flight is awaited and kept. Signal safe."""
        self.stopped = True
        if self._runner is not None:
            self._runner.stop()

    def refuse_spending(self) -> None:
        """Raise Refused where the plan would send or spend more than is allowed."""
        settings = self._settings
        renders = sum(leg.plan.counts[Action.RENDER] for leg in self._legs)
        if settings.frozen and any(leg.plan.sends for leg in self._legs):
            first = next(self._sending())
            raise Refused(
                f"--frozen, but {count(renders, 'song')} would have to be rendered, first {first}",
                fix="run without --frozen, or bring back the store or the outputs",
            )
        if settings.max_renders is not None and renders > settings.max_renders:
            raise Refused(
                f"the plan asks for {count(renders, 'render')}; --max-renders allows "
                f"{settings.max_renders}",
                fix="raise it, or take part of the plan with --select",
            )
        if settings.max_cost is not None and self.counted_usd > settings.max_cost + ROUNDING:
            raise Refused(
                f"the plan costs about {money(self.counted_usd)}; --max-cost allows "
                + "; ".join([money(settings.max_cost), *self.price_notes]),
                fix="raise it, or take part of the plan with --select"
                + (", or say what a song costs with --price" if self.price_notes else ""),
            )

    @property
    def counted_usd(self) -> float:
        """What bounds count the whole plan as, in US dollars."""
        return sum(leg.plan.counted_usd for leg in self._legs)

    @property
    def price_notes(self) -> list[str]:
        """What there is to say of prices that bounds do not believe."""
        return [note for leg in self._legs if (note := doubted_price(leg.plan))]

    def _sending(self) -> Iterator[str]:
        for leg in self._legs:
            for step in leg.plan.renders:
                if step.action is Action.RENDER:
                    yield step.render.id

    def fetch(self, batch: Batch) -> Batch:
        """Download what is given by URL and not here yet; return the batch with its measures.

        Raises InvalidSpecs where a download cannot be had or used; nothing was sent then. None is
        begun once the run is stopped.
        """
        steps = [step for leg in self._legs for step in leg.plan.fetches]
        studies = self._fetcher.fetch_all(takewhile(lambda _step: not self.stopped, steps))
        problems: list[Diagnostic] = [d for study in studies for d in study.diagnostics]
        if any(study.track is None for study in studies):
            raise InvalidSpecs(problems)
        measured = {study.track.sha256: study.track for study in studies if study.track}
        tracks = {
            spec: {name: measured.get(track.sha256, track) for name, track in named.items()}
            for spec, named in batch.tracks.items()
        }
        return replace(batch, tracks=tracks)

    def apply(self, batch: Batch) -> Iterator[Outcome]:
        """Apply leg after leg, and yield what each came to.

        Raises EngineRefused where an engine refuses beforehand; nothing was touched then.
        """
        with ExitStack() as stack:
            engines = [self._ready(leg, stack) for leg in self._legs]
            for leg, engine in zip(self._legs, engines, strict=True):
                send = partial(self._send, leg, engine)
                outcome = apply_leg(leg, batch, self._desk, send, lambda: self.stopped)
                if not self.stopped:
                    self._write_lines(leg, batch, outcome)
                yield outcome

    def lay_out_chosen(self, batch: Batch) -> Chosen:
        """Copy what listeners chose to a folder of its own, unless the run was stopped."""
        return Chosen() if self.stopped else lay_out(batch, self._desk.workspace)

    def _write_lines(self, leg: Leg, batch: Batch, outcome: Outcome) -> None:
        renders = [step.render for step in leg.plan.renders]
        songs = ((render, outcome.entries[render.id]) for render in renders)
        write_lines(songs, partial(self._line_times, leg), self._desk.workspace)
        engine = leg.engine.identity
        if len(renders) < sum(render.engine == engine for render in batch.renders):
            return  # a selection removes nothing
        wanted = {lrc_path(render.output) for render in renders if has_lines(render)}
        for spec in leg.specs:
            remove_lines(output_folder(spec, engine.name), wanted, self._desk.workspace)

    def _line_times(self, leg: Leg, render: Render) -> Lines:
        """Return when the lines of a song are sung, if its engine can tell."""
        uploads = self._desk.ledger.state.uploads
        account = leg.engine.account(self._environment)
        voice, instrumental = (
            uploads.get(upload_key(account, use)) if use is not None else None
            for use in (render.voice, render.instrumental)
        )
        request = Generation(
            lyrics=render.draft.lyrics,
            voice_id=voice.voice_id if voice else None,
            instrumental_id=instrumental.instrumental_id if instrumental else None,
            audio=render.draft.audio,
            take=render.draft.take,
            request_id=render.key,
            lang=render.lang,
        )
        context = EngineContext(self._desk.workspace.state, self._environment)
        return leg.engine.line_times(context, request)

    def _ready(self, leg: Leg, stack: ExitStack) -> Engine | None:
        """Open an engine that will be asked, and let it say now what it would say later."""
        if not leg.plan.counts[Action.RENDER]:
            return None
        engine = leg.engine.open(EngineContext(self._desk.workspace.state, self._environment))
        stack.callback(engine.close)
        engine.preflight()
        return engine

    def _send(self, leg: Leg, engine: Engine | None) -> Ran:
        if engine is None:
            return Ran()
        self._runner = self._make_runner(leg, engine)
        if self.stopped:
            self._runner.stop()
        try:
            return self._runner.run()
        finally:
            self._runner = None

    def _make_runner(self, leg: Leg, engine: Engine) -> Runner:
        price = leg.plan.price
        self._budget = self._budget.after(price.counted)
        return Runner(
            leg.plan,
            Requests(engine, self._desk.blobs, self._desk.ledger, self._read, price.planned),
            self._desk,
            limit=self._limit(leg.engine),
            policy=RetryPolicy(first_wait=self._settings.backoff, unknown_tries=leg.unknown_tries),
            budget=self._budget,
            before=leg.snapshot.before,
        )

    def _limit(self, engine: EngineEntry) -> Limit:
        most = self._settings.jobs or engine.jobs
        if engine.first_jobs is None:
            return Fixed(most)
        return Learned(most, engine.first_jobs, first_pause=self._settings.backoff)

    def _read(self, reference: Reference) -> bytes:
        data = read(reference, self._desk.workspace, self._desk.blobs)
        return self._fetcher.fetch(reference) if data is None else data
