"""The bound of a run, as pure data, and the lane that asks it before anything leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from songbatch.run.budget import ROUNDING, Budget
from songbatch.run.concurrency import Fixed
from songbatch.run.scheduler import NotAdmitted, Scheduler

PRICES = st.none() | st.floats(0, 5, allow_nan=False)
ENDS = st.sampled_from(["answered", "doubted", "unusable", "release"])


def test_a_budget_is_reserved_before_it_is_spent() -> None:
    budget = Budget(0.03, max_cost=0.09)
    assert [budget.reserve() for _ in range(4)] == [True, True, True, False]
    budget.release()
    assert (budget.reserve(), budget.reserve()) == (True, False)


def test_a_budget_of_requests() -> None:
    budget = Budget(0.0, max_cost=0.0, max_requests=2)
    assert [budget.reserve() for _ in range(3)] == [True, True, False]


def test_what_the_service_charges_counts_as_soon_as_it_is_known() -> None:
    budget = Budget(0.03, max_cost=2.0)
    assert budget.reserve()
    budget.answered(1.0)
    assert budget.reserve()
    assert not budget.reserve(), "at the highest price, two are in flight or spent"
    budget.answered(1.0)
    assert not budget.reserve()


def test_a_cheaper_service_leaves_room_and_never_below_the_planned_price() -> None:
    budget = Budget(0.5, max_cost=1.0)
    for _ in range(6):
        assert budget.reserve()
        budget.answered(0.1)
    assert not budget.reserve(), "0.6 are spent, and the next counts as 0.5"


def test_another_leg_goes_on_where_the_first_ended() -> None:
    budget = Budget(0.5, max_cost=1.0, max_requests=9)
    assert budget.reserve()
    budget.answered(0.8)
    free, dear = budget.after(0.0), budget.after(0.3)
    assert (free.reserve(), dear.reserve(), free.requests) == (True, False, 2)


@given(st.floats(0, 2), st.floats(0, 20), st.lists(st.tuples(ENDS, PRICES), max_size=40))
def test_no_request_leaves_that_known_prices_forbid(
    planned: float, most: float, ends: list[tuple[str, float | None]]
) -> None:
    budget, highest, known = Budget(planned, max_cost=most), planned, 0.0
    for end, said in ends:
        if not budget.reserve():
            assert known + highest > most
            return
        assert known + highest <= most + 2 * ROUNDING
        at_worst = max(highest, said or 0.0)
        match end:
            case "answered":
                budget.answered(said)
                known += planned if said is None else said
            case "doubted":
                budget.doubted(said)
                known += at_worst if said is None else said
            case "unusable":
                budget.answered(said)
                budget.unusable(said)
                known += at_worst if said is None else said
            case _:
                budget.release()
                continue
        highest = at_worst


def test_what_is_not_admitted_waits_for_what_is_in_flight_and_then_lands_as_that() -> None:
    scheduler: Scheduler[int] = Scheduler()
    room = [1]

    def admits() -> bool:
        room[0] -= 1
        return room[0] >= 0

    lane = scheduler.lane(Fixed(3), admits=admits)
    for number in range(3):
        lane.add(number, number, lambda: 7)
    lane.add(3, "later", lambda: 7, delay_seconds=60.0)
    landed = []
    for completion in scheduler.completions():
        landed.append((completion.job, completion.result, type(completion.error)))
        if completion.job == 0:
            room[0] = 1
    gone = [(2, None, NotAdmitted), ("later", None, NotAdmitted)]
    assert landed == [(0, 7, type(None)), (1, 7, type(None)), *gone]


def test_another_lane_goes_on_while_one_admits_nothing() -> None:
    scheduler: Scheduler[str] = Scheduler()
    shut, free = scheduler.lane(Fixed(1), admits=lambda: False), scheduler.lane(Fixed(1))
    shut.add(0, "shut", lambda: "never")
    free.add(1, "free", lambda: "done")
    results = {completion.job: completion.result for completion in scheduler.completions()}
    assert results == {"shut": None, "free": "done"}
