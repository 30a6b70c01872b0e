"""Requests that a service answers with a job: asked, submitted and booked in the order of money."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Self

import msgspec
from msgspec.structs import asdict

from songbatch.diagnostics import DiskTrouble
from songbatch.engines.base import Absent, EngineError, Job, Verdict
from songbatch.store import ledger_records as records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from songbatch.model import AudioFormat
    from songbatch.records import JobRecord, MadeReference
    from songbatch.sharing.notes import JobNote
    from songbatch.store.ledger import Ledger

    Finder = Callable[[str, str, Collection[str]], Job | Absent | None]


class JobUnderWay(msgspec.Struct, frozen=True):
    """A song that a service works on: the request that it came of, and its name there.

    `seconds` is how long it was asked to last, `usd` what it was planned to cost. One for a
    `reference` makes no song.
    """

    key: str
    attempt: int
    job: Job
    format: AudioFormat
    seed: int | None = None
    seconds: float | None = None
    usd: float | None = None
    reference: MadeReference | None = None

    @classmethod
    def of(cls, key: str, record: JobRecord) -> Self:
        """Return what the ledger has of a job that was asked for before."""
        # It may be done already: there is nothing to wait for.
        job = Job(record.job, poll_after=0.0)
        return cls(
            key,
            record.attempt,
            job,
            record.format,
            record.seed,
            record.seconds,
            record.usd,
            record.reference,
        )


def submitted(key: str, attempt: int, note: JobNote) -> records.SubmittedRecord:
    """Return another machine's job as this ledger has jobs."""
    return records.SubmittedRecord(key=key, attempt=attempt, **asdict(note))


def judged_by_price(error: EngineError, *, is_free: bool = False) -> EngineError:
    """Return the error of a job, or of asking for one, as its price makes it.

    What is lost may have been paid, unless it is free: then it can be asked for again, but only
    once where the service may be at work on it.
    """
    if is_free and error.verdict is Verdict.UNKNOWN:
        return error.but(verdict=Verdict.LOST, most_tries=1)
    if not is_free and error.verdict is Verdict.LOST:
        return error.but(verdict=Verdict.UNKNOWN)
    return error


class Submissions(msgspec.Struct, frozen=True):
    """Books requests in the ledger, whatever they are for."""

    ledger: Ledger
    is_over: threading.Event = msgspec.field(default_factory=threading.Event)
    """Set when the run has ended: a request that it left behind leaves the ledger alone."""

    def ask(
        self,
        key: str,
        attempt: int,
        name: str,
        engine: str,
        submit: Callable[[], Job],
        find: Finder,
        *,
        is_free: bool,
    ) -> Job:
        """Ask for a job of a render or reference called `name`, and write down before and behind.

        If the answer is lost, it is looked for at the service. Raises EngineError, DiskTrouble.
        """
        asked = False
        try:
            self._demand_run()
            self.book_asked(key, attempt, name, engine)
            asked = True
            try:
                job = self._submitted(submit, find)
            except EngineError as error:
                self._demand_run()
                judged = judged_by_price(error, is_free=is_free)
                self.book_failure(judged, key, attempt)
                raise judged from error
            self._demand_run()
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=asked) from error
        return job

    def book(self, under_way: JobUnderWay, engine: str, account: str) -> None:
        """Write down that a service has taken a request on. Raises DiskTrouble."""
        record = records.SubmittedRecord(
            key=under_way.key,
            attempt=under_way.attempt,
            job=under_way.job.id,
            engine=engine,
            account=account,
            format=under_way.format,
            seed=under_way.seed,
            seconds=under_way.seconds,
            usd=under_way.usd,
            reference=under_way.reference,
        )
        try:
            self.ledger.append(record)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=True) from error

    def _demand_run(self) -> None:
        if self.is_over.is_set():
            raise EngineError("the run did not wait for the answer", Verdict.LOST)

    def _submitted(self, submit: Callable[[], Job], find: Finder) -> Job:
        """Submit a request; if its answer is lost, look for the job at the service."""
        since = self.ledger.now()
        try:
            return submit()
        except EngineError as error:
            if error.verdict is not Verdict.UNKNOWN:
                raise
            found = self._found(find, since)
            if found is None:
                raise
            if isinstance(found, Absent):
                raise EngineError(f"{error}; it did not arrive", Verdict.RETRY) from error
            return found

    def _found(self, find: Finder, since: str) -> Job | Absent | None:
        try:
            return find(since, self.ledger.now(), self.ledger.known_jobs())
        except EngineError:
            return None

    def book_asked(self, key: str, attempt: int, name: str, engine: str) -> None:
        """Write down that a request is about to leave. Raises OSError."""
        self.ledger.append(records.AskedRecord(key=key, attempt=attempt, id=name, engine=engine))

    def book_failure(self, error: EngineError, key: str, attempt: int) -> None:
        """Write down that a request failed, or that nobody knows."""
        message = str(error)
        record: records.UnknownRecord | records.FailedRecord = (
            records.UnknownRecord(
                key=key, attempt=attempt, message=message, cost_usd=error.cost_usd
            )
            if error.verdict is Verdict.UNKNOWN
            else records.FailedRecord(key=key, attempt=attempt, message=message)
        )
        # Without a record of its outcome, an attempt counts as unknown.
        with contextlib.suppress(OSError):
            self.ledger.append(record)
