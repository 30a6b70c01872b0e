"""The queue: jobs wait, run and end; polls move them on, and no clock does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.fal.books import Charge
from support.fal.catalog import MODELS
from support.fal.failures import Failure, invalid, platform_failure
from support.fal.jobs import Job
from support.fal.makers import Invalid, make
from support.fal.troubles import Trouble

if TYPE_CHECKING:
    from support.fal.server import FalServer

LARGE = 10_000
"""Bytes from which on the answer of a job is kept for a shorter time, if payloads are not."""
KEPT, LARGE_KEPT = 3600.0, 360.0
"""Seconds that such an answer is kept for."""
CANCELLED = platform_failure(499, "client_cancelled", "The request was cancelled")
TOO_LATE = platform_failure(
    504, "request_timeout", "Not started in time", {"X-Fal-Request-Timeout-Type": "user"}
)


class Queue:
    """The jobs. Switches may be set between requests.

    Each job is found waiting at `positions`, one a poll, then running by `running_polls` polls;
    `concurrency` jobs run at once. `rejects_at_once`: an invalid input is refused when it is sent,
    not when it is done. `rejected_units` are billed for a job that ends with 422.
    `cancels_running`: a job that runs is stopped, and not charged. `cancelled_units` are told of a
    job that was cancelled, None where nothing is. `stores_payloads`: inputs and
    answers are kept. `result_seconds` and `results_given` limit how long and how often a result
    can be had. `gone` are endpoints that are not there any more; `locked` is the reason why
    nothing more is taken, `credit` the dollars after which that is so by itself.
    """

    def __init__(self, server: FalServer) -> None:
        self.positions: tuple[int, ...] = ()
        self.running_polls = 0
        self.concurrency: int | None = None
        self.rejects_at_once = False
        self.rejected_units = 0.0
        self.cancels_running = False
        self.cancelled_units: float | None = None
        self.stores_payloads = True
        self.result_seconds: float | None = None
        self.results_given: int | None = None
        self.gone: set[str] = set()
        self.locked = ""
        self.credit: float | None = None
        self.models = dict(MODELS)
        self.jobs: list[Job] = []
        self._permits: int | None = None
        self._server = server

    def alive(self, status: str) -> list[Job]:
        """Return the jobs in a status, in order."""
        return [job for job in self.jobs if job.status == status]

    def ahead_of(self, job: Job) -> int:
        """Return how many jobs wait before this one."""
        queued = self.alive("queued")
        return queued.index(job) if job in queued else 0

    def find(self, app: str, request_id: str) -> Job | None:
        """Return a job by what its addresses say."""
        known = (job for job in self.jobs if not job.is_forgotten)
        return next((j for j in known if (j.app, j.request_id) == (app, request_id)), None)

    def stores(self, job: Job) -> bool:
        """Return whether input and answer of a job are kept for listings."""
        return self.stores_payloads and job.headers.get("x-fal-store-io") != "0"

    def is_expired(self, job: Job, size: int) -> bool:
        """Return whether a job's answer, of so many bytes, can be had no longer."""
        if self.results_given is not None and job.results >= self.results_given:
            return True
        kept = self.result_seconds
        if kept is None and not self.stores(job):
            kept = LARGE_KEPT if size >= LARGE else KEPT
        return kept is not None and self._server.now() - (job.ended or 0.0) >= kept

    def take(self, endpoint: str, given: Mapping[str, Any], headers: Mapping[str, str]) -> Job:
        """Enter a job of the client."""
        job = Job(self.models[endpoint], given, headers, Trouble("none"), self._server.now())
        job.trouble = trouble = self._server.next_trouble(job.names) or job.trouble
        positions = self.positions if trouble.positions is None else trouble.positions
        job.positions = list(positions)
        polls = self.running_polls if trouble.running_polls is None else trouble.running_polls
        job.running_polls = polls
        self.jobs.append(job)
        return job

    def add(self, endpoint: str, given: Mapping[str, Any], ago: float) -> Job:
        """Enter a job of another program of the same account, which was sent so long ago."""
        sent = self._server.now() - ago
        job = Job(self.models[endpoint], given, {}, Trouble("none"), sent, is_foreign=True)
        self.jobs.append(job)
        self.move()
        return job

    def cancel(self, job: Job) -> None:
        """Drop a job that waits; one that runs goes on, unless `cancels_running`."""
        if job.status == "queued" or self.cancels_running:
            if self.cancelled_units is not None:
                job.units = Decimal(str(self.cancelled_units))
            self._end(job, CANCELLED)
            self.move()

    def forbid(self) -> None:
        """Let no job end, though they start."""
        self._permits = 0

    def allow(self, count: int | None) -> None:
        """Let so many more jobs end; None lets all."""
        self._permits = count if count is None else (self._permits or 0) + count
        self.move()

    def complete(self) -> None:
        """Let every job end now, however often it was to be asked for; held ones stay."""
        for job in self.jobs:
            job.positions.clear()
            job.running_polls = 0
        self.move()

    def move(self) -> None:
        """Start and end what may be."""
        while self._start_next() or self._end_next():
            pass
        self._server.changed.notify_all()

    def _start_next(self) -> bool:
        now = self._server.now()
        is_full = self.concurrency is not None and len(self.alive("running")) >= self.concurrency
        for job in self.alive("queued"):
            if now - job.sent > float(job.headers.get("x-fal-request-timeout", "inf")):
                self._end(job, TOO_LATE)
                return True
            if not job.positions and not is_full:
                job.status, job.started = "running", now
                return True
        return False

    def _end_next(self) -> bool:
        for job in self.alive("running"):
            if job.running_polls or self._permits == 0:
                continue
            if self._permits is not None:
                self._permits -= 1
            self._carry_out(job)
            return True
        return False

    def _carry_out(self, job: Job) -> None:
        if job.trouble.failure is not None:
            self._end(job, job.trouble.failure)
            return
        try:
            made = make(job, self._server)
        except Invalid as failure:
            self._end(job, invalid(failure.problems))
            return
        other = job.trouble.units
        job.units = made.units if other is None else Decimal(str(other))
        job.seconds = made.seconds
        job.output = made.output if job.trouble.output is None else job.trouble.output
        self._end(job, None)

    def _end(self, job: Job, failure: Failure | None) -> None:
        job.status, job.ended, job.failure = "done", self._server.now(), failure
        if failure is not None and failure.status == 422 and self.rejected_units:
            job.units = Decimal(str(self.rejected_units))
        if job.units is None or job.is_foreign:
            return
        unit_usd = self._server.pricing.price(job.endpoint).unit_usd
        status = job.status_code or 0
        charge = Charge(job.request_id, job.endpoint, job.units, unit_usd, job.ended, status)
        self._server.books.charges.append(charge)
