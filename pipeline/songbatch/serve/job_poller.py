"""Jobs of many clients at one service: all of them asked for at once, every second or sooner."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import msgspec
from starlette.concurrency import run_in_threadpool

from songbatch.engines.base import (
    EngineError,
    InProgress,
    Ready,
    Verdict,
    seconds_between_looks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.base import Job, JobEngine, JobState

POLL_SECONDS = 1.0
"""Between two looks, at a service that is not fast."""
LONGEST_JOB_SECONDS = 1800.0
"""A job that takes longer is not waited for: it must not keep others out for ever."""
LINE_SECONDS = 60.0
"""For so long a service may fail to say how its jobs stand: as long as a restart takes."""


class _AwaitedJob(msgspec.Struct, eq=False):
    job: Job
    end: asyncio.Future[Ready]
    since: float


class JobPoller:
    """Waits for the ends of jobs. Used by one event loop; it asks only while somebody waits.

    `is_free` says whether jobs that are lost sight of cost nothing. A song takes about
    `expected_seconds`: at a fast service, it is asked for more often.
    """

    def __init__(self, engine: JobEngine, *, is_free: bool, expected_seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds_between_looks(POLL_SECONDS, expected_seconds)
        self._is_free = is_free
        self._jobs: dict[str, _AwaitedJob] = {}
        self._polling: asyncio.Task[None] | None = None
        self._failing_since: float | None = None

    async def end_of(self, job: Job) -> Ready:
        """Wait until a job is done. Raises EngineError for any other end."""
        loop = asyncio.get_running_loop()
        awaited = _AwaitedJob(job, loop.create_future(), loop.time())
        self._jobs[job.id] = awaited
        if self._polling is None or self._polling.done():
            self._failing_since = None
            self._polling = asyncio.create_task(self._poll())
        try:
            return await awaited.end
        finally:
            self._jobs.pop(job.id, None)

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        while self._jobs:
            await asyncio.sleep(self._seconds)
            now = loop.time()
            due = [
                awaited
                for awaited in self._jobs.values()
                if now - awaited.since >= awaited.job.poll_after - self._seconds
            ]
            if due:
                await self._ask([awaited.job for awaited in due], due)

    async def _ask(self, jobs: Sequence[Job], due: Sequence[_AwaitedJob]) -> None:
        now = asyncio.get_running_loop().time
        try:
            states = await run_in_threadpool(self._engine.poll, jobs)
        except EngineError as error:
            self._line_failed(error, due, now())
            return
        except Exception as bug:
            for awaited in due:
                _fail(awaited, bug)
            return
        self._failing_since = None
        for awaited in due:
            self._settle(awaited, states.get(awaited.job.id, InProgress()), now())

    def _settle(self, awaited: _AwaitedJob, state: JobState, now: float) -> None:
        if isinstance(state, EngineError):
            _fail(awaited, state)
        elif isinstance(state, Ready):
            with contextlib.suppress(asyncio.InvalidStateError):
                awaited.end.set_result(state)
        elif now - awaited.since > LONGEST_JOB_SECONDS:
            message = f"the song is still under way as the job {awaited.job.id}"
            _fail(awaited, EngineError(message, Verdict.UNKNOWN))

    def _line_failed(self, error: EngineError, due: Sequence[_AwaitedJob], now: float) -> None:
        if self._failing_since is None:
            self._failing_since = now
        if error.verdict is not Verdict.STOP and now - self._failing_since < LINE_SECONDS:
            return
        verdict = error.verdict if self._is_free else Verdict.UNKNOWN
        for awaited in due:
            message = f"nobody says how the job {awaited.job.id} stands: {error}"
            _fail(awaited, EngineError(message, verdict, fix=error.fix))


def _fail(awaited: _AwaitedJob, error: Exception) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        awaited.end.set_exception(error)
