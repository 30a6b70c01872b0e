"""Threads and time: jobs by position, in lanes, each as wide as its limit allows.

Knows nothing of songs. One thread (the owner) adds jobs and takes completions; pool threads work.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.run.concurrency import Limit

J = TypeVar("J")
"""What a lane's jobs are told apart by."""
R = TypeVar("R")
"""What they come to."""

POLL_SECONDS = 0.25
"""How long a wish to stop may go unnoticed while nothing lands."""
MOST_THREADS = 4096
"""One waits for each request, wherever it is made: two thousand of them take 27 MB."""


class NotAdmitted(Exception):
    """A job that its lane does not admit, and nothing in flight can change that."""


class TooMany(msgspec.Struct, frozen=True):
    """A job was turned away because there were too many; wait `retry_after` seconds, if known."""

    retry_after: float | None = None


class Unused(msgspec.Struct, frozen=True):
    """The result of a job that made no use of its place, and is no news of what there is room for.

    `found` is why.
    """

    found: Any


class Completion(msgspec.Struct, Generic[J, R], frozen=True):
    """What became of a job: its result, or the exception it raised; `took` seconds."""

    lane: Lane[J, R]
    job: J
    result: R | Unused | None
    error: BaseException | None
    took: float

    def settle(self) -> None:
        """Call what its lane has for such an end."""
        if self.error is not None:
            self.lane.failed(self.job, self.error)
        elif isinstance(self.result, Unused):
            self.lane.unused(self.job, self.result.found)
        else:
            self.lane.landed(self.job, cast("R", self.result), self.took)


class _Queued(msgspec.Struct, Generic[J, R], order=True):
    due: float
    position: int
    serial: int
    """Differs, so that what follows is never compared."""
    job: J
    work: Callable[[], R | Unused]


def _nothing(*_ended: object) -> None:
    """Do nothing about a job that ended."""


class Lane(msgspec.Struct, Generic[J, R], eq=False):
    """Jobs that share a limit. `turned_away` recognises a failure for too many.

    `landed` is what follows a job that came to a result, with the seconds that it took, `failed`
    one that raised, `unused` one that had no use for its place.
    `admits` is asked in the owner's thread right before a job is handed out, and takes note of
    it. One that `drains` hands out its jobs even after a wish to stop: they end what was begun.
    What is in flight in one that is `left` is not awaited then: it can be done again at any time.
    In one with `left_after` it is awaited for so many seconds, if the wish is a hurried one.
    At most `threads` work for it at once.
    """

    limit: Limit
    turned_away: Callable[[BaseException], TooMany | None]
    admits: Callable[[J], bool]
    landed: Callable[[J, R, float], object] = _nothing
    failed: Callable[[J, BaseException], object] = _nothing
    unused: Callable[[J, Any], object] = _nothing
    drains: bool = False
    left: bool = False
    left_after: float | None = None
    threads: int = MOST_THREADS
    is_closed: bool = False
    """Whether what was not handed out never will be."""
    in_flight: int = 0
    working: int = 0
    """Those in flight that have a thread."""
    _is_refused: bool = False
    _ready: list[_Queued[J, R]] = msgspec.field(default_factory=list)
    _later: list[_Queued[J, R]] = msgspec.field(default_factory=list)
    _serial: Iterator[int] = msgspec.field(default_factory=itertools.count)

    def add(
        self,
        position: int,
        job: J,
        work: Callable[[], R | Unused],
        delay_seconds: float = 0.0,
    ) -> None:
        """Queue a job, to be handed out after `delay_seconds` at the earliest.

        The lowest position goes first; of one position, the one that was added first. Waiting
        holds no thread.
        """
        due = time.monotonic() + delay_seconds if delay_seconds > 0 else 0.0
        queued = _Queued(due, position, next(self._serial), job, work)
        heapq.heappush(self._later if delay_seconds > 0 else self._ready, queued)

    @property
    def waiting(self) -> bool:
        """Whether any job has not been handed out."""
        return bool(self._ready or self._later) and not self.is_closed

    def take(self, now: float) -> Iterator[_Queued[J, R]]:
        """Yield the jobs that may be handed out now."""
        if self.is_closed:
            return
        while self._later and self._later[0].due <= now:
            queued = heapq.heappop(self._later)
            queued.due = 0.0
            heapq.heappush(self._ready, queued)
        self._is_refused = False
        while self._ready and self.working < self.threads and self.limit.room(now) > 0:
            if not self.admits(self._ready[0].job):
                self._is_refused = True
                return
            self.limit.sent(now)
            self.in_flight += 1
            self.working += 1
            yield heapq.heappop(self._ready)

    def take_stuck(self) -> Iterator[Completion[J, R]]:
        """Yield what waits as failed, if it is not admitted and nothing in flight can change it."""
        if not self._is_refused or self.in_flight or self.is_closed:
            return
        stuck = sorted(self._ready, key=_place) + sorted(self._later, key=_place)
        self._ready, self._later, self._is_refused = [], [], False
        for queued in stuck:
            yield Completion(self, queued.job, None, NotAdmitted(), 0.0)

    def land(self, completion: Completion[J, R], now: float, sent_at: float) -> None:
        """Report to the limit how a job of this lane ended."""
        self.in_flight -= 1
        self.working -= 1
        error = completion.error
        turned_away = self.turned_away(error) if error is not None else None
        if isinstance(completion.result, Unused):
            self.limit.unused(now)
        elif turned_away is None:
            self.limit.landed(now, sent_at)
        else:
            self.limit.refused(now, sent_at, turned_away.retry_after)

    def hold(self, now: float) -> None:
        """Keep a place taken for what goes on elsewhere, without a thread."""
        self.limit.sent(now)
        self.in_flight += 1

    def let_go(self, now: float, since: float) -> None:
        """Free a place that was held since then."""
        self.in_flight -= 1
        self.limit.landed(now, since)

    def wakes(self, now: float) -> float | None:
        """Return when there may be something to hand out though nothing lands, or None."""
        if self.is_closed:
            return None
        times = [self._later[0].due] if self._later else []
        if self._ready and (room := self.limit.wakes(now)) is not None:
            times.append(room)
        return min(times, default=None)


