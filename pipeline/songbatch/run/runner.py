"""Applies the sending half of a plan: uploads, then the renders that need them.

One thread decides (`run`) and owns all state; the scheduler's threads do single requests and write
outputs (`songbatch.run.worker`). A bug in either ends the run, and loses nothing that was finished
or is in flight.

A key is asked for once however many renders have it.
"""

from __future__ import annotations

import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from songbatch.diagnostics import SongbatchError
from songbatch.engines.base import EngineError, Verdict
from songbatch.model import Uploaded
from songbatch.plan import Action
from songbatch.records import NOT_ASKED, NOT_ASKED_FOR, NOT_ASKED_YET
from songbatch.run.concurrency import Fixed
from songbatch.run.events import Draining, Retrying, StepDone, StepFailed, StepStarted
from songbatch.run.failures import (
    is_disk_trouble,
    overcharge,
    refusal,
    too_many,
)
from songbatch.run.jobs import JobCollector
from songbatch.run.pending import (
    LeftBehind,
    Pending,
    PendingRender,
    PendingUpload,
    SendResult,
    pending_work,
    spread,
)
from songbatch.run.retry import LONGEST_REFUSED, Decision, Next
from songbatch.run.scheduler import MOST_THREADS, NotAdmitted, Scheduler
from songbatch.run.shared.elsewhere import Elsewhere
from songbatch.run.spending import Spending
from songbatch.run.submitting import JobUnderWay
from songbatch.run.uploading import Uploading
from songbatch.run.worker import RequestWorker
from songbatch.sharing.trouble import StoreTrouble
from songbatch.store.blobs import Received

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from songbatch.model import Render
    from songbatch.plan import Plan
    from songbatch.records import Entry, JobRecord, Receipt
    from songbatch.run.budget import Budget
    from songbatch.run.concurrency import Limit
    from songbatch.run.context import RunContext
    from songbatch.run.requests import Requests
    from songbatch.run.retry import RetryPolicy
    from songbatch.run.scheduler import Completion, Lane
    from songbatch.run.shared.claims import RunClaims
    from songbatch.sharing.songs import SharedSong

FILED_AT_ONCE = 4
"""However many answers arrive at once, so many songs are held in memory; the others wait on the
disk, and hold up no request."""

SUBMITTED_AT_ONCE = 8
"""A job is asked for in a moment, and needs no thread while it is under way."""

LEFT_AFTER_SECONDS = 3.0
"""Somebody who interrupts a run waits no longer for a service to take a song that costs nothing."""

JOB_TRIES_AGAIN = 1
"""How often a song is asked for again whose job failed at the service, which gives no reason."""

CROWDED_TRIES = 4
"""So often the wait grows after which a full queue is tried again."""


