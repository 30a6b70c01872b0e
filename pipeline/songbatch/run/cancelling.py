"""Cancels jobs under way at their services, for the holder of the project's lock.

Only what is sure is written down: a job that surely costs nothing has failed, and the next run asks
for its song anew. All others stay under way: the next run collects what came of them.
"""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from songbatch.diagnostics import DiskTrouble, EngineRefused, SongbatchError
from songbatch.engines.base import Cancellation, EngineError, Job, Ready, Verdict
from songbatch.store.ledger_records import FailedRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.engines.base import Canceller, JobEngine
    from songbatch.engines.catalog import Engines
    from songbatch.engines.entry import EngineContext
    from songbatch.run.jobs_under_way import ListedJob
    from songbatch.store.ledger import Ledger

AT_ONCE = 8
"""Jobs that are cancelled at once: meanwhile, the others may begin."""
WAITS = (0.5, 2.0, 5.0)
"""Seconds before a service that could not be asked is asked again."""
LONGEST_WAIT = 60.0
LOOKS = (0.0, 0.5, 1.5)
"""Seconds before each look at jobs that a service will stop if it can: most tell soon."""
OF_ALL = frozenset({Verdict.STOP, Verdict.UNREACHABLE})
"""What no other job of the service can be cancelled after."""


class JobCanceller:
    """Cancels jobs of a project, engine by engine. `refusal` is the first reason why one was not.

    What went wrong with one engine leaves the others alone.
    """

    def __init__(self, engines: Engines, context: EngineContext, ledger: Ledger) -> None:
        self._engines = engines
        self._context = context
        self._ledger = ledger
        self.refusal: SongbatchError | None = None

    def cancel(self, jobs: Sequence[ListedJob]) -> list[ListedJob]:
        """Return the jobs with what became of them. Raises DiskTrouble."""
        by_engine: dict[str, list[ListedJob]] = {}
        for job in jobs:
            by_engine.setdefault(job.record.engine, []).append(job)
        return [
            done for name, listed in by_engine.items() for done in self._cancel_at(name, listed)
        ]

    def _cancel_at(self, name: str, jobs: list[ListedJob]) -> Iterator[ListedJob]:
        own = [job for job in jobs if job.is_own]
        yield from (replace(job, why=_out_of_reach(job)) for job in jobs if not job.is_own)
        if not own:
            return
        try:
            with contextlib.closing(self._engines[name].open(self._context)) as opened:
                engine = cast("JobEngine", opened)
                if not hasattr(engine, "cancel"):
                    yield from (replace(job, outcome=Cancellation.IMPOSSIBLE) for job in own)
                    return
                engine.preflight()
                yield from self._looked_at(engine, self._ask(cast("Canceller", engine), own))
        except DiskTrouble:
            raise
        except SongbatchError as error:
            self._refuse(error)
            yield from (replace(job, why=str(error)) for job in own)

    def _ask(self, engine: Canceller, jobs: Sequence[ListedJob]) -> list[ListedJob]:
        """Ask for each job, several at a time; what is surely free is written down at once."""
        is_over = threading.Event()

        def ask(job: ListedJob) -> ListedJob:
            if is_over.is_set():
                return self._came(job, None)
            return self._came(job, _asked(engine, Job(job.record.job), is_over))

        with ThreadPoolExecutor(min(AT_ONCE, len(jobs))) as pool:
            try:
                return list(pool.map(ask, jobs))
            finally:
                is_over.set()

    def _came(self, job: ListedJob, came: Cancellation | EngineError | None) -> ListedJob:
        if came is Cancellation.DROPPED:
            return self._dropped(job, "cancelled before it began")
        if isinstance(came, Cancellation):
            return replace(job, outcome=came)
        if came is not None:
            self._refuse(came)
        return replace(job, why=str(came or self.refusal))

    def _refuse(self, error: SongbatchError) -> None:
        if isinstance(error, EngineError):
            error = EngineRefused(str(error), fix=error.fix)
        self.refusal = self.refusal or error

    def _dropped(self, job: ListedJob, message: str) -> ListedJob:
        record = FailedRecord(key=job.record.key, attempt=job.record.attempt, message=message)
        try:
            self._ledger.append(record)
        except OSError as error:
            raise DiskTrouble(error, may_be_paid=False) from error
        return replace(job, outcome=Cancellation.DROPPED)

    def _looked_at(self, engine: JobEngine, jobs: list[ListedJob]) -> list[ListedJob]:
        """Look how those stand that the service said it would stop."""
        for wait in LOOKS:
            open_ones = [Job(job.record.job) for job in jobs if job.outcome is Cancellation.ASKED]
            if not open_ones:
                break
            time.sleep(wait)
            try:
                states = engine.poll(open_ones)
            except EngineError:
                break
            for position, job in enumerate(jobs):
                state = states.get(job.record.job)
                if job.outcome is not Cancellation.ASKED:
                    continue
                if isinstance(state, EngineError) and state.verdict is Verdict.RETRY:
                    jobs[position] = self._dropped(job, str(state))
                elif isinstance(state, Ready):
                    jobs[position] = replace(job, outcome=Cancellation.OVER)
        return jobs


def _asked(engine: Canceller, job: Job, is_over: threading.Event) -> Cancellation | EngineError:
    """Ask to cancel a job, again where that can help."""
    for wait in (*WAITS, None):
        try:
            return engine.cancel(job)
        except EngineError as error:
            if error.verdict is Verdict.STOP or (wait is None and error.verdict in OF_ALL):
                is_over.set()
                return error
            if wait is None or error.verdict is Verdict.REJECTED or is_over.is_set():
                return error
            is_over.wait(min(error.retry_after or wait, LONGEST_WAIT))
    raise AssertionError


def _out_of_reach(job: ListedJob) -> str:
    if job.is_own is None:
        return f"the project has no engine {job.record.engine} any more"
    return f"{job.record.engine} has another address or key now"
