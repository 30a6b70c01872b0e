"""Songs that a service works on: one thread asks how they stand, a few fetch those that are done.

All methods are for the deciding thread. What goes wrong with a job alone is handed to the runner,
which decides as after any failed request; what goes wrong with the line is retried here.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.engines.base import EngineError, InProgress, JobState, Ready, Verdict
from songbatch.formatting import count
from songbatch.plan import Action
from songbatch.run.concurrency import Fixed
from songbatch.run.events import JobProgress, Retrying
from songbatch.run.job_watch import JobWatch, WatchedJob
from songbatch.run.pending import PendingRender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from songbatch.model import Uploaded
    from songbatch.run.events import Listener
    from songbatch.run.pending import Pending
    from songbatch.run.scheduler import Lane, Scheduler
    from songbatch.run.submitting import JobUnderWay
    from songbatch.run.worker import RequestWorker
    from songbatch.store.blobs import Received

COLLECTED_AT_ONCE = 4
MOST_TO_FETCH = 16
"""So many songs that are done may wait for being fetched while others are asked for."""
LINE_TRIES = 8
"""How often in a row the service may fail to say how its jobs stand, or to give a song away."""
LONGEST_LINE_WAIT = 30.0
"""Seconds between two such tries, at most."""


class Polled(msgspec.Struct, frozen=True):
    """How jobs stand, by their names at the service."""

    states: Mapping[str, JobState]


class Poll:
    """The one thing that the polling lane does, again and again."""


class JobCollector:
    """Watches the jobs of a run and fetches their songs.

    A job keeps its place in the lane `places` until it is done, or fetched if many are to be.
    `collected` is given what came of one, and how many seconds it was under way. `priced` is told
    what a job cost before its song is here, in US dollars, if that is known, `failed` of a job that
    came to nothing, `refused` of what ends the run; jobs that are not over then are left to
    another. Unless it `waits`, each is asked for once, and left if it is not done.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        places: Lane[Any, Any],
        worker: RequestWorker,
        listener: Listener,
        *,
        expected_seconds: float,
        first_wait: float,
        waits: bool = True,
        collected: Callable[[Pending, Received | Uploaded, float], None],
        priced: Callable[[Pending, float], None],
        failed: Callable[[Pending, EngineError], None],
        refused: Callable[[BaseException], None],
    ) -> None:
        self._places = places
        self._worker = worker
        self._listener = listener
        self._first_wait = first_wait
        self._waits = waits
        self._collected = collected
        self._priced = priced
        self._failed = failed
        self._refused = refused
        self._watch = JobWatch(expected_seconds)
        # A run that is stopped waits for neither: the next one asks again.
        self._polling: Lane[Poll, Polled] = scheduler.lane(
            Fixed(1),
            landed=self._polled,
            failed=self._line_failed,
            admits=self._gather,
            left=True,
        )
        self._collecting: Lane[WatchedJob, Received | Uploaded] = scheduler.lane(
            Fixed(COLLECTED_AT_ONCE), landed=self._fetched, failed=self._not_collected, left=True
        )
        self._batch: list[WatchedJob] = []
        self._failures = 0
        self._tries: dict[str, int] = {}
        self.left: dict[str, str] = {}
        """Jobs that this run does not wait for any longer, by key."""

    @property
    def under_way(self) -> dict[str, str]:
        """The jobs that nobody has fetched yet, by key."""
        watched = {job.under_way.key: job.id for job in self._watch}
        return watched | self.left

    def watch(self, under_way: JobUnderWay, pending: Pending) -> None:
        """Begin to watch a job."""
        now = time.monotonic()
        self._places.hold(now)
        self._watch.add(under_way, pending, now)
        self._queue_poll(under_way.job.poll_after)

    def look_once(self) -> None:
        """Ask once more for each job that is under way, and leave those that are not done."""
        self._waits = False
        self._watch.hurry(time.monotonic())
        self._queue_poll(0.0)

    def _fetched(self, watched: WatchedJob, result: Received | Uploaded, _took: float) -> None:
        self._over(watched)
        self._collected(watched.pending, result, time.monotonic() - watched.since)

    def _gather(self, _poll: object) -> bool:
        """Choose which jobs the poll that is about to leave asks for."""
        self._batch = self._watch.due(time.monotonic())
        return True

    def _queue_poll(self, delay_seconds: float) -> None:
        self._polling.add(0, Poll(), self._poll, delay_seconds)

    def _poll(self) -> Polled:
        jobs = [watched.under_way.job for watched in self._batch]
        return Polled(self._worker.poll(jobs) if jobs else {})

    def _polled(self, _poll: Poll, result: Polled, _took: float) -> None:
        if self._batch:
            self._failures = 0
            # One that the answer leaves out is no further, and may take too long all the same.
            as_before = {job.id: job.stands or InProgress() for job in self._batch}
            for name, state in (as_before | dict(result.states)).items():
                if (watched := self._watch.get(name)) is not None:
                    self._stands(watched, state)
        self._queue_next()

    def _queue_next(self) -> None:
        wait = self._watch.wait(time.monotonic())
        # A poll that is queued already finds nothing due, and asks for nothing.
        if wait is not None and not self._polling.waiting:
            self._queue_poll(max(wait, 0.01))

    def _line_failed(self, _poll: Poll, error: BaseException) -> None:
        self._failures += 1
        is_hopeless = not isinstance(error, EngineError) or error.verdict is Verdict.STOP
        if is_hopeless or not self._waits or self._failures > LINE_TRIES:
            self._refused(error)
            return
        wait = self._line_wait(self._failures)
        subject = count(len(self._watch), "song")
        self._listener(Retrying(Action.COLLECT, subject, str(error), wait))
        self._queue_poll(wait)

    def _line_wait(self, failures: int) -> float:
        return min(LONGEST_LINE_WAIT, self._first_wait * 2.0 ** (failures - 1))

    def _stands(self, watched: WatchedJob, state: JobState) -> None:
        if isinstance(state, EngineError):
            self._gone(watched, state, is_earlier=watched.pending.was_asked_before)
        elif isinstance(state, Ready):
            if state.cost_usd is not None:
                self._priced(watched.pending, state.cost_usd)
            self._collect(watched, state, 0.0)
        elif isinstance(state, InProgress):
            if state != watched.stands:
                watched.stands = state
                name = watched.pending.name
                self._listener(JobProgress(name, state.progress, state.position, state.stage))
            if not self._waits or self._watch.is_overdue(watched, time.monotonic()):
                self._leave(watched)

    def _collect(self, watched: WatchedJob, ready: Ready, delay_seconds: float) -> None:
        watched.is_collected, watched.ready = True, ready
        if self._to_fetch < MOST_TO_FETCH:
            self._free_place(watched)
        is_song = isinstance(watched.pending, PendingRender)
        fetch = self._worker.collect if is_song else self._worker.collect_reference
        work = partial(fetch, watched.under_way, ready)
        self._collecting.add(watched.pending.position, watched, work, delay_seconds)

    def _not_collected(self, watched: WatchedJob, error: BaseException) -> None:
        if not isinstance(error, EngineError) or error.verdict is Verdict.STOP:
            # The disk, the key: the song is still there, for a run that may have it.
            self._leave(watched)
            self._refused(error)
        elif error.verdict in {Verdict.LOST, Verdict.REJECTED}:
            self._gone(watched, error, is_made=True)
        else:
            tries = self._tries[watched.id] = self._tries.get(watched.id, 0) + 1
            if tries <= LINE_TRIES and watched.ready is not None:
                wait = self._line_wait(tries)
                name = watched.pending.name
                self._listener(Retrying(Action.COLLECT, name, str(error), wait))
                self._collect(watched, watched.ready, wait)
            elif error.verdict in {Verdict.UNREACHABLE, Verdict.SLOW_DOWN}:
                self._leave(watched)
                self._refused(error)
            else:
                # The service answers, and not with this song: the others go on.
                lost = EngineError(str(error), Verdict.LOST, fix=error.fix)
                self._gone(watched, lost, is_made=True)

    def _gone(
        self,
        watched: WatchedJob,
        error: EngineError,
        *,
        is_earlier: bool = False,
        is_made: bool = False,
    ) -> None:
        judged = self._worker.give_up(
            watched.under_way, error, is_earlier=is_earlier, is_made=is_made
        )
        self._over(watched)
        if error.verdict is Verdict.STOP and judged.verdict is Verdict.UNKNOWN:
            # What may be paid is held, and no other song of this run can succeed either.
            self._refused(error)
        self._failed(watched.pending, judged)

    def _leave(self, watched: WatchedJob) -> None:
        self._over(watched)
        self.left[watched.under_way.key] = watched.id

    def _over(self, watched: WatchedJob) -> None:
        self._watch.drop(watched.id)
        self._free_place(watched)

    def _free_place(self, watched: WatchedJob) -> None:
        """Let the service begin another song in place of this one."""
        if watched.has_place:
            watched.has_place = False
            self._places.let_go(time.monotonic(), watched.since)

    @property
    def _to_fetch(self) -> int:
        return sum(not job.has_place for job in self._watch)
