"""Threads and time: jobs by position, at most so many at once, some of them later.

Knows nothing of songs. One thread (the owner) adds jobs and takes landings; pool threads work.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

POLL_SECONDS = 0.25
"""How long a wish to stop may go unnoticed while nothing lands."""


@dataclass(frozen=True, slots=True)
class Landing(Generic[T]):
    """What became of a job: its result, or the exception it raised; `took` seconds."""

    job: object
    result: T | None
    error: BaseException | None
    took: float


@dataclass(order=True, slots=True)
class _Queued(Generic[T]):
    due: float
    position: int
    serial: int
    job: object = field(compare=False)
    work: Callable[[], T] = field(compare=False)


class Scheduler(Generic[T]):
    """Hands out jobs, the lowest position first, to at most `width` threads."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._ready: list[_Queued[T]] = []
        self._later: list[_Queued[T]] = []
        self._landed: queue.SimpleQueue[Landing[T]] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._serial = itertools.count()
        self.in_flight = 0

    def add(self, position: int, job: object, work: Callable[[], T], delay: float = 0.0) -> None:
        """Queue a job, to be handed out after `delay` seconds at the earliest.

        Waiting holds no thread. Jobs of one position run in the order they were added.
        """
        due = time.monotonic() + delay if delay > 0 else 0.0
        queued = _Queued(due, position, next(self._serial), job, work)
        if delay > 0:
            heapq.heappush(self._later, queued)
        else:
            self._push_ready(queued)

    def stop(self) -> None:
        """Hand out nothing more. What is in flight still lands. Safe in a signal handler."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def landings(self, on_stop: Callable[[], None] = lambda: None) -> Iterator[Landing[T]]:
        """Yield jobs as they land, until none is left; jobs may be added in between.

        `on_stop` is called once, in the owner's thread, when `stop` was noticed.
        """
        noticed = False
        pool = ThreadPoolExecutor(self._width, thread_name_prefix="songbatch")
        try:
            while self._hand_out(pool) or self.in_flight or (self._later and not self.stopped):
                if self.stopped and not noticed:
                    noticed = True
                    on_stop()
                try:
                    landing = self._landed.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    continue
                self.in_flight -= 1
                yield landing
        finally:
            # After a second interrupt nobody waits for what is in flight.
            pool.shutdown(wait=False, cancel_futures=True)

    def _hand_out(self, pool: ThreadPoolExecutor) -> bool:
        if self.stopped:
            return False
        while self._later and self._later[0].due <= time.monotonic():
            self._push_ready(heapq.heappop(self._later))
        while self._ready and self.in_flight < self._width:
            queued = heapq.heappop(self._ready)
            self.in_flight += 1
            pool.submit(self._work, queued)
        return bool(self._ready)

    def _push_ready(self, queued: _Queued[T]) -> None:
        queued.due = 0.0
        heapq.heappush(self._ready, queued)

    def _work(self, queued: _Queued[T]) -> None:
        started = time.monotonic()
        result: T | None = None
        error: BaseException | None = None
        try:
            result = queued.work()
        except BaseException as raised:
            error = raised
        self._landed.put(Landing(queued.job, result, error, time.monotonic() - started))
