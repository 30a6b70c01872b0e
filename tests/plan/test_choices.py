"""How often a request with an unknown outcome is repeated."""

from __future__ import annotations

import pytest

from songbatch.plan import Choices
from songbatch.prices import Price


@pytest.mark.parametrize(
    ("retry_unknown", "price", "tries"),
    [
        (None, Price(), 1),
        (None, Price(0.5, 0.5), 0),
        (None, Price(0.0, 0.5), 0),  # free by the project, but not counted as free
        (0, Price(), 0),
        (3, Price(0.5, 0.5), 3),
    ],
)
def test_what_may_cost_is_repeated_only_if_asked_to(
    retry_unknown: int | None, price: Price, tries: int
) -> None:
    choices = Choices(retry_unknown)
    assert choices.unknown_tries(price) == tries
    is_free = price.counted == 0 and retry_unknown is None
    assert [choices.holds(unknown, price) for unknown in (tries, tries + 1)] == [False, not is_free]
