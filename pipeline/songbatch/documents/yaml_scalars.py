"""Unquoted YAML scalars and their values: the 1.2 core schema, minus its surprises.

`no`, `1:30`, `2024-01-31`, `012`, `.inf` and numbers too long to keep exactly stay text.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.model import Value

_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
MAX_EXACT = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""
MAX_CHARACTERS = 40
"""No number is longer, so no time is lost on deciding that it is none."""


def resolve(text: str) -> Value:
    """Return the value of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAX_CHARACTERS or text[0] not in "+-.0123456789":
        return text
    if _DECIMAL.fullmatch(text):
        return _exact(int(text), text)
    if _BASED.fullmatch(text):
        return _exact(int(text, 0), text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def _exact(number: int, text: str) -> Value:
    return number if abs(number) <= MAX_EXACT else text


def tagged(tag: str, text: str, *, quoted: bool) -> Value:
    """Return the value of a scalar with a core tag. Raises ValueError if it is not of that type."""
    value = resolve(text)
    match tag:
        case "str":
            return text
        case "null" if value is None:
            return None
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    raise ValueError(tag if not quoted else f"{tag} in quotes")
