"""The limit that is learned: a table of moments, and a simulated service. No clock, no sleeping."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.run.concurrency import FIRST_PATIENCE, LONGEST_REST, Learned
from support.service import Service, simulate


def full(limit: Learned, now: float) -> None:
    """Send as many as may be sent now."""
    while limit.room(now):
        limit.sent(now)


def test_it_begins_small_and_grows_while_nothing_is_refused() -> None:
    limit = Learned(most=64, width=4)
    full(limit, 0.0)
    assert limit.in_flight == 4
    widths = []
    for _ in range(6):
        wakes = limit.wakes(0.0)
        assert wakes is not None
        assert limit.room(wakes - 0.001) == 0
        full(limit, wakes)
        widths.append((round(wakes, 3), limit.in_flight))
    # Faster and faster: patience, then a half, a third of it, …
    assert widths[:3] == [(5.0, 5), (7.5, 6), (9.167, 7)]


def test_it_never_passes_its_bound() -> None:
    limit = Learned(most=5, width=4)
    for second in range(0, 100, 5):
        full(limit, float(second))
    assert limit.in_flight == limit.width == 5
    assert limit.wakes(100.0) is None


def test_a_refusal_above_what_was_proven_finds_the_limit_and_rests() -> None:
    limit = Learned(most=64, width=4)
    full(limit, 0.0)
    full(limit, FIRST_PATIENCE)
    limit.refused(FIRST_PATIENCE + 0.1, FIRST_PATIENCE)
    assert (limit.width, limit.in_flight) == (4, 4)
    assert limit.room(FIRST_PATIENCE + 0.2) == 0


def test_a_refusal_below_what_was_proven_halves() -> None:
    limit = Learned(most=64, width=8)
    full(limit, 0.0)
    full(limit, FIRST_PATIENCE)  # nine, and eight are proven
    for _ in range(3):
        limit.landed(60.0, 0.0)
    limit.sent(60.0)
    limit.refused(60.1, 60.0)
    assert limit.in_flight == 6
    assert limit.width == 3
    assert limit.room(60.2) == 0


def test_refusals_of_one_moment_count_once() -> None:
    limit = Learned(most=64, width=16)
    full(limit, 0.0)
    for _ in range(10):
        limit.refused(0.1, 0.0)
    assert limit.width == limit.in_flight == 6


def test_with_nothing_in_flight_it_pauses_longer_and_longer() -> None:
    limit, now, pauses = Learned(most=8, width=1, first_pause=1.0, longest_pause=8.0), 0.0, []
    for _ in range(6):
        assert limit.room(now) == 1
        limit.sent(now)
        limit.refused(now, now)
        wakes = limit.wakes(now)
        assert wakes is not None
        pauses.append(wakes - now)
        now = wakes
    assert pauses == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert limit.refused_since == 0.0
    limit.sent(now)
    limit.landed(now + 1, now)
    assert limit.refused_since is None


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    limit = Learned(most=8, width=4)
    full(limit, 0.0)
    limit.refused(1.0, 0.0, retry_after=30.0)
    assert (limit.room(30.9), limit.wakes(2.0)) == (0, 31.0)


@given(st.lists(st.tuples(st.sampled_from("slar"), st.floats(0, 100)), max_size=200))
def test_whatever_happens_it_stays_within_its_bounds(moments: list[tuple[str, float]]) -> None:
    limit, now, sent = Learned(most=16, width=4), 0.0, list[float]()
    for kind, passed in moments:
        now += passed
        room = limit.room(now)
        assert 0 <= room <= 16 - limit.in_flight
        assert 1 <= limit.width <= 16
        if kind == "s" and room:
            limit.sent(now)
            sent.append(now)
        elif kind == "l" and sent:
            limit.landed(now, sent.pop(0))
        elif kind == "r" and sent:
            limit.refused(now, sent.pop(), None)
        assert limit.in_flight == len(sent)
        assert (wakes := limit.wakes(now)) is None or wakes >= 0
    # Nobody waits for ever: with nothing in flight there is room at the latest after a pause.
    for started in sent:
        limit.landed(now, started)
    assert limit.room(now + 61) > 0


@pytest.mark.parametrize(("answer", "refusal"), [(55.0, 0.5), (0.5, 0.005)])
def test_a_limit_that_moves_is_followed(answer: float, refusal: float) -> None:
    results = []
    for seed in range(20):
        service = Service(answer, refusal, random.Random(seed))
        results.append(simulate(Learned(most=256, first_pause=answer / 50), service))
    assert min(result.share for result in results) >= 0.85
    assert max(result.refusals for result in results) <= 30


def test_an_hour_at_a_steady_limit_costs_few_refusals() -> None:
    service = Service(55.0, 0.5, random.Random(1), phases=(8,))
    result = simulate(Learned(most=32), service)
    assert result.share >= 0.95
    assert result.refusals <= 4 + 40 / LONGEST_REST
