"""References of a run: each handed over once, however many songs wait for it.

All methods are for the deciding thread, like those of `songbatch.run.jobs`. Ids count only once
this thread has seen their upload land: a render that waits for two must not be handed out by both.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from songbatch.plan import Action
from songbatch.run.concurrency import Fixed
from songbatch.run.events import Retrying, StepDone, StepFailed, StepStarted
from songbatch.run.failures import may_be_paid
from songbatch.run.retry import Decision, Next
from songbatch.run.submitting import JobUnderWay
from songbatch.sharing.trouble import StoreTrouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from songbatch.engines.base import Verdict
    from songbatch.model import Uploaded
    from songbatch.records import UploadKey
    from songbatch.run.budget import Budget
    from songbatch.run.events import Listener
    from songbatch.run.jobs import JobCollector
    from songbatch.run.pending import PendingRender, PendingUpload
    from songbatch.run.retry import RetryPolicy
    from songbatch.run.scheduler import Lane, Scheduler
    from songbatch.run.shared.elsewhere import Elsewhere
    from songbatch.run.spending import Spending
    from songbatch.run.worker import RequestWorker
    from songbatch.sharing.claims import ClaimState

UPLOADS_AT_ONCE = 4
"""They cost nothing and take seconds; more would only share one line to the service."""


class Uploading:
    """The uploads of a run.

    `go_on` is called with a song that has waited for one, `give_up` with one that waits in vain,
    why, and a fix; `refused` hears of what ends the run. `decide` says what follows a failure.
    """

    def __init__(
        self,
        uploads: Mapping[UploadKey, PendingUpload],
        scheduler: Scheduler,
        worker: RequestWorker,
        listener: Listener,
        *,
        policy: RetryPolicy,
        spending: Spending,
        decide: Callable[[dict[Verdict, int], BaseException, RetryPolicy], Decision],
        go_on: Callable[[PendingRender], None],
        give_up: Callable[[PendingRender, str, str], None],
        refused: Callable[[BaseException], None],
    ) -> None:
        self._uploads = uploads
        self._worker = worker
        self._listener = listener
        self._policy = policy
        self._spending = spending
        self._decide = decide
        self._go_on = go_on
        self._give_up = give_up
        self._refused = refused
        self.lane: Lane[PendingUpload, Uploaded | JobUnderWay] = scheduler.lane(
            Fixed(UPLOADS_AT_ONCE),
            landed=self._landed,
            failed=self._not_done,
            unused=self._is_done_elsewhere,
            admits=self._admits,
        )
        self._jobs: JobCollector
        self._elsewhere: Elsewhere

    def connect(self, jobs: JobCollector, elsewhere: Elsewhere) -> None:
        """Say who watches the jobs of uploads, and who waits for other machines."""
        self._jobs, self._elsewhere = jobs, elsewhere

    def collect(self) -> None:
        """Watch the jobs that were under way when the run began."""
        for upload in self._uploads.values():
            if upload.job is not None:
                upload.queued = True
                self._listener(StepStarted(Action.COLLECT, upload.name))
                self._jobs.watch(upload.job, upload)

    def lacks(self, pending: PendingRender) -> list[PendingUpload]:
        """Return the uploads that a song has to wait for."""
        return [up for key in pending.uploads if (up := self._uploads[key]).ids is None]

    def wait(self, pending: PendingRender, lacking: list[PendingUpload]) -> None:
        """Do what a song lacks, and let it go on then."""
        for upload in lacking:
            upload.waiting[pending.position] = pending
            self.queue(upload)

    def note_ids(self, pending: PendingRender) -> None:
        """Note what the request for a song sends, whatever is uploaded again meanwhile."""
        pending.ids = {key: self._uploads[key].ids for key in pending.uploads}
        pending.used = {key: self._uploads[key].times for key in pending.uploads}

    def forget_ids(self, pending: PendingRender) -> bool:
        """Forget the ids that a request named; return whether they may be had again by themselves.

        Those that a job makes cost something: the next plan has them, with their price. One that
        this run made may not be known everywhere yet.
        """
        made = [upload for key in pending.used if (upload := self._uploads[key]).is_made]
        for upload in made:
            upload.is_lost = True
            if not upload.times:
                self._worker.forget(upload)
        # Another render may have had the reference uploaded again since these ids were sent.
        for key, times in pending.used.items():
            upload = self._uploads[key]
            if upload.times == times:
                upload.stale, upload.ids = upload.ids, None
        return not made

    def leave(self, under_way: dict[str, str]) -> None:
        """Take those out of the jobs under way that a run leaves at its end."""
        for upload in self._uploads.values():
            if under_way.pop(upload.key, None) is not None:
                upload.is_left = True
                self._spending.upload_left(upload)

    def left(self, pending: PendingRender) -> str | None:
        """Return which reference of a song is still being made at the service."""
        needed = (self._uploads[key] for key in pending.uploads)
        return next((each.name for each in needed if each.is_left), None)

    def queue(self, upload: PendingUpload, delay_seconds: float = 0.0) -> None:
        """Queue an upload, unless it is."""
        if not upload.queued:
            upload.queued = True
            work = partial(self._worker.upload, upload)
            self.lane.add(upload.position, upload, work, delay_seconds)

    def done(self, upload: PendingUpload, ids: Uploaded, took: float) -> None:
        """Let those go on that have waited for an upload."""
        upload.queued, upload.ids = False, ids
        upload.times += 1
        self._listener(StepDone(Action.UPLOAD, upload.name, took=round(took, 3)))
        waiting, upload.waiting = upload.waiting, {}
        for pending in waiting.values():
            self._go_on(pending)

    def failed(self, upload: PendingUpload, error: BaseException) -> None:
        """Do an upload again, or give up what waits for it."""
        if upload.is_made:
            self._spending.not_made(upload, error)
        upload.queued, upload.job = False, None
        policy = self._policy.of_paid if upload.is_made else self._policy
        decision = self._decide(upload.failures, error, policy)
        if upload.step is None and decision.next is not Next.STOP_RUN:
            decision = Decision(Next.FAIL)  # nobody wants it any more
        if decision.next is Next.AGAIN:
            wait = decision.delay_seconds
            self._listener(Retrying(Action.UPLOAD, upload.name, str(error), wait))
            self.queue(upload, wait)
            return
        fix = getattr(error, "fix", "")
        self._listener(StepFailed(Action.UPLOAD, upload.name, str(error), fix))
        if decision.next is Next.STOP_RUN:
            self._refused(error)
        why = f"its reference {upload.name} was not uploaded: {error}"
        if upload.is_made and may_be_paid(error):
            why = f"its reference {upload.name} may have been paid for without an answer: {error}"
            fix = fix or "run again: if nobody knows then either, the plan says how to pay again"
        for pending in upload.waiting.values():
            self._give_up(pending, why, fix)

    def _admits(self, upload: PendingUpload) -> bool:
        return not upload.is_made or self._budget.reserve(upload.usd, is_song=False)

    def _landed(self, upload: PendingUpload, result: Uploaded | JobUnderWay, took: float) -> None:
        if isinstance(result, JobUnderWay):
            self._jobs.watch(result, upload)
        else:
            self.done(upload, result, took)

    def _not_done(self, upload: PendingUpload, error: BaseException) -> None:
        if isinstance(error, StoreTrouble):
            self._free(upload)
            self._elsewhere.lost(upload, error)
        else:
            self.failed(upload, error)

    def _is_done_elsewhere(self, upload: PendingUpload, there: ClaimState) -> None:
        self._free(upload)
        self._elsewhere.wait_for(upload, there)

    def _free(self, upload: PendingUpload) -> None:
        upload.queued = False
        if upload.is_made:
            self._budget.release(upload.usd, is_song=False)

    @property
    def _budget(self) -> Budget:
        return self._spending.budget
