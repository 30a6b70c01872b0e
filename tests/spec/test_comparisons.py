"""Values that a template compares with what they only look like: told, and equal as before."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import Diagnostic
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory


def told(template: str, row: str | None = None, **values: object) -> list[Diagnostic]:
    origin = f"vars: {json.dumps(values)}" if row is None else "rows: x.csv"
    spec = (
        "version: 1\nreferences: {r: {file: r.wav, purpose: song}}\n"
        f"songs: {{a: {{reference: r, {origin}, template: a.j2}}}}\n"
    )
    files = Memory(**{"templates/a.j2": template, "specs/x.csv": f"name,x\nAnn,{row}\n"})
    found = load(Source("specs/x.yaml", spec), "x", files).diagnostics
    assert not [one for one in found if one.severity.value == "error"], found
    return [one for one in found if one.code == "vars.compared"]


@pytest.mark.parametrize(
    ("row", "test", "detail", "fix"),
    [
        ("30", "x == 30", '`x` is the text "30", and not a number', "x | int == 30"),
        ("31", "x == 30", '`x` is the text "31", and not a number', "x | int == 30"),
        ("0", "0 == x", '`x` is the text "0", and not a number', "x | int == 0"),
        ("1.5", "x != 1", '`x` is the text "1.5", and not a number', "x | float == 1"),
        ("Yes", "x == 'yes'", '`x` is "Yes", and not "yes"', "x | trim | lower"),
        ("YES", "x != 'Yes'", '`x` is "YES", and not "Yes"', "x | trim | lower"),
    ],
)
def test_a_field_that_only_looks_equal_is_told_with_its_line(
    row: str, test: str, detail: str, fix: str
) -> None:
    (found,) = told(f"la{{% if {test} %}} lo{{% endif %}}", row)
    assert (found.detail.partition(", for ")[0], found.span.source.path, found.span.line) == (
        detail,
        "specs/x.csv",
        2,
    )
    assert fix in found.fix


def test_a_number_that_is_compared_with_a_text_is_told() -> None:
    (found,) = told("la{% if x == '30' %} lo{% endif %}", x=30)
    assert found.detail == "`x` is the number 30, and not a text"


@pytest.mark.parametrize(
    ("row", "test"),
    [
        ("30", "x == '30'"),
        ("30", "x | int == 30"),
        ("thirty", "x == 30"),
        ("", "x == 30"),
        (" ", "x != ''"),
        ("Ann", "x == x | upper"),
        ("no", "x == false"),
        ("yes", "x == 'yes'"),
        ("Yes please", "x == 'yes'"),
    ],
)
def test_other_comparisons_pass_without_a_word(row: str, test: str) -> None:
    assert not told(f"la{{% if {test} %}} lo{{% endif %}}", row)


@given(st.integers(-99, 99), st.sampled_from(["==", "!="]))
def test_numbers_of_vars_are_compared_with_numbers(number: int, sign: str) -> None:
    assert not told(f"la{{% if x {sign} {abs(number)} %}} lo{{% endif %}}", x=number)