def _place(queued: _Queued[Any, Any]) -> tuple[int, int]:
    return queued.position, queued.serial


class Scheduler:
    """Hands out the jobs of its lanes to threads."""

    def __init__(self) -> None:
        self._lanes: list[Lane[Any, Any]] = []
        self._landed: queue.SimpleQueue[tuple[float, Completion[Any, Any]]] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._hurried_at: float | None = None
        self.bug: Exception | None = None
        """What went wrong in a lane or its limit: nothing more was begun then."""

    def lane(
        self,
        limit: Limit,
        turned_away: Callable[[BaseException], TooMany | None] = lambda _error: None,
        *,
        landed: Callable[[J, R, float], object] = _nothing,
        failed: Callable[[J, BaseException], object] = _nothing,
        unused: Callable[[J, Any], object] = _nothing,
        admits: Callable[[J], bool] = lambda _job: True,
        drains: bool = False,
        left: bool = False,
        left_after: float | None = None,
        threads: int = MOST_THREADS,
    ) -> Lane[J, R]:
        """Open a lane."""
        lane: Lane[J, R] = Lane(
            limit,
            turned_away,
            admits,
            landed,
            failed,
            unused,
            drains,
            left,
            left_after,
            threads,
        )
        self._lanes.append(lane)
        return lane

    def stop(self, *, is_hurried: bool = False) -> None:
        """Begin nothing more. What is in flight still lands, unless its lane is left.

        `is_hurried` where somebody waits for the end. Safe in a signal handler.
        """
        if is_hurried and self._hurried_at is None:
            self._hurried_at = time.monotonic()
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @property
    def in_flight(self) -> int:
        """How many jobs are worked on and awaited."""
        return sum(lane.working for lane in self._lanes if not self._is_left(lane))

    def _is_left(self, lane: Lane[Any, Any]) -> bool:
        if not self.stopped or lane.left:
            return self.stopped
        if lane.left_after is None or self._hurried_at is None:
            return False
        return time.monotonic() - self._hurried_at >= lane.left_after

    def completions(
        self, on_stop: Callable[[], None] = lambda: None
    ) -> Iterator[Completion[Any, Any]]:
        """Yield jobs as they land, until none is left; jobs may be added in between.

        A job that its lane can never admit lands with `NotAdmitted`.

        `on_stop` is called once, in the owner's thread, when `stop` was noticed.
        """
        noticed = False
        # Threads are made when they are needed, so this is only a bound.
        pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="songbatch")
        try:
            while self._hand_out(pool) or self.in_flight:
                if stuck := self._take_stuck():
                    yield from stuck
                    continue
                if self.stopped and not noticed:
                    noticed = True
                    on_stop()
                try:
                    sent_at, completion = self._landed.get(timeout=self._patience())
                except queue.Empty:
                    continue
                with self._survived():
                    completion.lane.land(completion, time.monotonic(), sent_at)
                yield completion
        finally:
            # After a second interrupt nobody waits for what is in flight.
            pool.shutdown(wait=False, cancel_futures=True)

    def _hand_out(self, pool: ThreadPoolExecutor) -> bool:
        """Hand out what may be; return whether anything is left for later."""
        now = time.monotonic()
        lanes = [lane for lane in self._lanes if lane.drains or not self.stopped]
        for lane in lanes:
            with self._survived():
                for queued in lane.take(now):
                    self._begin(pool, lane, queued, now)
        return any(lane.waiting for lane in lanes)

    def _begin(
        self, pool: ThreadPoolExecutor, lane: Lane[J, R], queued: _Queued[J, R], now: float
    ) -> None:
        if not lane.left and lane.left_after is None:
            pool.submit(self._work, lane, queued, now)
            return
        # The threads of a pool keep a program from ending.
        threading.Thread(
            target=self._work, args=(lane, queued, now), name="songbatch-left", daemon=True
        ).start()

    def _take_stuck(self) -> list[Completion[Any, Any]]:
        lanes = () if self.stopped else self._lanes
        return [completion for lane in lanes for completion in lane.take_stuck()]

    def _patience(self) -> float:
        now, waits = time.monotonic(), [POLL_SECONDS]
        with self._survived():
            wakes = (wake for lane in self._lanes if (wake := lane.wakes(now)) is not None)
            waits += [wake - now for wake in wakes]
        return max(0.0, min(waits))

    @contextlib.contextmanager
    def _survived(self) -> Iterator[None]:
        """Let a bug inside end the run, but not the completions: what is in flight is paid."""
        try:
            yield
        except Exception as bug:
            self.bug = self.bug or bug
            self.stop()

    def _work(self, lane: Lane[J, R], queued: _Queued[J, R], sent_at: float) -> None:
        result: R | Unused | None = None
        error: BaseException | None = None
        try:
            result = queued.work()
        except BaseException as raised:
            error = raised
        took = time.monotonic() - sent_at
        self._landed.put((sent_at, Completion(lane, queued.job, result, error, took)))
