"""Which ids a glob matches."""

from __future__ import annotations

import pytest

from songbatch.plan.selection import Selection

ID = "friends/birthday/happy-ann/2"


@pytest.mark.parametrize(
    "pattern",
    [
        "friends/birthday/happy-ann/2",
        "friends",
        "friends/birthday",
        "friends/birthday/happy-ann",
        "birthday",
        "birthday/happy-ann",
        "birthday/happy-*",
        "*/happy-*",
        "*/2",
        "*",
        "birth[abd]ay",
    ],
)
def test_matches(pattern: str) -> None:
    assert Selection([pattern]).takes(ID)
    assert not Selection(exclude=[pattern]).takes(ID)


@pytest.mark.parametrize("pattern", ["happy-ann", "2", "Friends", "friend", "birthday/2", ""])
def test_does_not_match(pattern: str) -> None:
    assert not Selection([pattern]).takes(ID)
    assert Selection(exclude=[pattern]).takes(ID)


def test_exclude_wins_and_nothing_selected_is_everything() -> None:
    assert Selection().takes(ID)
    assert not Selection(["friends"], ["*/2"]).takes(ID)
    assert Selection(["x", "friends"], ["*/1"]).takes(ID)
