"""Numbers of vars and matrices as the author wrote them: `1.10` counts as 1.1 and prints as 1.10.

They only serve templates. What is recorded, compared or named goes by the `recorded` value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.model import Value


class _WrittenInt(int):
    """A whole number with its letters."""

    text: str

    def __repr__(self) -> str:
        return self.text


class _WrittenFloat(float):
    """A fraction with its letters."""

    text: str

    def __repr__(self) -> str:
        return self.text


def written(node: Scalar) -> Value:
    """Return the value of a scalar, as a number that prints as it was written if it is one."""
    value = node.value
    kind: Any = {int: _WrittenInt, float: _WrittenFloat}.get(type(value))
    if kind is None or repr(value) == node.text:
        return value
    number: _WrittenInt | _WrittenFloat = kind(value)
    number.text = node.text
    return number


def recorded(value: Value) -> Value:
    """Return a value without the letters that it was written in."""
    if isinstance(value, _WrittenInt):
        return int(value)
    return float(value) if isinstance(value, _WrittenFloat) else value