class Runner:
    """One run of the sending half of a plan.

    `before` returns what the last manifests say of a render's audio; `jobs` are those under way
    that the plan was decided on, `unknown` the requests by key that may have been paid. A run that
    does not wait looks at jobs once. With `claims`, other machines ask for songs of this plan, too.
    """

    def __init__(
        self,
        plan: Plan,
        requests: Requests,
        context: RunContext,
        *,
        limit: Limit,
        policy: RetryPolicy,
        budget: Budget,
        before: Callable[[Render], Entry | None],
        jobs: Mapping[str, JobRecord],
        unknown: Mapping[str, int],
        waits: bool = True,
        claims: RunClaims | None = None,
    ) -> None:
        self._plan = plan
        self._context = context
        self._policy = policy
        self._budget = budget
        self._spending = Spending(budget)
        self._worker = RequestWorker(requests, context, before, claims)
        self._claims = claims
        self._chance = random.Random().random  # noqa: S311  (spreads retries, decides no audio)
        self._limit = limit
        self._open, uploads = pending_work(plan, context.ledger.state, jobs, unknown)
        if claims is not None:
            spread(self._open.values(), claims.place)
        self._scheduler = Scheduler()
        self._uploading = Uploading(
            uploads,
            self._scheduler,
            self._worker,
            context.listener,
            policy=policy,
            spending=self._spending,
            decide=self._decide,
            go_on=self._queue,
            give_up=self._fail,
            refused=self._ask_no_more,
        )
        has_jobs = requests.traits.has_jobs
        self._generating: Lane[PendingRender, Received | JobUnderWay] = self._scheduler.lane(
            limit,
            too_many,
            landed=self._asked,
            failed=self._not_asked_for,
            unused=self._is_elsewhere,
            admits=self._admits,
            left_after=LEFT_AFTER_SECONDS if has_jobs and requests.is_free else None,
            threads=SUBMITTED_AT_ONCE if has_jobs else MOST_THREADS,
        )
        self._filing: Lane[PendingRender, Receipt] = self._scheduler.lane(
            Fixed(FILED_AT_ONCE), landed=self._filed, failed=self._render_failed, drains=True
        )
        self._elsewhere = Elsewhere(
            self._scheduler,
            self._worker,
            context.listener,
            self._chance,
            again=self._again,
            pulled=self._pulled,
            held=self._hold,
            refused=self._ask_no_more,
        )
        self._jobs = JobCollector(
            self._scheduler,
            self._generating,
            self._worker,
            context.listener,
            expected_seconds=plan.seconds_per_render,
            first_wait=policy.first_wait,
            waits=waits,
            collected=self._job_done,
            priced=self._spending.seen,
            failed=self._job_failed,
            refused=self._refuse,
        )
        self._uploading.connect(self._jobs, self._elsewhere)
        self._unfinished: dict[str, str] = {}
        self._fixes: dict[str, str] = {}
        self._not_asked: set[str] = set()
        self._held: set[str] = set()
        self._restored: set[str] = set()
        self._asked_again: set[str] = set()
        self._refusal: SongbatchError | None = None
        self._bug: Exception | None = None
        self._interrupted = False
        self._collected = 0

    def stop(self) -> None:
        """Send nothing more and wait for what is in flight: it is paid for. Signal safe."""
        self._interrupted = True
        self._scheduler.stop(is_hurried=True)

    @property
    def left_behind(self) -> LeftBehind:
        """What would be left if the run ended now. Safe from any thread."""
        jobs = len(self._jobs.under_way)
        is_paid = not self._plan.is_free
        return LeftBehind(self._generating.working, jobs, is_paid)

    def run(self) -> SendResult:
        """Send what the plan sends. Raises nothing: failures and bugs are in the result."""
        self._survive(self._decide_all)
        left = self._worker.leave()
        under_way = self._jobs.under_way
        self._uploading.leave(under_way)
        for pending in self._open.values():
            job = under_way.get(pending.key)
            why = self._why_open(pending) if job is None else f"under way as the job {job}"
            if pending.key in left:
                why = "asked for, but not answered before the run was interrupted"
            if job is not None:
                self._spending.left(pending)
            self._leave_unfinished(pending, why)
        return SendResult(
            finished=self._worker.finished,
            unfinished=self._unfinished,
            not_asked=frozenset(self._not_asked),
            held=frozenset(self._held),
            restored=frozenset(self._restored),
            asked_again=frozenset(self._asked_again),
            fixes=self._fixes,
            under_way=under_way,
            collected=self._collected,
            refusal=self._refusal,
            interrupted=self._interrupted,
            spent_usd=self._spending.charged_usd,
            computed_usd=self._spending.computed_usd,
            assumed_usd=self._spending.assumed_usd,
            unknown_usd=self._spending.unknown_usd,
            worst=self._budget.worst,
            cheapest=self._spending.cheapest,
            bug=self._bug,
        )

    def _admits(self, pending: PendingRender) -> bool:
        return self._budget.reserve(pending.price.counted)

    def _decide_all(self) -> None:
        self._uploading.collect()
        for pending in list(self._open.values()):
            if pending.job is None:
                self._queue(pending)
            else:
                self._context.listener(StepStarted(Action.COLLECT, pending.name))
                self._jobs.watch(pending.job, pending)
        for completion in self._scheduler.completions(lambda: self._survive(self._draining)):
            self._survive(partial(self._settle, completion))
        if self._scheduler.bug is not None:
            raise self._scheduler.bug

    def _survive(self, act: Callable[[], None]) -> None:
        """Do something; a bug in it ends the run, but not what is in flight: that is paid."""
        try:
            act()
        except Exception as bug:
            self._has_bug(bug)

    def _has_bug(self, bug: BaseException) -> None:
        if self._bug is None:
            self._bug = bug if isinstance(bug, Exception) else RuntimeError(repr(bug))
        self._scheduler.stop()

    def _why_open(self, pending: PendingRender) -> str:
        if (upload := self._uploading.left(pending)) is not None:
            return f"{NOT_ASKED_FOR}its reference {upload} is under way, run again to collect it"
        bug = "the run ended because of a bug of songbatch" if self._bug is not None else None
        why = self._refusal or bug
        if why is None:
            return NOT_ASKED
        return f"not asked for again: {why}" if pending.was_taken else f"{NOT_ASKED_FOR}{why}"

    def _draining(self) -> None:
        if self._interrupted and self._scheduler.in_flight:
            self._context.listener(Draining(self._scheduler.in_flight))

    def _queue(self, pending: PendingRender, delay_seconds: float = 0.0) -> None:
        """Queue a request, or the uploads that it lacks."""
        lacking = self._uploading.lacks(pending)
        if lost := next((upload for upload in lacking if upload.is_lost), None):
            self._fail(pending, f"the service does not know its reference {lost.name} any more")
            return
        if lacking:
            self._uploading.wait(pending, lacking)
            return
        self._uploading.note_ids(pending)
        self._generating.add(
            pending.position, pending, lambda: self._worker.ask(pending), delay_seconds
        )

    def _again(self, pending: Pending, delay_seconds: float) -> None:
        if isinstance(pending, PendingUpload):
            self._uploading.queue(pending, delay_seconds)
        else:
            self._queue(pending, delay_seconds)

    # What the deciding thread does with what they did

    def _settle(self, completion: Completion[Any, Any]) -> None:
        job, error = completion.job, completion.error
        if isinstance(error, NotAdmitted):
            self._not_admitted(job)
        elif error is not None and not isinstance(error, SongbatchError | OSError):
            self._has_bug(error)
        else:
            completion.settle()

    def _not_admitted(self, job: Pending) -> None:
        spent = overcharge(self._plan.engine.name, self._plan.tariff, self._budget)
        for pending in job.waiting.values() if isinstance(job, PendingUpload) else [job]:
            self._fail(pending, *spent)

    def _asked(self, pending: PendingRender, result: Received | JobUnderWay, took: float) -> None:
        self._elsewhere.found()
        if isinstance(result, JobUnderWay):
            self._jobs.watch(result, pending)
        else:
            self._received(pending, result, took)

    def _not_asked_for(self, pending: PendingRender, error: BaseException) -> None:
        if isinstance(error, StoreTrouble):
            self._budget.release(pending.price.counted)
            self._elsewhere.lost(pending, error)
        else:
            self._render_failed(pending, error)

    def _is_elsewhere(self, pending: PendingRender, there: SharedSong) -> None:
        self._budget.release(pending.price.counted)
        self._elsewhere.take(pending, there)

    def _pulled(self, pending: PendingRender) -> None:
        del self._open[pending.key]
        self._restored.update(step.render.id for step in pending.steps)

    def _job_done(self, pending: Pending, result: Received | Uploaded, took: float) -> None:
        if isinstance(pending, PendingUpload) and isinstance(result, Uploaded):
            self._spending.made(pending, result.cost_usd)
            self._uploading.done(pending, result, took)
        elif isinstance(pending, PendingRender) and isinstance(result, Received):
            self._received(pending, result, took)

    def _received(self, pending: PendingRender, received: Received, took: float) -> None:
        # Nothing comes before this: the answer is paid.
        file = partial(self._worker.file, pending, received)
        self._filing.add(pending.position, pending, file)
        pending.took = took
        is_computed = received.facts is not None and received.facts.cost_kind == "computed"
        self._spending.answered(pending, received.cost_usd, is_computed=is_computed)

    def _job_failed(self, pending: Pending, error: EngineError) -> None:
        if error.verdict is Verdict.RETRY:
            pending.jobs_failed += 1
            if pending.jobs_failed > JOB_TRIES_AGAIN:
                error = error.but(verdict=Verdict.REJECTED)
        if isinstance(pending, PendingUpload):
            self._uploading.failed(pending, error)
        else:
            self._render_failed(pending, error)

    def _render_failed(self, pending: PendingRender, error: BaseException) -> None:
        self._spending.failed(pending, error)
        # What was under way is over; from now on it is a request like any other.
        pending.job = None
        decision = self._decide(pending.failures, error, self._policy)
        if self._is_shut_out():
            decision = Decision(Next.STOP_RUN)
        elif not pending.steps and decision.next is not Next.STOP_RUN:
            decision = Decision(Next.FAIL)  # nobody wants it any more
        if decision.next is Next.AGAIN or (
            decision.next is Next.REUPLOAD and self._uploading.forget_ids(pending)
        ):
            self._retry(pending, error, decision)
        else:
            if decision.next is Next.STOP_RUN:
                self._ask_no_more(error)
            message, fix = str(error), getattr(error, "fix", "")
            if isinstance(error, EngineError) and not pending.was_taken:
                if error.verdict is Verdict.UNREACHABLE and self._refusal is not None:
                    return  # it stays open, as those that the run did not come to
                message, fix = NOT_ASKED_YET + message, fix or "run again later"
            self._fail(pending, message, fix)

    def _filed(self, pending: PendingRender, receipt: Receipt, _took: float) -> None:
        del self._open[pending.key]
        self._spending.filed(pending, receipt)
        if not pending.steps:
            self._collected += 1
            took, why = round(pending.took, 3), "of no song of this run: kept in the store"
            self._context.listener(StepDone(Action.COLLECT, pending.name, why, took=took))
        for step in pending.steps:
            asked = step.action in {Action.RENDER, Action.COLLECT}
            action = step.action
            if action is Action.COLLECT and not pending.was_asked_before:
                self._asked_again.add(step.render.id)
                action = Action.RENDER
            self._context.listener(
                StepDone(
                    action,
                    step.render.id,
                    step.why,
                    step.render.output,
                    took=round(pending.took, 3) if asked else None,
                    seconds=receipt.seconds,
                    cost_usd=receipt.cost_usd if asked and not pending.was_asked_before else 0.0,
                    cost_is_assumed=asked and pending.charged_usd is None,
                    on=pending.made_on or UNSET,
                )
            )

    def _retry(self, pending: PendingRender, error: BaseException, decision: Decision) -> None:
        self._context.listener(
            Retrying(Action.RENDER, pending.name, str(error), decision.delay_seconds)
        )
        self._queue(pending, decision.delay_seconds)

    def _decide(
        self, failures: dict[Verdict, int], error: BaseException, policy: RetryPolicy
    ) -> Decision:
        if isinstance(error, EngineError):
            verdict = error.verdict
            if verdict is Verdict.SLOW_DOWN and self._jobs.under_way:
                # What fills the service's queue is ours, and gets done.
                failures[verdict] = min(failures.get(verdict, 0), CROWDED_TRIES)
            failures[verdict] = failures.get(verdict, 0) + 1
            if error.most_tries is not None and failures[verdict] > error.most_tries:
                return Decision(Next.FAIL)
            return policy.decide(verdict, failures[verdict], error.retry_after, self._chance)
        return Decision(Next.STOP_RUN if is_disk_trouble(error) else Next.FAIL)

    def _is_shut_out(self) -> bool:
        since = self._limit.refused_since
        return since is not None and time.monotonic() - since > LONGEST_REFUSED

    def _ask_no_more(self, error: BaseException) -> None:
        """End the run, but fetch first what is done: it may not be there for long."""
        if is_disk_trouble(error) or not self._jobs.under_way:
            self._refuse(error)
            return
        if self._refusal is None:
            self._refusal = refusal(error)
        self._generating.is_closed = self._uploading.lane.is_closed = True
        self._jobs.look_once()

    def _refuse(self, error: BaseException) -> None:
        if self._refusal is None:
            self._refusal = refusal(error)
        self._scheduler.stop()

    def _hold(self, pending: PendingRender, message: str, fix: str) -> None:
        self._held.update(step.render.id for step in pending.steps)
        self._fail(pending, message, fix, is_held=True)

    def _fail(
        self, pending: PendingRender, message: str, fix: str = "", *, is_held: bool = False
    ) -> None:
        if self._open.pop(pending.key, None) is None:
            return
        if self._claims is not None:
            self._elsewhere.end(pending, message)
        if not pending.steps:
            self._context.listener(StepFailed(Action.COLLECT, pending.name, message, fix))
        self._leave_unfinished(pending, message)
        for step in pending.steps:
            if fix:
                self._fixes[step.render.id] = fix
            name, held = step.render.id, is_held or UNSET
            self._context.listener(StepFailed(Action.RENDER, name, message, fix, held))

    def _leave_unfinished(self, pending: PendingRender, why: str) -> None:
        ids = [step.render.id for step in pending.steps]
        self._unfinished |= dict.fromkeys(ids, why)
        if not (pending.is_asked or pending.was_asked_before):
            self._not_asked.update(ids)
