"""A whole run: refuse what may not be spent, download, then apply engine after engine."""

from __future__ import annotations

import contextlib
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import replace

from songbatch.batch.references import read
from songbatch.diagnostics import Diagnostic, InvalidSpecs, Refused
from songbatch.digest import sha256
from songbatch.engines.base import Generation
from songbatch.engines.entry import EngineContext
from songbatch.formatting import count, money
from songbatch.layout import output_folder
from songbatch.outputs.cue import cue_path, has_cue, remove_cues, write_cue
from songbatch.outputs.last_manifest import made_before
from songbatch.outputs.lrc import has_lrc, lrc_path, remove_lrc, write_lrc
from songbatch.outputs.selects_copies import CopiedSelects, copy_selects
from songbatch.plan import Action, Choices, upload_key
from songbatch.plan.waves import NOTHING_FURTHER, Further
from songbatch.run.adopting import adopt_copies
from songbatch.run.booking import recover
from songbatch.run.budget import ROUNDING, Budget
from songbatch.run.choosing import bring_chosen, make_selects_plans
from songbatch.run.converting import Converting
from songbatch.run.engine_plans import apply_engine_plan, gone_specs, make_engine_plans
from songbatch.run.events import NewStore
from songbatch.run.fetching import Fetcher
from songbatch.run.pending import LeftBehind, SendResult
from songbatch.run.pricing import doubted_price
from songbatch.run.readying import ReadyEngine, Readying, engine_context, parsed_place
from songbatch.run.reference_requests import ReferenceRequests
from songbatch.run.requests import Requests
from songbatch.run.retry import RetryPolicy
from songbatch.run.runner import Runner
from songbatch.run.settling import settle
from songbatch.run.shared.claims import settle_claims
from songbatch.run.shared.pulling import pull_songs
from songbatch.run.shared.snapshot import is_shared, take_over
from songbatch.run.shared.stores import ChosenStore, chosen_store
from songbatch.run.submitting import Submissions
from songbatch.run.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.cluster.places import Place
    from songbatch.engines.base import JobEngine
    from songbatch.engines.entry import EngineEntry, LineTimes
    from songbatch.model import Reference, Render
    from songbatch.plan.selection import Selection
    from songbatch.run.context import RunContext
    from songbatch.run.engine_plans import EnginePlan, Outcome
    from songbatch.run.events import Listener
    from songbatch.run.session import Session


class RunSettings(msgspec.Struct, frozen=True):
    """How to run. `jobs` None for what suits the engine, else its bound; `max_cost` in US dollars.

    `backoff` is the first wait in seconds before a failed request is repeated. `store` None for the
    one that the environment or the project names.
    """

    jobs: int | None = None
    choices: Choices = Choices()
    max_cost: float | None = None
    max_renders: int | None = None
    frozen: bool = False
    backoff: float = 1.0
    allow_private_urls: bool = False
    store: ChosenStore | None = None
    on: str | None = None
    """The place where songs are made; None for here."""
    insecure_cluster: bool = False
    """Whether workers on other machines are used without TLS."""


@contextlib.contextmanager
def open_run(
    session: Session,
    batch: Batch,
    selection: Selection,
    settings: RunSettings,
    listener: Listener,
    further: Further = NOTHING_FURTHER,
) -> Iterator[Run]:
    """Plan the selected renders of a batch and hold the ledger while the run lasts.

    Bounds count what may follow, `further`, too. The caller holds the project's lock. Raises
    Refused if the plan would send or spend more than the settings allow, UsageError if nothing is
    selected.
    """
    place = parsed_place(settings.on, session.environment)
    chosen = settings.store or chosen_store(batch.sharing, None, session.environment)
    context = session.run_context(listener, chosen)
    with contextlib.closing(context.ledger), contextlib.ExitStack() as stack:
        recover(context.workspace, context.blobs, context.ledger)
        if not settings.frozen:
            settle_lost(batch, selection, context, session.environment)
        stack.callback(context.stock.close)
        settle_claims(batch.renders, context)
        engine_plans = make_engine_plans(
            batch, selection, context, session.environment, settings.choices
        )
        run = Run(engine_plans, context, settings, session.environment, place, further)
        run.demand_store()
        run.refuse_spending()
        for engine_plan in engine_plans:
            take_over(engine_plan.plan, engine_plan.snapshot, context)
        session.write_caches()
        yield run


