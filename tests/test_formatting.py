"""Numbers for people: counts, money, durations, sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.formatting import (
    count,
    duration,
    enumerated,
    money,
    nothing_to_do,
    plain_value,
    size,
)


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0, "$0.00"),
        (5e-7, "less than $0.000001"),
        (0.000012, "$0.000012"),
        (0.0005, "$0.0005"),
        (0.035, "$0.035"),
        (0.1, "$0.10"),
        (1234.5, "$1,234.50"),
    ],
)
def test_money(usd: float, text: str) -> None:
    assert money(usd) == text


@given(st.floats(1e-6, 1e6))
def test_money_is_never_rounded_away(usd: float) -> None:
    assert abs(float(money(usd).strip("$").replace(",", "")) - usd) <= max(usd * 0.05, 5e-7)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (38.2, "38 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (720, "12 min"),
        (12000, "3 h 20 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (1000, "1.0 kB"),
        (4200, "4.2 kB"),
        (1_300_000_000, "1.3 GB"),
        (5 * 10**12, "5000.0 GB"),
    ],
)
def test_size(number: int, text: str) -> None:
    assert size(number) == text


def test_counts_are_plural_but_for_one() -> None:
    assert [count(n, "song") for n in (0, 1, 2, 10_000)] == [
        "0 songs",
        "1 song",
        "2 songs",
        "10,000 songs",
    ]
    assert nothing_to_do(10_000) == "Nothing to do: 10,000 up to date."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (90.0, "90"),
        (2.5, "2.5"),
        (7, "7"),
        ("x", "x"),
        (None, "None"),
        (1e300, "1e+300"),
    ],
)
def test_a_value_is_written_as_a_spec_has_it(value: object, text: str) -> None:
    assert plain_value(value) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_words_are_enumerated(words: list[str], text: str) -> None:
    assert enumerated(words) == text
