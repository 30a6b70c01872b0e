"""Bounds on the output of templates: one for every operation that can make a lot out of little.

A sandbox keeps a template from reaching out; it does not keep it from `'a' * 10**9`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_OUTPUT = 20_000
"""Characters of one rendered text, and of every string or list made on the way."""
MAX_BITS = 4096
"""Of an integer."""
MAX_STEPS = 500_000
"""Of one rendering."""
ADVANCE = 10_000_000
"""Steps that all renderings of one spec may take together beyond STEPS_EACH for each."""
STEPS_EACH = 2000
"""Several times what a usual text takes, so that many renderings take as long as they are many."""
MOST_EXCESS = ADVANCE - MAX_STEPS
"""While renderings take no more beyond STEPS_EACH, none is granted fewer steps for the others."""
_WIDTH = re.compile(r"%[^a-zA-Z%]*?(\*|\d{4,})")
_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%"})


class TooMuch(Exception):
    """A bound was passed."""


def fits(size: float, what: str = "text") -> None:
    """Raise TooMuch for a size beyond the bound."""
    if size > MAX_OUTPUT:
        raise TooMuch(
            f"a {what} of more than {MAX_OUTPUT:,} {'items' if what == 'list' else 'characters'}"
        )


def operation(operator: str, left: Any, right: Any) -> None:
    """Raise TooMuch if `left operator right` would make too much."""
    match operator, left, right:
        case "*", str() | list() | tuple(), int():
            fits(len(left) * right)
        case "*", int(), str() | list() | tuple():
            fits(len(right) * left)
        case "*", int(), int():
            _bits(left.bit_length() + right.bit_length())
        case "**", int(), int():
            _bits(left.bit_length() * abs(right))
        case "+", str() | list() | tuple(), str() | list() | tuple():
            fits(len(left) + len(right))
        case "%", str(), _:
            formatting(left)
        case _, int(), int() if operator in _ARITHMETIC:
            _bits(max(left.bit_length(), right.bit_length()))


def _bits(count: int) -> None:
    if count > MAX_BITS:
        raise TooMuch(f"a number of more than {MAX_BITS} bits")


def formatting(pattern: str) -> None:
    """Raise TooMuch for a %-format that asks for a width of four digits or one from outside."""
    if _WIDTH.search(pattern):
        raise TooMuch("a format with a width of more than 999")


def padding(width: object) -> None:
    """Raise TooMuch for a width that pads too far."""
    if isinstance(width, int):
        fits(width)


def replacing(text: object, old: object, new: object) -> None:
    """Raise TooMuch if replacing would make too much."""
    text, old, new = str(text), str(old), str(new)
    count = text.count(old)
    fits(len(text) + count * (len(new) - len(old)))


def joining(parts: list[Any], separator: object) -> None:
    """Raise TooMuch if joining would make too much."""
    fits(sum(len(str(part)) for part in parts) + len(str(separator)) * len(parts))


def joined(parts: Iterable[str]) -> str:
    """Return texts as one. Raises TooMuch before it is made."""
    kept, size = [], 0
    for part in parts:
        size += len(part)
        fits(size)
        kept.append(part)
    return "".join(kept)
