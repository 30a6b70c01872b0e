"""The scheduler: order, width, delays, stopping. Threads are real; nothing sleeps for luck."""

from __future__ import annotations

import threading

from pipeline.run.scheduler import Landing, Scheduler


def test_lowest_positions_go_first() -> None:
    scheduler: Scheduler[int] = Scheduler(1)
    for position in (3, 1, 2):
        scheduler.add(position, f"job {position}", lambda position=position: position)  # type: ignore[misc]
    assert [landing.result for landing in scheduler.landings()] == [1, 2, 3]


def test_jobs_may_be_added_while_others_land() -> None:
    scheduler: Scheduler[int] = Scheduler(2)
    scheduler.add(0, "first", lambda: 0)
    results = []
    for landing in scheduler.landings():
        results.append(landing.result)
        if len(results) < 5:
            scheduler.add(0, "next", lambda: len(results))
    assert results == [0, 1, 2, 3, 4]


def test_no_more_than_width_run_at_once() -> None:
    scheduler: Scheduler[None] = Scheduler(3)
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
        scheduler.add(0, number, lambda number=number: work(number))  # type: ignore[misc]
    assert len(list(scheduler.landings())) == 9
    assert peak == [3]


def test_a_delayed_job_does_not_hold_a_thread() -> None:
    scheduler: Scheduler[str] = Scheduler(1)
    scheduler.add(0, "late", lambda: "late", delay=0.05)
    scheduler.add(1, "early", lambda: "early")
    assert [landing.job for landing in scheduler.landings()] == ["early", "late"]


def test_stopping_hands_out_nothing_more_and_awaits_what_runs() -> None:
    scheduler: Scheduler[str] = Scheduler(1)
    for number in range(3):
        scheduler.add(number, number, lambda: "done")
    landed: list[Landing[str]] = []
    for landing in scheduler.landings():
        landed.append(landing)
        scheduler.stop()
    assert 1 <= len(landed) <= 2
    assert all(landing.result == "done" for landing in landed)


def test_an_exception_lands_like_a_result() -> None:
    scheduler: Scheduler[int] = Scheduler(1)
    scheduler.add(0, "bad", lambda: int("no number"))
    (landing,) = scheduler.landings()
    assert isinstance(landing.error, ValueError)
