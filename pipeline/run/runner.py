"""Applies the sending half of a plan: uploads, then the renders that need them.

One thread decides (`run`) and owns all state; the scheduler's threads do single requests and write
outputs. A key is asked for once however many renders have it; an upload is done once however many
keys need it. Ids count only once the deciding thread has seen their upload land: a render that
waits for two uploads must not be handed out by both.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from pipeline.diagnostics import SongbatchError
from pipeline.engines.base import EngineError, Verdict
from pipeline.model import Uploaded
from pipeline.plan import Action, upload_key
from pipeline.records import Receipt
from pipeline.run.concurrency import Fixed
from pipeline.run.events import Done, Draining, Failed, Retrying, Started
from pipeline.run.failures import is_disk_trouble, may_be_paid, refusal, too_many
from pipeline.run.flights import Flight, Ran, Upload
from pipeline.run.requests import Answered, Requests
from pipeline.run.retry import LONGEST_REFUSED, Decision, Next
from pipeline.run.scheduler import Scheduler
from pipeline.run.settle import deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.model import ReferenceUse, Render
    from pipeline.plan import Plan
    from pipeline.records import Entry, UploadKey
    from pipeline.run.budget import Budget
    from pipeline.run.concurrency import Limit
    from pipeline.run.retry import RetryPolicy
    from pipeline.run.scheduler import Landing
    from pipeline.run.settle import Desk

UPLOADS_AT_ONCE = 4
"""They cost nothing and take seconds; more would only share one line to the service."""

FILED_AT_ONCE = 4
"""However many answers arrive at once, so many songs are held in memory; the others wait on the
disk, and hold up no request."""


class Runner:
    """One run of the sending half of a plan.

    `before` returns what the last manifests say of a render's audio.
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
        before: Callable[[Render], Entry | None],
    ) -> None:
        self._plan = plan
        self._requests = requests
        self._desk = desk
        self._policy = policy
        self._budget = budget
        self._before = before
        self._chance = random.Random().random  # noqa: S311  (spreads retries, decides no audio)
        self._limit = limit
        self._scheduler: Scheduler[Uploaded | Answered | Receipt] = Scheduler()
        self._uploading = self._scheduler.lane(Fixed(UPLOADS_AT_ONCE))
        self._generating = self._scheduler.lane(limit, too_many)
        self._filing = self._scheduler.lane(Fixed(FILED_AT_ONCE), drains=True)
        self._uploads: dict[UploadKey, Upload] = {}
        self._open: dict[str, Flight] = {}
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

    def _flights(self) -> Iterable[Flight]:
        uploads = {step.key: step for step in self._plan.uploads}
        state = self._desk.ledger.state
        for position, step in enumerate(self._plan.renders):
            key = step.render.key
            if step.action is Action.SHARE and key in self._open:
                self._open[key].steps.append(step)
            elif step.action is Action.RENDER:
                unknown = {Verdict.UNKNOWN: state.unknown_outcomes(key)}
                self._open[key] = Flight([step], position, unknown)
                for need in step.uploads:
                    if need not in self._uploads:
                        ids = state.uploads.get(need)
                        self._uploads[need] = Upload(uploads[need], position, ids)
        return list(self._open.values())

    def _queue(self, flight: Flight, delay: float = 0.0) -> None:
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

    def _queue_upload(self, upload: Upload, delay: float = 0.0) -> None:
        if not upload.queued:
            upload.queued = True
            self._uploading.add(upload.position, upload, lambda: self._upload(upload), delay)

    # What the scheduler's threads do

    def _upload(self, upload: Upload) -> Uploaded:
        self._desk.listener(Started(Action.UPLOAD, upload.name))
        return self._requests.upload(upload.step, upload.times + 1)

    def _generate(self, flight: Flight) -> Answered:
        render = flight.render
        voice = self._sent(flight, render.voice)
        instrumental = self._sent(flight, render.instrumental)
        self._desk.listener(Started(Action.RENDER, render.id))
        return self._requests.ask(
            render,
            voice.voice_id if voice else None,
            instrumental.instrumental_id if instrumental else None,
        )

    def _file(self, flight: Flight, answered: Answered) -> Receipt:
        arrival = self._requests.book(answered)
        for step in flight.steps:
            before = self._before(flight.render)
            self._finished[step.render.id] = deliver(step.render, arrival, self._desk, before)
        return arrival.receipt

    def _sent(self, flight: Flight, use: ReferenceUse | None) -> Uploaded | None:
        if use is None:
            return None
        return flight.ids[upload_key(self._requests.engine.account, use)]

    # What the deciding thread does with what they did

    def _take(self, landing: Landing[Uploaded | Answered | Receipt]) -> None:
        job, result, error = landing.job, landing.result, landing.error
        if error is not None and not isinstance(error, SongbatchError | OSError):
            self._bug = self._bug or error
            self._scheduler.stop()
        elif isinstance(job, Upload):
            job.queued = False
            if isinstance(result, Uploaded):
                self._uploaded(job, result, landing.took)
            elif error is not None:
                self._upload_failed(job, error)
        elif isinstance(job, Flight):
            if isinstance(result, Answered):
                job.took = landing.took
                self._filing.add(job.position, job, lambda: self._file(job, result))
            elif isinstance(result, Receipt):
                self._landed(job, result)
            elif error is not None:
                self._flight_failed(job, error)

    def _uploaded(self, upload: Upload, ids: Uploaded, took: float) -> None:
        upload.ids = ids
        upload.times += 1
        self._desk.listener(Done(Action.UPLOAD, upload.name, took=round(took, 3)))
        waiting, upload.waiting = upload.waiting, {}
        for flight in waiting.values():
            self._queue(flight)

    def _upload_failed(self, upload: Upload, error: BaseException) -> None:
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

    def _flight_failed(self, flight: Flight, error: BaseException) -> None:
        if may_be_paid(error):
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

    def _landed(self, flight: Flight, receipt: Receipt) -> None:
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
                    took=round(flight.took, 3) if asked else None,
                    seconds=receipt.seconds,
                    cost_usd=receipt.cost_usd if asked else 0.0,
                )
            )

    def _retry(self, flight: Flight, error: BaseException, decision: Decision) -> None:
        self._desk.listener(Retrying(Action.RENDER, flight.render.id, str(error), decision.delay))
        self._queue(flight, decision.delay)

    def _decide(self, failures: dict[Verdict, int], error: BaseException) -> Decision:
        if isinstance(error, EngineError):
            failures[error.verdict] = failures.get(error.verdict, 0) + 1
            return self._policy.decide(
                error.verdict, failures[error.verdict], error.retry_after, self._chance
            )
        return Decision(Next.STOP_RUN if is_disk_trouble(error) else Next.FAIL)

    def _is_shut_out(self) -> bool:
        since = self._limit.refused_since
        return since is not None and time.monotonic() - since > LONGEST_REFUSED

    def _forget_ids(self, flight: Flight) -> None:
        # Another render may have had the reference uploaded again since these ids were sent.
        for key, times in flight.used.items():
            if self._uploads[key].times == times:
                self._uploads[key].ids = None

    def _refuse(self, error: BaseException) -> None:
        if self._refusal is None:
            self._refusal = refusal(error)
        self._scheduler.stop()

    def _fail(self, flight: Flight, message: str, fix: str) -> None:
        if self._open.pop(flight.render.key, None) is None:
            return
        for step in flight.steps:
            self._unfinished[step.render.id] = message
            self._desk.listener(Failed(Action.RENDER, step.render.id, message, fix))
