"""The limit that workers set, alone and together with a service's own."""

from __future__ import annotations

from songbatch.run.concurrency import Fixed
from songbatch.run.slots import LOOK_SECONDS, Slots


def test_as_many_as_there_are_slots_now() -> None:
    there = [3]
    limit = Slots(lambda: there[0])
    assert limit.room(0.0) == 3
    limit.sent(0.0)
    there[0] = 5
    assert limit.room(1.0) == 4
    there[0] = 0  # everybody left: what is out is awaited
    assert limit.room(2.0) == -1
    limit.landed(3.0, 0.0)
    assert limit.room(3.0) == 0
    assert limit.wakes(3.0) == 3.0 + LOOK_SECONDS


def test_no_more_than_the_user_says() -> None:
    assert Slots(lambda: 100, most=7).room(0.0) == 7


def test_a_services_limit_holds_too_and_hears_of_everything() -> None:
    service = Fixed(2)
    limit = Slots(lambda: 10, within=service)
    limit.sent(0.0)
    limit.sent(0.0)
    assert limit.room(0.0) == 0
    limit.refused(1.0, 0.0, None)
    limit.landed(1.0, 0.0)
    assert (limit.room(1.0), service.room(1.0)) == (2, 2)


def test_a_lost_workers_request_keeps_its_place_at_the_service() -> None:
    lost = [1]
    limit = Slots(lambda: 10, within=Fixed(2), ghosts=lambda: lost[0])
    assert limit.room(0.0) == 1
    lost[0] = 0
    assert limit.room(1.0) == 2
