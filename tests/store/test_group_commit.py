"""One act for many: all is served once and in order, and failures reach whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from songbatch.store.group_commit import GroupCommit

THREADS, EACH = 8, 200


def test_everything_is_served_once_before_its_call_returns_and_in_its_order() -> None:
    served: list[tuple[int, int]] = []
    together = GroupCommit(served.extend)

    def hand_in_many(thread: int) -> bool:
        return all(one in served for one in _handed_in(together, thread))

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(hand_in_many, range(THREADS)))
    assert len(served) == THREADS * EACH
    for thread in range(THREADS):
        assert [number for by, number in served if by == thread] == list(range(EACH))


def _handed_in(together: GroupCommit[tuple[int, int]], thread: int) -> list[tuple[int, int]]:
    things = [(thread, number) for number in range(EACH)]
    for thing in things:
        together.submit(thing)
    return things


def test_a_failure_is_raised_for_all_it_concerns_and_for_nobody_else() -> None:
    refused: list[int] = []

    def act(numbers: Sequence[int]) -> None:
        if any(number % 10 == 0 for number in numbers):
            refused.extend(numbers)
            raise OSError(str(numbers))

    together = GroupCommit(act)

    def fails(number: int) -> bool:
        try:
            together.submit(number)
        except OSError:
            return True
        return False

    with ThreadPoolExecutor(THREADS) as pool:
        failed = {number for number, it_did in enumerate(pool.map(fails, range(EACH))) if it_did}
    assert failed == set(refused)
    assert failed >= set(range(0, EACH, 10))
    together.submit(1)
    with pytest.raises(OSError, match="10"):
        together.submit(10)
