"""Comparisons in templates that fail only by the form of a value: `n == 1` where n is the text 1.

Values of rows and of `--set` are texts, those of `vars` and of a matrix may be numbers, and texts
keep their letters. To jinja2 such values differ from what they look like, without a word.
"""

from __future__ import annotations

import re
from typing import Any

from songbatch.model import Value

Doubtful = dict[tuple[str, Value], Value]
"""Values by the name of the variable, and by the constant that it was compared with: None where its
truth was asked for."""

LOOKED_AT = "~looked-at"
"""The filter that is put in; no template can write its name."""
_NUMBER = re.compile(
    r"[-+]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?"
)
_LONGEST = 64
"""Characters: longer texts are no answers to a question."""


def misses_by_form(value: Any, other: Any) -> bool:
    """Return whether a variable is unequal to a constant, and only its form says so.

    A text that is a number is never equal to any number, so each of them counts.
    """
    if isinstance(value, str) and isinstance(other, str):
        return value != other and 0 < len(value) <= _LONGEST and _same_word(value, other)
    if isinstance(value, str):
        return _is_number(other) and _NUMBER.fullmatch(value.strip()) is not None
    return _is_number(value) and isinstance(other, str) and str(value) == other.strip()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_word(one: str, other: str) -> bool:
    word = other.strip().casefold()
    return bool(word) and one.strip().casefold() == word
