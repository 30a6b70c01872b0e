"""Applies the sending half of a plan: uploads, then the renders that need them.

One thread decides (`run`) and owns all state; the scheduler's threads do single requests and write
outputs. A key is asked for once however many renders have it; an upload is done once however many
keys need it. Ids count only once the deciding thread has seen their upload land: a render that
waits for two uploads must not be handed out by both.
"""

from __future__ import annotations

import errno
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.diagnostics import DiskTrouble, EngineRefused, SongbatchError
from pipeline.engines.base import EngineError, Verdict
from pipeline.model import Uploaded
from pipeline.phrases import duration
from pipeline.plan import Action, upload_key
from pipeline.records import Receipt
from pipeline.run.concurrency import Fixed
from pipeline.run.events import Done, Draining, Failed, Retrying, Started
from pipeline.run.retry import LONGEST_REFUSED, Decision, Next
from pipeline.run.scheduler import Scheduler, TooMany
from pipeline.run.settle import write_output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.model import ReferenceUse, Render
    from pipeline.plan import Plan, RenderStep, UploadStep
    from pipeline.records import Entry, UploadKey
    from pipeline.run.budget import Budget
    from pipeline.run.concurrency import Limit
    from pipeline.run.requests import Requests
    from pipeline.run.retry import RetryPolicy
    from pipeline.run.scheduler import Landing
    from pipeline.run.settle import Desk

_DISK_IS_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
UPLOADS_AT_ONCE = 4
"""They cost nothing and take seconds; more would only share one line to the service."""


def _too_many(error: BaseException) -> TooMany | None:
    if isinstance(error, EngineError) and error.verdict is Verdict.SLOW_DOWN:
        return TooMany(error.retry_after)
    return None


def _may_be_paid(error: BaseException) -> bool:
    if isinstance(error, EngineError):
        return error.verdict is Verdict.UNKNOWN
    return isinstance(error, DiskTrouble) and error.may_be_paid


