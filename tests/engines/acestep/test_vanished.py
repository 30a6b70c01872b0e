"""Jobs that a restarted server lost, on a clock that the test turns."""

from __future__ import annotations

from songbatch.engines.acestep.inventory import ServerLoad
from songbatch.engines.acestep.results import JobReport
from songbatch.engines.acestep.vanished import VanishedJobs


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def running(job_id: str, progress: float, stage: str = "diffusion") -> JobReport:
    return JobReport(job_id, 0, {"progress": progress, "stage": stage})


def waiting(job_id: str) -> JobReport:
    return JobReport(job_id, 0, {"progress": 0.0, "stage": "queued"})


def test_an_unknown_job_is_lost_after_three_polls_and_ten_seconds() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    found = []
    for _ in range(4):
        found.append(watch.unknown("a"))
        clock.now += 4
    assert found == [False, False, False, True]


def test_three_quick_polls_are_not_enough_and_neither_are_two_slow_ones() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    assert not any(watch.unknown("a") for _ in range(20))
    clock.now += 60
    assert watch.unknown("a")
    assert not watch.unknown("b")
    clock.now += 60
    assert not watch.unknown("b")


def test_a_job_that_shows_again_begins_anew() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    watch.unknown("a")
    clock.now += 9
    watch.unknown("a")
    watch.under_way(waiting("a"))
    clock.now += 9
    assert not watch.unknown("a")


def polled(watch: VanishedJobs, clock: Clock, *reports: JobReport, load: ServerLoad) -> set[str]:
    """Poll once; two seconds pass before it."""
    clock.now += 2
    for report in reports:
        watch.under_way(report)
    return watch.lost(load if watch.wants_load() else None)


def test_a_job_that_the_server_does_not_count_is_lost() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    nothing = ServerLoad(queued=0, running=0)
    times = []
    while not polled(watch, clock, running("a", 0.4), load=nothing):
        times.append(clock.now)
        assert len(times) < 30
    assert 12 <= clock.now - 1000 <= 25


def test_a_slow_job_that_the_server_counts_is_not_lost() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    one = ServerLoad(queued=0, running=1)
    assert not any(polled(watch, clock, running("a", 0.4), load=one) for _ in range(600))


def test_a_job_that_ends_between_two_looks_takes_no_other_with_it() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    both = [running("a", 0.4), running("b", 0.4)]
    for _ in range(10):
        assert not polled(watch, clock, *both, load=ServerLoad(0, 2))
    # "b" ends: the server counts one, while the last poll still showed two.
    assert not polled(watch, clock, *both, load=ServerLoad(0, 1))
    watch.ended("b")
    for _ in range(15):
        assert not polled(watch, clock, running("a", 0.4), load=ServerLoad(0, 1))


def test_two_looks_far_apart_prove_nothing_together() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    for progress in (0.1, 0.2, 0.3):
        # The server counts one job too few in a single look, and much later in another.
        for _ in range(6):
            assert not polled(watch, clock, running("a", progress), load=ServerLoad(0, 0))
        for step in range(30):
            moved = running("a", progress + 0.001 * step)
            assert not polled(watch, clock, moved, load=ServerLoad(0, 1))


def test_after_a_restart_new_jobs_stay_and_the_old_one_goes() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    for _ in range(10):
        assert not polled(watch, clock, running("old", 0.4), load=ServerLoad(0, 1))
    gone: set[str] = set()
    for _ in range(20):
        reports = [waiting("new")] if gone else [running("old", 0.4), waiting("new")]
        gone |= polled(watch, clock, *reports, load=ServerLoad(1, 0))
    assert gone == {"old"}


def test_among_strangers_jobs_a_frozen_one_shows_by_what_ends_meanwhile() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    start = clock.now
    while True:
        ended = int((clock.now - start) // 10)
        load = ServerLoad(queued=5, running=1, finished=ended, job_seconds=10.0)
        if polled(watch, clock, running("a", 0.4), load=load):
            break
        assert clock.now < start + 200
    assert 60 <= clock.now - start <= 80


def test_a_job_that_waits_while_others_end_is_not_frozen() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    for turn in range(600):
        load = ServerLoad(queued=5, running=1, finished=turn, job_seconds=2.0)
        assert not polled(watch, clock, waiting("a"), load=load)


def test_a_job_that_begins_when_another_ends_is_not_frozen_by_that() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    load = ServerLoad(queued=0, running=1, finished=0, job_seconds=1.0)
    polled(watch, clock, running("a", 0.9), waiting("b"), load=load)
    clock.now += 2
    watch.under_way(running("b", 0.1))
    watch.ended("a")
    after = ServerLoad(queued=0, running=1, finished=1, job_seconds=1.0)
    assert not any(polled(watch, clock, running("b", 0.1), load=after) for _ in range(300))


def test_a_long_song_is_given_three_times_its_time() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    start = clock.now
    while True:
        ended = int((clock.now - start) // 10)
        load = ServerLoad(queued=5, running=2, finished=ended, job_seconds=100.0)
        if polled(watch, clock, running("a", 0.4), load=load):
            break
        assert clock.now < start + 500
    assert clock.now - start >= 300


def test_a_job_that_nobody_asks_for_is_not_believed_alive() -> None:
    clock = Clock()
    watch = VanishedJobs(clock)
    watch.under_way(running("left", 0.5))
    clock.now += 40
    one = ServerLoad(queued=0, running=1)
    assert not any(polled(watch, clock, running("a", 0.4), load=one) for _ in range(60))


def test_who_is_more_patient_waits_longer_for_a_job_that_is_unknown() -> None:
    clock = Clock()
    watch = VanishedJobs(clock, lost_after=60)
    found = []
    for _ in range(5):
        found.append(watch.unknown("a"))
        clock.now += 15
    assert found == [False, False, False, False, True]


def test_who_is_less_patient_looks_sooner_whether_a_job_is_missing() -> None:
    clock = Clock()
    watch = VanishedJobs(clock, lost_after=1)
    load = ServerLoad(0, 0)
    found = [polled(watch, clock, running("a", 0.5), load=load) for _ in range(3)]
    assert found == [set(), set(), {"a"}]
