"""The bound of a run, as pure data, and the lane that asks it before anything leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from songbatch.run.budget import ROUNDING, Budget
from songbatch.run.concurrency import Fixed
from songbatch.run.scheduler import Lane, NotAdmitted, Scheduler

PRICES = st.none() | st.floats(0, 5, allow_nan=False)
ENDS = st.sampled_from(["answered", "doubted", "unusable", "release"])


def test_a_budget_is_reserved_before_it_is_spent() -> None:
    budget = Budget(max_cost=0.09)
    assert [budget.reserve(0.03) for _ in range(4)] == [True, True, True, False]
    budget.release(0.03)
    assert (budget.reserve(0.03), budget.reserve(0.03)) == (True, False)


def test_a_budget_of_requests_counts_songs_alone() -> None:
    budget = Budget(max_cost=0.0, max_requests=2)
    assert [budget.reserve(0.0) for _ in range(3)] == [True, True, False]
    assert budget.reserve(0.0, is_song=False)
    budget.release(0.0, is_song=False)
    assert not budget.reserve(0.0)


def test_requests_have_their_own_prices() -> None:
    budget = Budget(max_cost=0.5)
    assert [budget.reserve(usd) for usd in (0.3, 0.25, 0.2)] == [True, False, True]
    budget.answered(0.3, None)
    assert not budget.reserve(0.01)
    budget.release(0.2)
    assert budget.reserve(0.2)


def test_what_the_service_charges_counts_as_soon_as_it_is_known() -> None:
    budget = Budget(max_cost=2.0)
    assert budget.reserve(0.03)
    budget.answered(0.03, 1.0)
    assert budget.reserve(0.03)
    assert not budget.reserve(0.03), "at the worst, two are in flight or spent"
    budget.answered(0.03, 1.0)
    assert not budget.reserve(0.03)


def test_a_service_that_charges_twice_the_price_does_so_for_long_songs_too() -> None:
    budget = Budget(max_cost=1.0)
    assert budget.reserve(0.1)
    budget.answered(0.1, 0.2)
    assert not budget.reserve(0.5)
    assert budget.reserve(0.4)


def test_a_service_that_was_free_and_charges_does_so_for_each() -> None:
    budget = Budget(max_cost=1.0)
    assert budget.reserve(0.0)
    budget.answered(0.0, 0.4)
    assert [budget.reserve(0.0), budget.reserve(0.0)] == [True, False]


def test_a_cheaper_service_leaves_room_and_never_below_the_planned_price() -> None:
    budget = Budget(max_cost=1.0)
    for _ in range(6):
        assert budget.reserve(0.5)
        budget.answered(0.5, 0.1)
    assert not budget.reserve(0.5), "0.6 are spent, and the next counts as 0.5"


def test_another_leg_goes_on_where_the_first_ended() -> None:
    budget = Budget(max_cost=1.0, max_requests=9)
    assert budget.reserve(0.5)
    budget.answered(0.5, 0.8)
    after = budget.after()
    assert (after.reserve(0.0), after.reserve(0.3), after.requests) == (True, False, 2)


@given(
    st.floats(0, 20),
    st.lists(st.tuples(st.floats(0, 2), ENDS, PRICES), max_size=40),
)
def test_no_request_leaves_that_known_prices_forbid(
    most: float, ends: list[tuple[float, str, float | None]]
) -> None:
    budget, factor, extra, known = Budget(max_cost=most), 1.0, 0.0, 0.0
    for usd, end, said in ends:
        worst = max(usd * factor, extra)
        if not budget.reserve(usd):
            assert known + worst > most - 2 * ROUNDING
            return
        assert known + usd <= most + 2 * ROUNDING
        if end == "release":
            budget.release(usd)
            continue
        if said is not None and said > usd + ROUNDING:
            factor = max(factor, said / usd) if usd else factor
            extra = extra if usd else max(extra, said)
        match end:
            case "answered":
                budget.answered(usd, said)
                known += usd if said is None else said
            case "doubted":
                known += budget.doubted(usd, said)
            case "unusable":
                budget.answered(usd, said)
                budget.unusable(usd, said)
                known += max(usd * factor, extra) if said is None else said
        assert budget.known_usd >= known - 1e-6 or said is None
        known = budget.known_usd


def test_what_is_not_admitted_waits_for_what_is_in_flight_and_then_lands_as_that() -> None:
    scheduler = Scheduler()
    room = [1]

    def admits(_job: object) -> bool:
        room[0] -= 1
        return room[0] >= 0

    lane: Lane[object, int] = scheduler.lane(Fixed(3), admits=admits)
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
    scheduler = Scheduler()
    shut: Lane[str, str] = scheduler.lane(Fixed(1), admits=lambda _job: False)
    free: Lane[str, str] = scheduler.lane(Fixed(1))
    shut.add(0, "shut", lambda: "never")
    free.add(1, "free", lambda: "done")
    results = {completion.job: completion.result for completion in scheduler.completions()}
    assert results == {"shut": None, "free": "done"}
