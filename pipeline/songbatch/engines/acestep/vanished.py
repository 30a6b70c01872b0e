"""Jobs that a server lost, told from those that are only slow.

A server that was restarted answers an empty list for jobs that waited, for ever. Of a job that was
running it keeps telling the last state from its disk. What it holds in memory shows the truth: it
counts fewer jobs than are believed alive.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.acestep.settings import LOST_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.acestep.inventory import ServerLoad
    from songbatch.engines.acestep.results import JobReport

UNKNOWN_POLLS = 3
"""A job is gone that was unknown so many times in a row, and for `lost_after`."""

FROZEN_FACTOR = 3.0
"""A job is gone that has not moved for so many times what one takes, and `Patience.frozen`, while
others ended."""

BELIEVED_SECONDS = 30.0
"""A job that nobody has asked for since may have ended meanwhile."""

_FORGOTTEN_SECONDS = 3600.0


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for signs of jobs, in seconds.

    A job that has not moved for `lost_after` is worth a look at how many the server has.
    """

    lost_after: float

    @property
    def look_again(self) -> float:
        """Between two looks: a job may end between being asked for and being counted."""
        return self.lost_after / 2

    @property
    def looks_apart(self) -> float:
        """Two looks further apart than this say nothing together."""
        return max(BELIEVED_SECONDS, 3 * self.lost_after)

    @property
    def frozen(self) -> float:
        """A job is gone that has not moved for so long while others ended."""
        return 6 * self.lost_after


class _Watched:
    """What was seen of one job. Times on the clock."""

    def __init__(self, now: float) -> None:
        self.since = now
        self.seen = now
        self.state: object = None
        self.unmoved_since = now
        self.unknown_polls = 0
        self.unknown_since = now
        self.is_running = False


class VanishedJobs:
    """Watches jobs over their polls. Safe to use from several threads at once."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lost_after: float = LOST_AFTER
    ) -> None:
        self._clock = clock
        self._patience = Patience(lost_after)
        self._lock = threading.Lock()
        self._jobs: dict[str, _Watched] = {}
        self._last_end: float | None = None
        """No job of which an end was seen ended before this."""
        self._load: ServerLoad | None = None
        self._missing_since: float | None = None
        self._looked: float = float("-inf")
        """When the server last said how many jobs it has; `_asked`: when it was to be asked."""
        self._asked: float = float("-inf")

    def unknown(self, job_id: str) -> bool:
        """Note that the server does not know a job; return whether it is lost."""
        with self._lock:
            now = self._clock()
            job = self._job(job_id, now)
            if not job.unknown_polls:
                job.unknown_since = now
            job.unknown_polls += 1
            job.state = None
            is_lost = (
                job.unknown_polls >= UNKNOWN_POLLS
                and now - job.unknown_since >= self._patience.lost_after
            )
            if is_lost:
                del self._jobs[job_id]
            return is_lost

    def under_way(self, report: JobReport) -> None:
        """Note what the server says of a job that is not done."""
        with self._lock:
            now = self._clock()
            job = self._job(report.id, now)
            job.unknown_polls = 0
            state = (report.progress, report.stage)
            if state != job.state:
                job.state, job.unmoved_since = state, now
            job.is_running = report.is_running

    def ended(self, job_id: str) -> None:
        """Note that a job is done or has failed."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
            if job is not None:
                self._note_end(job.seen)

    def wants_load(self) -> bool:
        """Return whether the server is to be asked how many jobs it has; True once in a while."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            if now - self._asked < self._patience.look_again or not any(
                now - job.unmoved_since >= self._patience.lost_after
                for job in self._believed(now).values()
            ):
                return False
            self._asked = now
            return True

    def believed(self) -> list[str]:
        """Return the jobs that are believed alive."""
        with self._lock:
            return list(self._believed(self._clock()))

    def lost(self, load: ServerLoad | None) -> set[str]:
        """Return the jobs that are lost, given how many the server says it has; forget them."""
        with self._lock:
            now = self._clock()
            if load is not None:
                self._note_load(load)
            gone = self._frozen(now)
            if load is not None:
                gone |= self._missing(now, load)
                self._looked = now
            for job_id in gone:
                del self._jobs[job_id]
            return gone

    def _missing(self, now: float, load: ServerLoad) -> set[str]:
        # One that was submitted after the server had been asked is not among those it counted.
        counted = {
            job_id: job for job_id, job in self._believed(now).items() if job.since <= self._asked
        }
        missing = len(counted) - load.alive
        if missing <= 0:
            self._missing_since = None
            return set()
        if self._missing_since is None or now - self._looked > self._patience.looks_apart:
            self._missing_since = now
        if now - self._missing_since < self._patience.look_again:
            return set()
        # A job that the server has in memory cannot be told from one that it only remembers; but
        # those that were running when it died have not moved for longest.
        unmoved = [
            (job_id, job)
            for job_id, job in counted.items()
            if now - job.unmoved_since >= self._patience.lost_after
        ]
        unmoved.sort(key=lambda each: (not each[1].is_running, each[1].unmoved_since))
        if len(unmoved) >= missing:
            self._missing_since = None
        return {job_id for job_id, _ in unmoved[:missing]}

    def _frozen(self, now: float) -> set[str]:
        expected = self._load.job_seconds if self._load is not None else None
        patience = max(self._patience.frozen, FROZEN_FACTOR * (expected or 0.0))
        return {
            job_id
            for job_id, job in self._believed(now).items()
            if job.is_running
            and now - job.unmoved_since >= patience
            and self._last_end is not None
            and self._last_end > job.unmoved_since
        }

    def _note_load(self, load: ServerLoad) -> None:
        was, self._load = self._load, load
        if was is None or was.finished is None or load.finished is None:
            return
        if load.finished > was.finished:
            self._note_end(self._looked)

    def _note_end(self, not_before: float) -> None:
        self._last_end = max(self._last_end or not_before, not_before)

    def _believed(self, now: float) -> dict[str, _Watched]:
        """Return the jobs that are believed alive."""
        return {
            job_id: job
            for job_id, job in self._jobs.items()
            if not job.unknown_polls and now - job.seen <= BELIEVED_SECONDS
        }

    def _job(self, job_id: str, now: float) -> _Watched:
        job = self._jobs.setdefault(job_id, _Watched(now))
        job.seen = now
        return job

    def _forget(self, now: float) -> None:
        """Forget jobs that nobody asks for any more."""
        for job_id in [
            job_id for job_id, job in self._jobs.items() if now - job.seen > _FORGOTTEN_SECONDS
        ]:
            del self._jobs[job_id]
