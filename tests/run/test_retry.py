"""The table of tries, without a clock and without chance."""

from __future__ import annotations

import pytest

from songbatch.engines.base import Verdict
from songbatch.run.retry import LONGEST_ASKED_WAIT, Decision, Next, RetryPolicy

POLICY = RetryPolicy(first_wait=1.0, longest_wait=10.0, unknown_tries=1)


def decide(verdict: Verdict, failed: int, retry_after: float | None = None) -> Decision:
    return POLICY.decide(verdict, failed, retry_after, lambda: 0.5)


@pytest.mark.parametrize(
    ("verdict", "tries", "after"),
    [
        (Verdict.RETRY, 3, Next.FAIL),
        (Verdict.SLOW_DOWN, 8, Next.FAIL),
        (Verdict.UNREACHABLE, 3, Next.STOP_RUN),
        (Verdict.UNKNOWN, 1, Next.FAIL),
    ],
)
def test_tries_are_bounded(verdict: Verdict, tries: int, after: Next) -> None:
    assert [decide(verdict, n).next for n in range(1, tries + 1)] == [Next.AGAIN] * tries
    assert decide(verdict, tries + 1) == Decision(after)


def test_some_are_never_tried_again() -> None:
    assert decide(Verdict.REJECTED, 1) == Decision(Next.FAIL)
    assert decide(Verdict.STOP, 1) == Decision(Next.STOP_RUN)


def test_an_unknown_id_is_uploaded_again_once() -> None:
    assert decide(Verdict.REUPLOAD, 1) == Decision(Next.REUPLOAD)
    assert decide(Verdict.REUPLOAD, 2) == Decision(Next.FAIL)


def test_waits_double_up_to_a_bound_and_are_drawn_below_it() -> None:
    waits = [decide(Verdict.SLOW_DOWN, n).delay_seconds for n in range(1, 8)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_the_service_may_say_how_long_within_reason() -> None:
    assert decide(Verdict.SLOW_DOWN, 1, retry_after=7.0).delay_seconds == 7.0
    assert decide(Verdict.SLOW_DOWN, 1, retry_after=0.0).delay_seconds == 0.0
    assert decide(Verdict.SLOW_DOWN, 1, retry_after=LONGEST_ASKED_WAIT).next is Next.AGAIN
    assert decide(Verdict.SLOW_DOWN, 1, retry_after=LONGEST_ASKED_WAIT + 1).next is Next.STOP_RUN


def test_the_cautious_repeat_no_unknown_outcome() -> None:
    cautious = RetryPolicy(unknown_tries=0)
    assert cautious.decide(Verdict.UNKNOWN, 1, None, lambda: 0.0) == Decision(Next.FAIL)
