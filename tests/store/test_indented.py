"""Indented JSON is what the standard library writes, byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.indented import indented

VALUES = st.recursive(
    st.one_of(
        st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
    )
    | st.none(),
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.text(), inner)
    ),
)


@given(VALUES)
def test_it_is_the_same(value: object) -> None:
    assert indented(value) == json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


def test_there_is_no_word_for_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        indented({"a": [float("nan")]})