def settle_lost(
    batch: Batch, selection: Selection, context: RunContext, environment: Mapping[str, str]
) -> None:
    """Find out what became of requests whose answers were lost, where a service can tell."""
    by_engine: dict[str, list[Render]] = {}
    for render in batch.renders:
        name = render.inputs.engine.name
        if batch.engines[name].traits.finds_lost:
            by_engine.setdefault(name, []).append(render)
    if not by_engine:
        return
    selected = selection.among(batch.renders, batch.only)
    for name, renders in sorted(by_engine.items()):
        entry = batch.engines[name]
        settle(
            [render for render in renders if render.id in selected],
            entry,
            entry.account(environment),
            context.ledger,
            partial(_opened, entry, context, environment),
        )


def _opened(entry: EngineEntry, context: RunContext, environment: Mapping[str, str]) -> JobEngine:
    return cast("JobEngine", entry.open(engine_context(context, environment)))


class Run:
    """One `songbatch render` of planned parts. The caller holds the project's lock."""

    def __init__(
        self,
        engine_plans: Sequence[EnginePlan],
        context: RunContext,
        settings: RunSettings,
        environment: Mapping[str, str],
        place: Place | None = None,
        further: Further = NOTHING_FURTHER,
    ) -> None:
        self.engine_plans = engine_plans
        self.further = further
        self._context = context
        self._settings = settings
        self._environment = environment
        self._fetcher = Fetcher(context.blobs, context.listener, settings.allow_private_urls)
        self._converting = Converting(context.workspace.state, context.listener)
        self._runner: Runner | None = None
        self._readying = Readying(
            context,
            environment,
            self._read_taken,
            jobs=settings.jobs,
            backoff=settings.backoff,
            place=place,
            is_insecure=settings.insecure_cluster,
        )
        most = 0 if settings.frozen else settings.max_renders
        self._budget = Budget(settings.max_cost, most)
        self.stopped = False

    def stop(self) -> None:
        """Send nothing more; what is in flight is awaited and kept. Signal safe."""
        self.stopped = True
        if self._runner is not None:
            self._runner.stop()
        self._readying.stop()

    @property
    def left_behind(self) -> LeftBehind:
        """What would be left if the run ended now."""
        return LeftBehind() if self._runner is None else self._runner.left_behind

    def demand_store(self) -> None:
        """Raise what kept this from looking into a shared store, if any song is lacking here.

        It might be there: nobody should pay for it, or be told that it is lost.
        """
        stock = self._context.stock
        if stock.trouble is not None and stock.is_needed:
            raise stock.trouble

    def refuse_spending(self) -> None:
        """Raise Refused if the plan would send or spend more than is allowed."""
        settings = self._settings
        renders = sum(engine_plan.plan.counts[Action.RENDER] for engine_plan in self.engine_plans)
        if settings.frozen and any(engine_plan.plan.sends for engine_plan in self.engine_plans):
            first = next(self._sending())
            raise Refused(
                f"--frozen, but {count(renders, 'song')} would have to be rendered, first {first}",
                fix="run without --frozen, or bring back the store or the outputs",
            )
        renders += self.further.renders
        most = "at most " if self.further.renders else ""
        if settings.max_renders is not None and renders > settings.max_renders:
            raise Refused(
                f"the plan asks for {most}{count(renders, 'render')}; --max-renders allows "
                f"{settings.max_renders}",
                fix="raise it, or select part of the plan with --select",
            )
        if settings.max_cost is not None and self.counted_usd > settings.max_cost + ROUNDING:
            raise Refused(
                f"the plan costs {most or 'about '}{money(self.counted_usd)}; --max-cost allows "
                + "; ".join([money(settings.max_cost), *self.price_notes]),
                fix="raise it, or select part of the plan with --select"
                + (", or set the price of a song with --price" if self.price_notes else ""),
            )

    @property
    def counted_usd(self) -> float:
        """What bounds count the whole plan as, and all that may follow, in US dollars."""
        planned = sum(engine_plan.plan.counted_usd for engine_plan in self.engine_plans)
        return planned + self.further.usd

    @property
    def left_settings(self) -> RunSettings:
        """The settings of a run that goes on from here: what this one has left of its bounds."""
        bounds, budget = self._settings, self._budget
        cost = None if bounds.max_cost is None else max(0.0, bounds.max_cost - budget.known_usd)
        most = None if bounds.max_renders is None else bounds.max_renders - budget.requests
        return replace(bounds, max_cost=cost, max_renders=most)

    @property
    def price_notes(self) -> list[str]:
        """Notes on prices that bounds do not believe."""
        return [
            note for engine_plan in self.engine_plans if (note := doubted_price(engine_plan.plan))
        ]

    def _sending(self) -> Iterator[str]:
        for engine_plan in self.engine_plans:
            for step in engine_plan.plan.renders:
                if step.action is Action.RENDER:
                    yield step.render.id

    def fetch(self, batch: Batch) -> Batch:
        """Download what is given by URL and not here yet; return the batch with its measures.

        Raises InvalidSpecs if a download cannot be had or used; nothing was sent then. None is
        begun once the run is stopped.
        """
        steps = [
            (step, engine_plan.engine.traits)
            for engine_plan in self.engine_plans
            for step in engine_plan.plan.fetches
        ]
        studies = self._fetcher.fetch_all(takewhile(lambda _step: not self.stopped, steps))
        problems: list[Diagnostic] = [d for study in studies for d in study.diagnostics]
        if any(study.track is None for study in studies):
            raise InvalidSpecs(problems)
        tracks_of = (study.track for study in studies if study.track)
        measured = {(track.sha256, track.cut): track for track in tracks_of}
        tracks = {
            spec: {
                name: measured.get((track.sha256, track.cut), track)
                for name, track in named.items()
            }
            for spec, named in batch.tracks.items()
        }
        return replace(batch, tracks=tracks)

    def finish(self, batch: Batch) -> Summary:
        """Apply engine after engine, then copy what listeners chose; return the summary.

        Raises EngineRefused if an engine refuses beforehand; nothing was touched then.
        """
        self.engine_plans = [
            pull_songs(engine_plan, self._context, lambda: self.stopped)
            for engine_plan in self.engine_plans
        ]
        done = tuple(zip(self.engine_plans, self._apply(batch), strict=True))
        # What was stopped is not tidied up after.
        chosen = CopiedSelects() if self.stopped else self._copy_selects(batch)
        return Summary(done, chosen)

    def _copy_selects(self, batch: Batch) -> CopiedSelects:
        songs = sum(
            not step.render.is_part
            for engine_plan in self.engine_plans
            for step in engine_plan.plan.renders
        )
        # A selection removes nothing of what is gone.
        is_all = songs == len(batch.songs) and not batch.is_layered
        gone = gone_specs(batch, self._context.workspace) if is_all else ()
        if batch.selects.opinions:
            adopt_copies(self._context.workspace.output_folders, self._context)
        plans = make_selects_plans(batch, self._context, sorted(gone))
        if bring_chosen(plans, self._context):
            plans = make_selects_plans(batch, self._context, sorted(gone))
        return copy_selects(plans, self._context.workspace, self._context.blobs)

    def _apply(self, batch: Batch) -> Iterator[Outcome]:
        with contextlib.ExitStack() as stack:
            self._begin_sharing(batch, stack)
            if any(self._asking()):
                self._readying.call_crew(stack)
            ready = [self._readying.ready(each, stack) for each in self.engine_plans]
            for engine_plan, engine in zip(self.engine_plans, ready, strict=True):
                send = partial(self._send, engine_plan, engine)
                outcome = apply_engine_plan(
                    engine_plan,
                    batch,
                    self._context,
                    send,
                    lambda: self.stopped,
                    partial(self._line_times, engine_plan),
                )
                if not self.stopped:
                    self._write_lines(engine_plan, batch, outcome)
                yield outcome

    def _asking(self) -> Iterator[EnginePlan]:
        return (engine_plan for engine_plan in self.engine_plans if engine_plan.plan.asks)

    def _begin_sharing(self, batch: Batch, stack: contextlib.ExitStack) -> None:
        """Show other machines that this one is at work, while anything is sent that they share.

        Raises StoreTrouble, ReadOnlyStore: nothing was sent then.
        """
        shared = self._context.stock.shared if any(map(self._shares, self._asking())) else None
        if shared is None:
            return
        shared.begin()
        if shared.is_new:
            self._context.listener(NewStore(shared.address.text))
        stack.callback(settle_claims, batch.renders, self._context)

    def _shares(self, engine_plan: EnginePlan) -> bool:
        return is_shared(engine_plan.engine, engine_plan.plan.tariff, self._context.stock)

    def _write_lines(self, engine_plan: EnginePlan, batch: Batch, outcome: Outcome) -> None:
        renders = [step.render for step in engine_plan.plan.renders if not step.render.is_part]
        songs = [(render, outcome.entries[render.id]) for render in renders]
        for render, entry in songs:
            if render.parts and (receipt := self._context.ledger.state.receipts.get(render.key)):
                write_cue(render, entry, receipt.facts, self._context.workspace)
        write_lrc(songs, partial(self._line_times, engine_plan), self._context.workspace)
        engine = engine_plan.engine.identity
        is_all = len(renders) == sum(render.inputs.engine == engine for render in batch.songs)
        if batch.is_layered or not is_all:
            return  # neither a profile nor a selection removes anything
        wanted = {lrc_path(render.output) for render in renders if has_lrc(render)}
        for spec in engine_plan.specs:
            last = engine_plan.snapshot.manifests.get(spec)
            kept = made_before(last, {r.key for r in renders}, engine_plan.elsewhere)
            lines = wanted | {lrc_path(entry.output) for entry in kept}
            folder = output_folder(spec, engine.name)
            remove_lrc(folder, lines, self._context.workspace)
            sheets = {cue_path(render.output) for render in renders if has_cue(render)}
            sheets |= {cue_path(entry.output) for entry in kept if entry.parts}
            remove_cues(folder, sheets, self._context.workspace)

    def _line_times(self, engine_plan: EnginePlan, render: Render) -> LineTimes:
        """Return when the lines of a song are sung, if its engine knows."""
        receipt = self._context.ledger.state.receipts.get(render.key)
        if receipt is not None and receipt.facts.line_times:
            return receipt.facts.line_times
        if render.parts:
            return ()
        uploads = self._context.ledger.state.uploads
        account = engine_plan.engine.account(self._environment)
        rules = engine_plan.engine.traits.references
        voice, instrumental = (
            uploads.get(upload_key(account, use, rules)) if use is not None else None
            for use in (render.inputs.voice, render.inputs.instrumental)
        )
        request = Generation.of(
            render.inputs,
            voice.voice_id if voice else None,
            instrumental.instrumental_id if instrumental else None,
            render.key,
        )
        context = EngineContext(self._context.workspace.state, self._environment)
        return engine_plan.engine.line_times(context, request)

    def _send(self, engine_plan: EnginePlan, ready: ReadyEngine | None) -> SendResult:
        if ready is None:
            return SendResult(under_way={job.key: job.job for job in engine_plan.plan.orphans})
        self._runner = self._make_runner(engine_plan, ready)
        if self.stopped:
            self._runner.stop()
        try:
            return self._runner.run()
        finally:
            self._runner = None

    def _make_runner(self, engine_plan: EnginePlan, ready: ReadyEngine) -> Runner:
        self._budget = self._budget.after()
        traits, ledger = engine_plan.engine.traits, self._context.ledger
        engine, submissions = ready.engine, Submissions(ledger)
        return Runner(
            engine_plan.plan,
            Requests(
                engine,
                traits,
                self._context.blobs,
                ledger,
                submissions,
                ReferenceRequests(
                    engine, traits, ledger, self._read, self._converting.taken, submissions
                ),
                is_free=engine_plan.plan.is_free,
                made_on=ready.made_on,
            ),
            self._context,
            limit=ready.limit,
            policy=RetryPolicy(
                first_wait=self._settings.backoff,
                unknown_tries=engine_plan.unknown_tries,
                paid_tries=self._settings.choices.unknown_tries(is_free=False),
            ),
            budget=self._budget,
            before=engine_plan.snapshot.before,
            jobs=engine_plan.snapshot.jobs,
            unknown=engine_plan.snapshot.unknown,
            claims=ready.claims,
            waits=not engine_plan.only_collects,
        )

    def _read_taken(self, reference: Reference) -> bytes:
        data = self._read(reference)
        return self._converting.taken(reference, data, sha256(data))

    def _read(self, reference: Reference) -> bytes:
        data = read(reference, self._context.workspace, self._context.blobs)
        return self._fetcher.fetch(reference) if data is None else data
