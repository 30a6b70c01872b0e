"""Jobs under way at a service: when to ask how they stand, and which are overdue.

One thread asks for all of them; a thousand jobs cost no thousand threads. The clock is an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.base import seconds_between_looks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.base import InProgress, Ready
    from songbatch.run.pending import Pending
    from songbatch.run.submitting import JobUnderWay

SHARE_OF_WAIT = 0.025
"""Of the time that a job has taken so far: how much later than its end it may be noticed."""
LEAST_SECONDS, MOST_SECONDS = 0.5, 10.0
"""Between two looks at a job."""
TOGETHER_SECONDS = 0.25
"""A job that is due so soon is asked for together with one that is due now."""
LONGEST_SECONDS = 1800.0
"""A job that takes longer, and three times as long as expected, is left for another run."""


class WatchedJob(msgspec.Struct, eq=False):
    """A job and who waits for it; times in seconds of a clock that only goes forward."""

    under_way: JobUnderWay
    pending: Pending
    since: float
    due: float
    is_collected: bool = False
    """Whether its song is being fetched, so that nobody need ask any more."""
    stands: InProgress | None = None
    has_place: bool = True
    """Whether it counts among those that the service works on."""
    ready: Ready | None = None
    """The service's account of it once it is done."""

    @property
    def id(self) -> str:
        """Its name at the service."""
        return self.under_way.job.id


class JobWatch:
    """The jobs of one engine that are under way. Used by one thread."""

    def __init__(self, expected_seconds: float) -> None:
        self._longest = max(LONGEST_SECONDS, 3 * expected_seconds)
        self._least = seconds_between_looks(LEAST_SECONDS, expected_seconds)
        self._jobs: dict[str, WatchedJob] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[WatchedJob]:
        return iter(self._jobs.values())

    def add(self, under_way: JobUnderWay, pending: Pending, now: float) -> None:
        """Begin to watch a job."""
        due = now + under_way.job.poll_after
        self._jobs[under_way.job.id] = WatchedJob(under_way, pending, now, due)

    def get(self, job_id: str) -> WatchedJob | None:
        """Return a job that is still watched."""
        return self._jobs.get(job_id)

    def drop(self, job_id: str) -> WatchedJob | None:
        """Watch a job no more."""
        return self._jobs.pop(job_id, None)

    def due(self, now: float) -> list[WatchedJob]:
        """Return the jobs to ask for now, and note when to ask for them again."""
        asked = [job for job in self._jobs.values() if not job.is_collected]
        is_time = any(job.due <= now for job in asked)
        found = [job for job in asked if is_time and job.due <= now + TOGETHER_SECONDS]
        for job in found:
            wait = SHARE_OF_WAIT * (now - job.since)
            job.due = now + min(MOST_SECONDS, max(self._least, wait))
        return found

    def hurry(self, now: float) -> None:
        """Let every job be due at once."""
        for job in self._jobs.values():
            job.due = now

    def wait(self, now: float) -> float | None:
        """Return in how many seconds the next job is due; None if none is asked for."""
        times = [job.due for job in self._jobs.values() if not job.is_collected]
        return max(0.0, min(times) - now) if times else None

    def is_overdue(self, job: WatchedJob, now: float) -> bool:
        """Return whether a job takes so long that this run waits no more."""
        return now - job.since > self._longest
