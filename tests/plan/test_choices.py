"""How often a request with an unknown outcome is repeated."""

from __future__ import annotations

import pytest

from songbatch.plan import Choices


@pytest.mark.parametrize(
    ("retry_unknown", "is_free", "tries"),
    [(None, True, 1), (None, False, 0), (0, True, 0), (3, False, 3)],
)
def test_what_may_cost_is_repeated_only_if_asked_to(
    retry_unknown: int | None, is_free: bool, tries: int
) -> None:
    choices = Choices(retry_unknown)
    assert choices.unknown_tries(is_free=is_free) == tries
    held = [choices.holds(unknown, is_free=is_free) for unknown in (tries, tries + 1)]
    assert held == [False, not is_free or retry_unknown is not None]
