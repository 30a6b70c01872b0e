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
    assert Choices(retry_unknown).unknown_tries(price) == tries