def _is_disk_trouble(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _DISK_IS_FULL
    return isinstance(error, DiskTrouble)


def _refusal(error: BaseException) -> SongbatchError:
    """Return what ends the run because of the failure of one request."""
    if isinstance(error, EngineError):
        if error.verdict is Verdict.SLOW_DOWN or error.retry_after is not None:
            wait = duration(error.retry_after) if error.retry_after else "for now"
            return EngineRefused(f"{error} (wait {wait})", fix="run again later")
        return EngineRefused(str(error), fix=error.fix)
    if isinstance(error, OSError):
        return DiskTrouble(error, may_be_paid=False)
    return error if isinstance(error, SongbatchError) else SongbatchError(str(error))


@dataclass(slots=True, eq=False)
class _Upload:
    """An upload of this run: the ids it answered last, how often it was done, who waits for it."""

    step: UploadStep
    position: int
    ids: Uploaded | None
    times: int = 0
    queued: bool = False
    waiting: dict[int, _Flight] = field(default_factory=dict)
    """Flights by position: one may be told twice to wait, but must not fly twice."""
    failures: dict[Verdict, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.step.reference.name


@dataclass(slots=True, eq=False)
class _Flight:
    """A key being asked for: the renders its audio serves, and what went wrong so far."""

    steps: list[RenderStep]
    position: int
    failures: dict[Verdict, int]
    ids: dict[UploadKey, Uploaded | None] = field(default_factory=dict)
    """What the request that is queued or in flight sends, whatever the uploads answer meanwhile."""
    used: dict[UploadKey, int] = field(default_factory=dict)
    """How often each upload had been done when it answered `ids`."""

    @property
    def render(self) -> Render:
        return self.steps[0].render


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it. `finished` are entries by render id, `unfinished` reasons by render id.

    `spent_usd` is what answers cost; `unknown_usd` what requests without an answer may have cost.
    """

    finished: Mapping[str, Entry] = field(default_factory=dict)
    unfinished: Mapping[str, str] = field(default_factory=dict)
    refusal: SongbatchError | None = None
    interrupted: bool = False
    spent_usd: float = 0.0
    unknown_usd: float = 0.0


class Runner:
    """One run of the sending half of a plan.

    `before` are the entries of earlier manifests by key.
    """

    def __init__(
        self,
        plan: Plan,
        requests: Requests,
        desk: Desk,
        *,
        limit: Limit,
        policy: RetryPolicy,
        budget: Budget,
        before: Mapping[str, Entry],
    ) -> None:
        self._plan = plan
        self._requests = requests
        self._desk = desk
        self._policy = policy
        self._budget = budget
        self._before = before
        self._chance = random.Random().random  # noqa: S311  (spreads retries, decides no audio)
        self._limit = limit
        self._scheduler: Scheduler[Receipt | Uploaded] = Scheduler()
        self._uploading = self._scheduler.lane(Fixed(UPLOADS_AT_ONCE))
        self._generating = self._scheduler.lane(limit, _too_many)
        self._uploads: dict[UploadKey, _Upload] = {}
        self._open: dict[str, _Flight] = {}
        self._finished: dict[str, Entry] = {}
        self._unfinished: dict[str, str] = {}
        self._refusal: SongbatchError | None = None
        self._bug: BaseException | None = None
        self._interrupted = False
        self._spent_usd = 0.0
        self._unknown_usd = 0.0

    def stop(self) -> None:
        """Send nothing more and wait for what is in flight: it is paid for. Signal safe."""
        self._interrupted = True
        self._scheduler.stop()

    def run(self) -> Ran:
        """Send what the plan sends. Raises only for bugs; failures are in the result."""
        for flight in self._flights():
            self._queue(flight)
        for landing in self._scheduler.landings(self._draining):
            self._take(landing)
        if self._bug is not None:
            raise self._bug
        for flight in self._open.values():
            why = self._refusal or "the run was interrupted"
            self._unfinished |= {step.render.id: f"not asked for: {why}" for step in flight.steps}
        return Ran(
            self._finished,
            self._unfinished,
            self._refusal,
            self._interrupted,
            self._spent_usd,
            self._unknown_usd,
        )

    def _draining(self) -> None:
        if self._interrupted:
            self._desk.listener(Draining(self._scheduler.in_flight))

    def _flights(self) -> Iterable[_Flight]:
        uploads = {step.key: step for step in self._plan.uploads}
        state = self._desk.ledger.state
        for position, step in enumerate(self._plan.renders):
            key = step.render.key
            if step.action is Action.SHARE and key in self._open:
                self._open[key].steps.append(step)
            elif step.action is Action.RENDER:
                unknown = {Verdict.UNKNOWN: state.unknown_outcomes(key)}
                self._open[key] = _Flight([step], position, unknown)
                for need in step.uploads:
                    if need not in self._uploads:
                        ids = state.uploads.get(need)
                        self._uploads[need] = _Upload(uploads[need], position, ids)
        return list(self._open.values())

    def _queue(self, flight: _Flight, delay: float = 0.0) -> None:
        """Queue a request, or the uploads that it lacks."""
        lacking = [up for key in flight.steps[0].uploads if (up := self._uploads[key]).ids is None]
        for upload in lacking:
            upload.waiting[flight.position] = flight
            self._queue_upload(upload)
        if lacking:
            return
        needs = flight.steps[0].uploads
        flight.ids = {key: self._uploads[key].ids for key in needs}
        flight.used = {key: self._uploads[key].times for key in needs}
        if self._budget.reserve():
            self._generating.add(flight.position, flight, lambda: self._generate(flight), delay)
        else:
            self._fail(flight, "the budget of this run is spent", "raise it, or run again")

    def _queue_upload(self, upload: _Upload, delay: float = 0.0) -> None:
        if not upload.queued:
            upload.queued = True
            self._uploading.add(upload.position, upload, lambda: self._upload(upload), delay)

    # What the scheduler's threads do

    def _upload(self, upload: _Upload) -> Uploaded:
        self._desk.listener(Started(Action.UPLOAD, upload.name))
        return self._requests.upload(upload.step, upload.times + 1)

    def _generate(self, flight: _Flight) -> Receipt:
        render = flight.render
        voice = self._sent(flight, render.voice)
        instrumental = self._sent(flight, render.instrumental)
        self._desk.listener(Started(Action.RENDER, render.id))
        receipt = self._requests.generate(
            render,
            voice.voice_id if voice else None,
            instrumental.instrumental_id if instrumental else None,
        )
        for step in flight.steps:
            entry = write_output(step.render, receipt, self._desk, self._before.get(render.key))
            self._finished[step.render.id] = entry
        return receipt

    def _sent(self, flight: _Flight, use: ReferenceUse | None) -> Uploaded | None:
        if use is None:
            return None
        return flight.ids[upload_key(self._requests.engine.account, use)]

    # What the deciding thread does with what they did

    def _take(self, landing: Landing[Receipt | Uploaded]) -> None:
        job, error, took = landing.job, landing.error, round(landing.took, 3)
        if error is not None and not isinstance(error, SongbatchError | OSError):
            self._bug = self._bug or error
            self._scheduler.stop()
        elif isinstance(job, _Upload):
            job.queued = False
            if isinstance(landing.result, Uploaded):
                self._uploaded(job, landing.result, took)
            elif error is not None:
                self._upload_failed(job, error)
        elif isinstance(job, _Flight):
            if isinstance(landing.result, Receipt):
                self._landed(job, landing.result, took)
            elif error is not None:
                self._flight_failed(job, error)

    def _uploaded(self, upload: _Upload, ids: Uploaded, took: float) -> None:
        upload.ids = ids
        upload.times += 1
        self._desk.listener(Done(Action.UPLOAD, upload.name, took=took))
        waiting, upload.waiting = upload.waiting, {}
        for flight in waiting.values():
            self._queue(flight)

    def _upload_failed(self, upload: _Upload, error: BaseException) -> None:
        decision = self._decide(upload.failures, error)
        if decision.next is Next.AGAIN:
            self._desk.listener(Retrying(Action.UPLOAD, upload.name, str(error), decision.delay))
            self._queue_upload(upload, decision.delay)
            return
        fix = getattr(error, "fix", "")
        self._desk.listener(Failed(Action.UPLOAD, upload.name, str(error), fix))
        if decision.next is Next.STOP_RUN:
            self._refuse(error)
        for flight in upload.waiting.values():
            self._fail(flight, f"its reference {upload.name} was not uploaded: {error}", fix)

    def _flight_failed(self, flight: _Flight, error: BaseException) -> None:
        if _may_be_paid(error):
            self._unknown_usd += self._plan.usd_per_render
        else:
            self._budget.release()
        decision = self._decide(flight.failures, error)
        if self._is_shut_out():
            decision = Decision(Next.STOP_RUN)
        if decision.next is Next.AGAIN:
            self._retry(flight, error, decision)
        elif decision.next is Next.REUPLOAD:
            self._forget_ids(flight)
            self._retry(flight, error, decision)
        else:
            if decision.next is Next.STOP_RUN:
                self._refuse(error)
            self._fail(flight, str(error), getattr(error, "fix", ""))

    def _landed(self, flight: _Flight, receipt: Receipt, took: float) -> None:
        del self._open[flight.render.key]
        self._spent_usd += receipt.cost_usd or 0.0
        for step in flight.steps:
            asked = step.action is Action.RENDER
            self._desk.listener(
                Done(
                    step.action,
                    step.render.id,
                    step.why,
                    step.render.output,
                    took=took if asked else None,
                    seconds=receipt.seconds,
                    cost_usd=receipt.cost_usd if asked else 0.0,
                )
            )

    def _retry(self, flight: _Flight, error: BaseException, decision: Decision) -> None:
        self._desk.listener(Retrying(Action.RENDER, flight.render.id, str(error), decision.delay))
        self._queue(flight, decision.delay)

    def _decide(self, failures: dict[Verdict, int], error: BaseException) -> Decision:
        if isinstance(error, EngineError):
            failures[error.verdict] = failures.get(error.verdict, 0) + 1
            return self._policy.decide(
                error.verdict, failures[error.verdict], error.retry_after, self._chance
            )
        return Decision(Next.STOP_RUN if _is_disk_trouble(error) else Next.FAIL)

    def _is_shut_out(self) -> bool:
        since = self._limit.refused_since
        return since is not None and time.monotonic() - since > LONGEST_REFUSED

    def _forget_ids(self, flight: _Flight) -> None:
        # Another render may have had the reference uploaded again since these ids were sent.
        for key, times in flight.used.items():
            if self._uploads[key].times == times:
                self._uploads[key].ids = None

    def _refuse(self, error: BaseException) -> None:
        if self._refusal is None:
            self._refusal = _refusal(error)
        self._scheduler.stop()

    def _fail(self, flight: _Flight, message: str, fix: str) -> None:
        if self._open.pop(flight.render.key, None) is None:
            return
        for step in flight.steps:
            self._unfinished[step.render.id] = message
            self._desk.listener(Failed(Action.RENDER, step.render.id, message, fix))
