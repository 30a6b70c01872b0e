"""Job engines whose calls are made by a crew.

Jobs of a hosted service are anybody's. Where each machine has a server of its own, a job belongs to
the machine that submitted it: its name says which, unless that is this one.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from songbatch.cluster.elsewhere import FarEngine, demanded
from songbatch.cluster.encryption import is_loopback
from songbatch.cluster.workplace import home as this_home
from songbatch.engines.base import (
    Absent,
    Cancellation,
    EngineError,
    InProgress,
    Job,
    Verdict,
)
from songbatch.engines.orders import (
    CancelTask,
    CollectReferenceTask,
    CollectTask,
    FindReferenceTask,
    FindTask,
    PollTask,
    ReadyFacts,
    SubmitReferenceTask,
    SubmitTask,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from songbatch.engines.base import Answer, Generation, JobState, Ready, Sink
    from songbatch.engines.entry import EngineContext, EngineEntry
    from songbatch.engines.orders import TaskOutcome
    from songbatch.model import Purpose, Uploaded

AWAY_SECONDS = 60.0
"""How long a machine may be away before its jobs are lost."""

_NAME = re.compile(r"(?P<id>.+)@(?P<home>[^@]{1,300}-[0-9a-f]{8})", re.DOTALL)


def is_beside(entry: EngineEntry, context: EngineContext) -> bool:
    """Return whether each machine has a server of its own: what it knows, others do not."""
    if entry.uploads_stay:
        return True
    host = urlsplit(entry.access(context).url).hostname
    return host is not None and is_loopback(host)


class FarJobs(FarEngine):
    """An engine that answers with a job, at a worker; `songbatch.engines.base` has its methods.

    A machine that is away for `away_seconds` has lost its jobs.
    """

    away_seconds = AWAY_SECONDS

    def __init__(self, *arguments: Any, beside: bool) -> None:
        super().__init__(*arguments)
        self._is_beside = beside
        self._here_is = this_home()
        self._counting = threading.Lock()
        self._open: Counter[str] = Counter()
        """How many jobs of this run are under way, by the machine."""
        self._away_since: dict[str, float] = {}

    def slots(self) -> int | None:
        """Return how many jobs may be under way; None at a service that says so itself."""
        return super().slots() if self._is_beside else None

    def submit(self, request: Generation) -> Job:
        """Ask for a song, where the fewest jobs are under way."""
        return self._submitted(SubmitTask(request), request)

    def _submitted(self, task: SubmitTask | SubmitReferenceTask, request: Generation | None) -> Job:
        if not self._is_beside:
            return demanded(self._do(task, request).job)
        home = self._calmest()
        with self._counting:
            self._open[home] += 1
        try:
            job = demanded(self._do(task, request, home=home or None).job)
        except EngineError:
            self._ended(home)
            raise
        return Job(f"{job.id}@{home}", job.poll_after) if home not in ("", self._here_is) else job

    def _calmest(self) -> str:
        """Return the machine with the fewest jobs for its slots; "" if nobody is there."""
        slots: Counter[str] = Counter()
        for member in self._crew.roster.fit(self.asked):
            slots[member.home] += member.slots
        with self._counting:
            return min(sorted(slots), key=lambda home: self._open[home] / slots[home], default="")

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand, machine by machine."""
        if not self._is_beside:
            return self._states(self._do(PollTask(tuple(jobs))))
        by_home: dict[str, list[tuple[str, Job]]] = {}
        for job in jobs:
            bare, home = self._parts(job)
            by_home.setdefault(home or self._here_is, []).append((job.id, bare))
        states: dict[str, JobState] = {}
        failed: list[EngineError] = []
        for home, named in by_home.items():
            try:
                states |= self._poll_home(home, named)
            except EngineError as error:
                failed.append(error)
                states |= {name: InProgress() for name, _ in named}
        if len(failed) == len(by_home) and failed:
            raise failed[0]
        return states

    def _poll_home(self, home: str, named: Sequence[tuple[str, Job]]) -> dict[str, JobState]:
        if not self._is_there(home):
            since = self._away_since.setdefault(home, time.monotonic())
            if time.monotonic() - since < self.away_seconds:
                return {name: InProgress() for name, _ in named}
            lost = EngineError(f"the machine {home} that makes it is gone", Verdict.LOST)
            for _ in named:
                self._ended(home)
            return {name: lost for name, _ in named}
        self._away_since.pop(home, None)
        task = PollTask(tuple(bare for _, bare in named))
        found = self._states(self._do(task, home=home))
        states = {name: found[bare.id] for name, bare in named if bare.id in found}
        for state in states.values():
            if isinstance(state, EngineError):
                self._ended(home)
        return states

    def _states(self, outcome: TaskOutcome) -> dict[str, JobState]:
        try:
            return {name: facts.opened() for name, facts in outcome.states.items()}
        except ValueError as error:
            raise EngineError("a worker's reply makes no sense", Verdict.RETRY) from error

    def _is_there(self, home: str) -> bool:
        return any(member.home == home for member in self._crew.roster.fit(self.asked))

    def collect(self, job: Job, ready: Ready, sink: Sink) -> Answer:
        """Write the song of a job that is done to `sink`."""
        bare, home = self._parts(job)
        task = CollectTask(bare, ReadyFacts.of(ready))
        answer = self._song(self._do(task, home=home, sink=sink), sink)
        self._ended(home)
        with self._lock:
            self.left = max(0, self.left - 1)
        return answer

    def find(
        self, request: Generation, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a submit whose answer was lost, at a service that lists them."""
        if self._is_beside:
            return None
        return _found(self._do(FindTask(request, since, until, tuple(known))))

    def cancel(self, job: Job) -> Cancellation:
        """Ask to cancel a job."""
        bare, home = self._parts(job)
        return demanded(self._do(CancelTask(bare), home=home).cancellation)

    def submit_reference(self, address: str, purpose: Purpose, request_id: str) -> Job:
        """Ask for the id of a reference that was stored."""
        return self._submitted(SubmitReferenceTask(address, purpose, request_id), None)

    def collect_reference(self, job: Job, ready: Ready) -> Uploaded:
        """Return the handle that a job made."""
        bare, home = self._parts(job)
        task = CollectReferenceTask(bare, ReadyFacts.of(ready))
        return demanded(self._do(task, home=home).uploaded)

    def find_reference(
        self, address: str, purpose: Purpose, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a `submit_reference` whose answer was lost, as `find` does."""
        if self._is_beside:
            return None
        return _found(self._do(FindReferenceTask(address, purpose, since, until, tuple(known))))

    def _parts(self, job: Job) -> tuple[Job, str | None]:
        """Return a job as its server calls it, and the machine; None where anybody will do."""
        if not self._is_beside:
            return job, None
        match = _NAME.fullmatch(job.id)
        if match is None:
            return job, self._here_is
        return Job(match["id"], job.poll_after), match["home"]

    def _ended(self, home: str | None) -> None:
        with self._counting:
            if home is not None and self._open[home] > 0:
                self._open[home] -= 1


def _found(outcome: TaskOutcome) -> Job | Absent | None:
    return Absent() if outcome.is_absent else outcome.job
