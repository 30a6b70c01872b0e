"""The scheduler: order, width, delays, stopping. Threads are real; nothing sleeps for luck."""

from __future__ import annotations

import threading
import time
from typing import Any, TypeVar

import pytest

from songbatch.run.concurrency import Fixed, Learned, Limit
from songbatch.run.scheduler import Completion, Lane, Scheduler, TooMany, Unused

T = TypeVar("T")


def open_lane(scheduler: Scheduler, limit: Limit, **how: Any) -> Lane[Any, Any]:
    return scheduler.lane(limit, **how)


def one_lane(width: int, _result: type[T]) -> tuple[Scheduler, Lane[object, T]]:
    scheduler = Scheduler()
    return scheduler, scheduler.lane(Fixed(width))


def test_lowest_positions_go_first() -> None:
    scheduler, lane = one_lane(1, int)
    for position in (3, 1, 2):
        lane.add(position, f"job {position}", lambda position=position: position)  # type: ignore[misc]
    assert [completion.result for completion in scheduler.completions()] == [1, 2, 3]


def test_jobs_may_be_added_while_others_land() -> None:
    scheduler, lane = one_lane(2, int)
    lane.add(0, "first", lambda: 0)
    results = []
    for completion in scheduler.completions():
        results.append(completion.result)
        if len(results) < 5:
            lane.add(0, "next", lambda: len(results))
    assert results == [0, 1, 2, 3, 4]


def test_no_more_than_width_run_at_once() -> None:
    scheduler, lane = one_lane(3, object)
    running, peak, lock = set[int](), [0], threading.Lock()
    together = threading.Barrier(3, timeout=30)

    def work(number: int) -> None:
        with lock:
            running.add(number)
            peak[0] = max(peak[0], len(running))
        together.wait()
        with lock:
            running.discard(number)

    for number in range(9):
        lane.add(0, number, lambda number=number: work(number))  # type: ignore[misc]
    assert len(list(scheduler.completions())) == 9
    assert peak == [3]


def test_a_delayed_job_does_not_hold_a_thread() -> None:
    scheduler, lane = one_lane(1, str)
    lane.add(0, "late", lambda: "late", delay_seconds=0.05)
    lane.add(1, "early", lambda: "early")
    assert [completion.job for completion in scheduler.completions()] == ["early", "late"]


def test_stopping_hands_out_nothing_more_and_awaits_what_runs() -> None:
    scheduler, lane = one_lane(1, str)
    for number in range(3):
        lane.add(number, number, lambda: "done")
    landed: list[Completion[object, str]] = []
    for completion in scheduler.completions():
        landed.append(completion)
        scheduler.stop()
    assert 1 <= len(landed) <= 2
    assert all(completion.result == "done" for completion in landed)


def test_an_exception_lands_like_a_result() -> None:
    scheduler, lane = one_lane(1, int)
    lane.add(0, "bad", lambda: int("no number"))
    (completion,) = scheduler.completions()
    assert isinstance(completion.error, ValueError)


def test_a_full_lane_leaves_the_other_free() -> None:
    scheduler = Scheduler()
    one, other = open_lane(scheduler, Fixed(1)), open_lane(scheduler, Fixed(1))
    held = threading.Event()

    def wait() -> str:
        assert held.wait(30)
        return "held"

    one.add(0, "held", wait)
    one.add(1, "behind", lambda: "behind")
    other.add(2, "free", lambda: "free")
    landed = []
    for completion in scheduler.completions():
        landed.append(completion.job)
        held.set()
    assert landed == ["free", "held", "behind"]


def test_the_limit_hears_of_refusals_and_of_the_wait_asked_for() -> None:
    scheduler = Scheduler()
    limit = Learned(most=4, width=2)
    lane = open_lane(
        scheduler,
        limit,
        turned_away=lambda error: TooMany(0.05) if str(error) == "full" else None,
    )

    def refuse() -> int:
        raise ValueError("full")

    lane.add(0, "refused", refuse)
    started = time.monotonic()
    for completion in scheduler.completions():
        if completion.job == "refused":
            assert limit.refused_since is not None
            lane.add(0, "again", lambda: 1)
    assert limit.refused_since is None
    assert time.monotonic() - started >= 0.05


