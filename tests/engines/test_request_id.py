"""The name of an attempt carries its take there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.request_id import is_valid, request_id, take_of


@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_the_take_survives(take: int, attempt: int) -> None:
    name = request_id("ab" * 32, take, attempt)
    assert is_valid(name)
    assert take_of(name) == take


@pytest.mark.parametrize(
    "name", ["", "x", "t3", "k.t0.a1", "k.t3", "k.t-1.a1", "k.t3.a1 ", "k.t1234567.a1", "k.t٣.a1"]
)
def test_other_names_mean_the_first_take(name: str) -> None:
    assert take_of(name) == 1


@pytest.mark.parametrize("name", ["", "a b", "ä", "a\n", "a" * 129])
def test_names_that_the_service_would_drop(name: str) -> None:
    assert not is_valid(name)
