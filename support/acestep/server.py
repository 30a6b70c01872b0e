"""A server of the ACE-Step 1.5 contract on loopback, for tests; both faces at one address.

It keeps books of what it was sent, does jobs in order with real songs, and can be told to
misbehave:

    with AceStepServer(OLD, key="secret") as server:
        server.script("submit", [Mishap.lost_after(), None])    # None: the right answer
        server.script_jobs([OUT_OF_MEMORY])
        server.hold()                                           # jobs run, none finishes
        ...                                                     # a client of server.url
        server.wait_for_running(1)
        server.release()
        assert server.charged == 1

Nothing in here waits by the clock except `seconds`, `heartbeat` and late answers.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import pytest

from support.acestep import jobs, sound
from support.acestep.fields import forbidden_paths, understand
from support.acestep.handler import AceStepHttp
from support.acestep.jobs import Failed, Job, Setting
from support.acestep.states import NEW, State
from support.acestep.submission import Submission, Unreadable
from support.acestep.troubles import Mishap, Trouble
from support.simulated.scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


HOUR = 3600.0
KEPT = 7 * 24 * HOUR
"""Seconds that a finished result is kept for."""


class AceStepServer(Scripted[Mishap, Trouble]):
    """The server; a context manager. Attributes may be set between requests.

    `key` is asked for where it is not empty. `models` are loaded, the first is the primary one.
    `initialized` false: models load at the first job. `language_model` says whether one is
    loaded. `queue_size` jobs can wait, `workers` run at once, `seconds` each takes. `cache` false:
    results are served from memory only. `wav_tag` is the format of WAV, `max_seconds` the longest
    song. `heartbeat` seconds lie between two signs of life of a stream, of which `heartbeats` come
    at once; `audio_link` stands in place of the data URL, `{name}` in it is the name of a file
    that `/files/{name}` gives without a key.
    """

    ENDPOINTS = ("submit", "poll", "download", "chat", "health", "stats", "models", "any")

    def __init__(self, state: State = NEW, *, key: str = "") -> None:
        super().__init__()
        self.state = state
        self.key = key
        self.models: tuple[str, ...] = ("acestep-v15-turbo",)
        self.initialized = True
        self.language_model = False
        self.queue_size = 200
        self.workers = 1
        self.seconds = 0.0
        self.cache = True
        self.wav_tag = sound.PLAIN
        self.max_seconds = 600.0
        self.heartbeat = 2.0
        self.heartbeats = 1
        self.audio_link = ""
        self.submissions: list[Submission] = []
        """Every request for a song that could be read, also if it was refused."""
        self.jobs: list[Job] = []
        """Every job that was accepted, also if the server has forgotten it since."""
        self.downloads: list[tuple[str, str]] = []
        """The paths that were downloaded, with the Authorization header of the request."""
        self.files: dict[str, bytes] = {}
        self._life = 0
        self._permits: int | None = None
        self._refused_by_queue = 0
        self._later = 0.0
        self._http = AceStepHttp(self)

    def __enter__(self) -> Self:
        self._http.listen()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.closing.set()
        with self.changed:
            self._life += 1
            self.changed.notify_all()
        self._http.stop()
        if kind is None:
            assert self.breakdowns == []

    @property
    def url(self) -> str:
        """The base address of both faces."""
        return self._http.url

    @property
    def charged(self) -> int:
        """How many jobs were accepted: what a service that costs would charge."""
        return len(self.jobs)

    @property
    def polls(self) -> int:
        """How many requests asked for results."""
        return self.requests["poll"]

    def script_jobs(self, troubles: Iterable[Trouble | None]) -> None:
        """Let these become of the next jobs that are accepted; None for the right thing."""
        with self.changed:
            self._troubles.extend(troubles)

    def hold(self) -> None:
        """Let no job finish until `release`; they are still started."""
        with self.changed:
            self._permits = 0

    def release(self, count: int | None = None) -> None:
        """Let that many jobs finish, without a number all of them."""
        with self.changed:
            self._permits = None if count is None else (self._permits or 0) + count
            self.changed.notify_all()

    def restart(self) -> None:
        """Die and start again: what waited is unknown, what ran is as the cache last saw it."""
        with self.changed:
            self._life += 1
            self._refused_by_queue = 0
            for job in self.jobs:
                job.in_memory = False
                if job.status == "running":
                    job.in_cache = self.state.caches_running and self.cache
            self.changed.notify_all()

    def forget(self, *, results: bool = True, files: bool = True) -> None:
        """Lose what is finished: the results (then unknown), the files (then 404), or both."""
        with self.changed:
            for job in self.jobs:
                if job.code and results:
                    job.in_memory = job.in_cache = False
                if job.code and files:
                    for path in job.paths:
                        self.files.pop(path, None)

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Listen to nobody while the `with` block runs: connections are refused."""
        port = self._http.server_port
        self._http.stop()
        try:
            yield
        finally:
            self._http = AceStepHttp(self, port)
            self._http.listen()

    def pass_time(self, seconds: float) -> None:
        """Let that much time have passed for the ages of jobs."""
        with self.changed:
            self._later += seconds

    def now(self) -> float:
        """Return the server's time."""
        return time.time() + self._later

    def wait_for_running(self, count: int) -> None:
        """Return when that many jobs run at once; use with `hold`."""
        self.wait_until(lambda: len(self.alive("running")) >= count)

    def wait_for_done(self) -> None:
        """Return when no job waits or runs."""
        self.wait_until(lambda: not self.alive("queued") and not self.alive("running"))

    # What follows is called by the handler, in its threads.

    def alive(self, status: str) -> list[Job]:
        """Return the jobs that the process knows in this status."""
        return [job for job in self.jobs if job.in_memory and job.status == status]

    def lyrics_at(self, path: str) -> str:
        """Return the lyrics of the song with this path, "" if there is none."""
        with self.changed:
            of_path = (job.asked.lyrics for job in self.jobs if path in job.paths)
            return next(of_path, "")

    def submit(self, submission: Submission) -> tuple[Job, int]:
        """Take a job; return it and its place in the queue. Raises Unreadable where it cannot."""
        with self.changed:
            if self.state.refuses_paths and (named := forbidden_paths(submission.fields)):
                raise Unreadable(400, f"{named[0]}: path outside the temporary folder")
            if len(self.alive("queued")) >= self.queue_size:
                self._refused_by_queue += 1
                raise Unreadable(429, "Server busy: queue is full")
            asked = understand(submission.fields, submission.files)
            trouble = self.next_trouble("job", asked.lyrics)
            job = Job(submission, asked, trouble, self.now())
            self.jobs.append(job)
            submission.task_id = job.task_id
            position = len(self.alive("queued"))
            self._start_more()
            return job, position

    def poll(self, task_ids: list[Any]) -> list[dict[str, Any]]:
        """Describe jobs."""
        with self.changed:
            known = {job.task_id: job for job in self.jobs}
            return [self._describe(task_id, known.get(task_id)) for task_id in task_ids]

    def stats(self) -> dict[str, Any]:
        """Count the jobs the process knows."""
        with self.changed:
            counts = {status: len(self.alive(status)) for status in jobs.STATUSES}
            queue_size = counts["queued"]
            if self.state.counts_refused:
                counts["queued"] += self._refused_by_queue
            return {
                "jobs": {"total": sum(counts.values())} | counts,
                "queue_size": queue_size,
                "queue_maxsize": self.queue_size,
                "avg_job_seconds": self.seconds or 5.0,
            }

    def wait_for_end(self, job: Job, seconds: float | None = None) -> bool:
        """Wait until a job is done, or is lost with the process; return whether it is."""

        def is_over() -> bool:
            return bool(job.code) or not job.in_memory or self.closing.is_set()

        with self.changed:
            return self.changed.wait_for(is_over, seconds)

    def _describe(self, task_id: Any, job: Job | None) -> dict[str, Any]:
        unknown = {"task_id": task_id, "result": "[]", "status": 0}
        if job is None:
            return unknown
        job.polls += 1
        age = self.now() - job.created
        told = not job.in_cache or bool(job.trouble and (job.trouble.from_memory or job.error))
        has_vanished = job.trouble is not None and job.trouble.vanishes
        is_known = (job.in_cache or job.in_memory) and not has_vanished
        if not is_known or (job.code and age > KEPT):
            return unknown
        if job.status == "running" and job.in_memory:
            self._progress(job, age)
        code = 2 if job.code == 0 and job.in_cache and age > HOUR else job.code
        result = jobs.described(job, self.state, told=told)
        answer = {"task_id": task_id, "result": result, "status": code}
        if job.code and job.trouble is not None and job.trouble.status is not None:
            answer["status"] = job.trouble.status
        if self.state.knows_progress:
            answer["progress_text"] = "diffusion: 7/8 [00:01<00:00]"
        return answer

    def _progress(self, job: Job, age: float) -> None:
        # It grows with each look, so that a test need not wait to see it grow.
        share = age / self.seconds if self.seconds else 0.0
        job.progress = min(0.95, max(share, job.progress + 0.01))

    def _start_more(self) -> None:
        while self.alive("queued") and len(self.alive("running")) < self.workers:
            job = self.alive("queued")[0]
            job.status, job.progress, job.began = "running", 0.01, time.monotonic()
            job.in_cache = self.cache and self.state.caches_running
            work = threading.Thread(target=self._work, args=(job, self._life), daemon=True)
            work.start()
        self.changed.notify_all()

    def _work(self, job: Job, life: int) -> None:
        self.closing.wait(self.seconds)
        if not self._may_finish(life):
            return
        songs, error, status = {}, "", "succeeded"
        try:
            songs = jobs.carry_out(job, self._setting())
        except Failed as failure:
            error, status = str(failure), "failed"
        with self.changed:
            if self._life == life:
                job.status, job.error, job.in_cache = status, error, self.cache
                job.ended = time.monotonic()
                job.progress = 1.0 if songs else 0.0
                self.initialized = True
                self.files.update(songs)
                self._start_more()

    def _may_finish(self, life: int) -> bool:
        with self.changed:
            self.changed.wait_for(lambda: self._life != life or self._permits != 0)
            if self._life != life:
                return False
            if self._permits is not None:
                self._permits -= 1
            return True

    def _setting(self) -> Setting:
        return Setting(self.state, self.models, self.language_model, self.wav_tag, self.max_seconds)


@pytest.fixture
def acestep_server() -> Iterator[AceStepServer]:
    """A server in its newest state, without a key."""
    with AceStepServer() as server:
        yield server