def test_no_more_threads_work_than_a_lane_has_while_others_only_hold_a_place() -> None:
    scheduler = Scheduler()
    lane = open_lane(scheduler, Fixed(6), threads=2)
    running, peak, lock = [0], [0], threading.Lock()

    def work() -> int:
        with lock:
            running[0] += 1
            peak[0] = max(peak[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        return 0

    lane.hold(time.monotonic())
    for position in range(8):
        lane.add(position, position, work)
    assert len(list(scheduler.completions())) == 8
    assert peak == [2]


def test_a_lane_that_is_left_is_not_awaited_after_a_stop() -> None:
    scheduler = Scheduler()
    left, awaited = open_lane(scheduler, Fixed(1), left=True), open_lane(scheduler, Fixed(1))
    goes_on, begun = threading.Event(), threading.Event()

    def forever() -> str:
        begun.set()
        goes_on.wait(60)
        return "left"

    def stops() -> str:
        begun.wait(60)
        scheduler.stop()
        return "awaited"

    left.add(0, "left", forever)
    awaited.add(0, "awaited", stops)
    try:
        assert [completion.result for completion in scheduler.completions()] == ["awaited"]
    finally:
        goes_on.set()


@pytest.mark.parametrize("is_hurried", [True, False])
def test_a_lane_is_left_after_its_time_only_in_a_hurry(*, is_hurried: bool) -> None:
    scheduler = Scheduler()
    slow, quick = (open_lane(scheduler, Fixed(1), left_after=0.4) for _ in range(2))
    goes_on, begun = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        goes_on.wait(60 if is_hurried else 1.0)
        return "slow"

    def stops() -> str:
        begun.wait(60)
        scheduler.stop(is_hurried=is_hurried)
        time.sleep(0.05)
        return "quick"

    slow.add(0, "slow", work)
    quick.add(0, "quick", stops)
    try:
        results = [completion.result for completion in scheduler.completions()]
    finally:
        goes_on.set()
    assert results == (["quick"] if is_hurried else ["quick", "slow"])


def test_a_lane_that_is_left_is_awaited_where_nobody_stops() -> None:
    scheduler = Scheduler()
    left = open_lane(scheduler, Fixed(1), left=True)
    left.add(0, "left", lambda: "done")
    assert [completion.result for completion in scheduler.completions()] == ["done"]


def test_each_end_of_a_job_calls_what_its_lane_has_for_it() -> None:
    scheduler, told = Scheduler(), list[tuple[object, ...]]()
    lane = open_lane(
        scheduler,
        Fixed(1),
        landed=lambda job, result, took: told.append((job, result, took >= 0.0)),
        failed=lambda job, error: told.append((job, str(error))),
        unused=lambda job, found: told.append((job, "unused", found)),
    )

    def fail() -> int:
        raise ValueError("no")

    lane.add(0, "landed", lambda: 7)
    lane.add(1, "failed", fail)
    lane.add(2, "unused", lambda: Unused("elsewhere"))
    for completion in scheduler.completions():
        completion.settle()
    assert told == [("landed", 7, True), ("failed", "no"), ("unused", "unused", "elsewhere")]


def test_what_had_no_use_for_its_place_is_no_news_of_the_limit() -> None:
    limit = Learned(most=8, width=2, first_pause=0.01)
    before = (limit.width, limit.refused_since)
    scheduler = Scheduler()
    lane = open_lane(scheduler, limit)
    for number in range(20):
        lane.add(number, number, lambda: Unused(None))
    assert len(list(scheduler.completions())) == 20
    assert (limit.width, limit.refused_since, limit.in_flight) == (*before, 0)
