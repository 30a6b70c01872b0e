"""A server of fal.ai's queue service on loopback, for tests: its hosts at one address, or apart.

It takes jobs, makes real songs, keeps files, and keeps books of every dollar. It can be told to
misbehave:

    with FalServer() as server:
        server.script("submit", [Mishap.lost_after(), None])    # None: the right answer
        server.script_jobs([CONTENT_POLICY], of="minimax/music-3")
        server.queue.positions = (3, 1)                         # two polls find it waiting
        ...                                                     # a client of server.url
        assert server.books.total == 0.016

`queue`, `storage`, `listing`, `pricing` and `mureka` have switches of their own. Nothing in here
waits by the clock except late, slow and stalling answers; `pass_time` makes things old.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import pytest

from support.fal.books import Books
from support.fal.hosts import Hosts
from support.fal.listing import Listing
from support.fal.mureka import Deposits
from support.fal.pricing import Pricing
from support.fal.queue import Queue
from support.fal.scripts import Scripts
from support.fal.storage import Storage

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from support.fal.jobs import Job
    from support.fal.listener import Listener
    from support.fal.troubles import Mishap, Trouble
    from support.fal.wire import Call

PATIENCE = 60.0
"""Seconds after which a test that waits for something that never happens fails."""
STEPS = (
    "submit", "status", "result", "cancel",
    "pricing", "estimate", "listing",
    "initiate", "put", "token", "upload", "file",
    "any",
)  # fmt: skip
"""Kinds of requests, for scripts and counts."""


class FalServer:
    """The server; a context manager. Attributes may be set between requests.

    `apart`: each host listens at a port of its own. `key` is the account's. `song_seconds` is how
    long a song is that may choose. Leaving the `with` block fails if Authorization came where it
    must not (`leaks`), or if this server broke down.
    """

    def __init__(self, key: str = "5f2c-test:0123456789abcdef", *, apart: bool = False) -> None:
        self.key = key
        self.song_seconds = 8.0
        self.changed = threading.Condition(threading.RLock())
        self.books = Books()
        self.queue = Queue(self)
        self.storage = Storage(self)
        self.listing = Listing(self)
        self.pricing = Pricing(self)
        self.mureka = Deposits()
        self._troubles: Scripts[Trouble] = Scripts()
        self._later = 0.0
        self.hosts = Hosts(self, apart=apart)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.hosts.close()
        if kind is None:
            assert self.hosts.breakdowns == []
            assert self.leaks == [], "Authorization was sent where it does not belong"

    @property
    def url(self) -> str:
        """The base address, where all hosts are one."""
        return self.hosts.url("any")

    @property
    def queue_url(self) -> str:
        """The base address of jobs."""
        return self.hosts.url("queue")

    @property
    def platform_url(self) -> str:
        """The base address of prices and lists."""
        return self.hosts.url("platform")

    @property
    def upload_url(self) -> str:
        """The base address where uploads are announced."""
        return self.hosts.url("upload")

    @property
    def files_url(self) -> str:
        """The base address of files."""
        return self.hosts.url("files")

    @property
    def stranger(self) -> Listener:
        """Somebody else's server, which has the files and wants the keys."""
        return self.hosts.stranger

    @property
    def jobs(self) -> list[Job]:
        """Every job that was accepted."""
        return self.queue.jobs

    @property
    def requests(self) -> Counter[str]:
        """Requests by their step, each with the right key."""
        return self.hosts.requests

    @property
    def leaks(self) -> list[str]:
        """Paths that were asked for with an Authorization that does not belong there."""
        return self.hosts.leaks

    @property
    def strays(self) -> list[str]:
        """Method, host and path of what no host knows."""
        return self.hosts.strays

    @property
    def visits(self) -> list[Call]:
        """What came to the stranger."""
        return self.hosts.visits

    @property
    def refused_keys(self) -> int:
        """How many requests came with a wrong key, or none."""
        return self.hosts.refused_keys

    def job(self, request_id: str) -> Job:
        """Return a job by its id."""
        return next(job for job in self.jobs if job.request_id == request_id)

    def script(self, step: str, mishaps: Iterable[Mishap | None], of: str = "") -> None:
        """Answer the next requests of one of STEPS with these; None for the right answer.

        `of`: only those about a model or a job with this whole name or id, or about an input
        with these words in one of its texts.
        """
        assert step in STEPS
        with self.changed:
            self.hosts.mishaps.add(step, of, mishaps)

    def script_jobs(self, troubles: Iterable[Trouble | None], of: str = "") -> None:
        """Let these become of the next jobs; None for the right thing. `of` as in `script`."""
        with self.changed:
            self._troubles.add("job", of, troubles)

    def recover(self) -> None:
        """Drop all scripts: everything goes right from now on."""
        with self.changed:
            self.hosts.mishaps.clear()
            self._troubles.clear()

    def next_trouble(self, names: Iterable[str]) -> Trouble | None:
        """Return what becomes of a job of these names."""
        return self._troubles.next("job", names)

    def rename(self, endpoint: str, **fields: str) -> None:
        """Let fields of a model have other names from now on."""
        with self.changed:
            model = self.queue.models[endpoint]
            renamed = tuple(
                dataclasses.replace(field, called=fields.get(field.name, field.called))
                for field in model.fields
            )
            self.queue.models[endpoint] = dataclasses.replace(model, fields=renamed)

    def hold(self) -> None:
        """Let no job end until `release`; they are still started."""
        with self.changed:
            self.queue.forbid()

    def release(self, count: int | None = None) -> None:
        """Let that many jobs end, without a number all of them."""
        with self.changed:
            self.queue.allow(count)

    def complete(self) -> None:
        """Let all jobs end that wait only to be asked for."""
        with self.changed:
            self.queue.complete()

    def forget(self) -> None:
        """Forget the jobs there are: whoever asks for one gets a 404, though it was paid."""
        with self.changed:
            for job in self.jobs:
                job.is_forgotten = True

    def elsewhere(self, endpoint: str, given: Mapping[str, Any], *, ago: float = 0.0) -> Job:
        """Enter a job that another program of the same account sent, `ago` seconds ago."""
        with self.changed:
            return self.queue.add(endpoint, given, ago)

    def pass_time(self, seconds: float) -> None:
        """Let that much time have passed."""
        with self.changed:
            self._later += seconds
            self.queue.move()

    def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        return time.time() + self._later

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Listen to nobody while the `with` block runs: connections are refused."""
        self.hosts.stop()
        try:
            yield
        finally:
            self.hosts.resume()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Return when this holds, which is looked at whenever anything changes."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE)

    def wait_for_requests(self, step: str, count: int) -> None:
        """Return when that many requests have come in all."""
        self.wait_until(lambda: self.requests[step] >= count)

    def wait_for_jobs(self, status: str, count: int) -> None:
        """Return when that many jobs are `queued`, `running` or `done`."""
        self.wait_until(lambda: len(self.queue.alive(status)) >= count)


@pytest.fixture
def fal_server() -> Iterator[FalServer]:
    """A server with all hosts at one address."""
    with FalServer() as server:
        yield server
