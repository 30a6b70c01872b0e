"""Indented JSON is what the standard library writes, but for what a terminal could obey."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import escaped_json
from songbatch.store.indented import indented

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
    text = indented(value)
    assert json.loads(text) == json.loads(json.dumps(value))
    assert text == escaped_json(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))
    assert not [
        c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c != "\n"
    ]


def test_there_is_no_word_for_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        indented({"a": [float("nan")]})
