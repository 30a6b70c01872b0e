"""JSON with an indent of one, byte for byte as `json.dumps(value, indent=1)` writes it.

The standard library's fast encoder takes no indent, and its other one needs seconds for the
manifest of ten thousand songs.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def indented(value: Any, depth: int = 0) -> str:
    """Return `value`, as it stands `depth` brackets deep, as JSON; other scripts are unescaped.

    Raises ValueError for NaN and infinity.
    """
    return _text(value, "\n" + depth * " ")


def _text(value: Any, line: str) -> str:
    """Return a value's text; `line` begins a new line of the depth it stands at."""
    kind = type(value)
    if kind is dict and value:
        inner = line + " "
        return "".join(("{", inner, f",{inner}".join(_members(value, inner)), line, "}"))
    if kind in {list, tuple} and value:
        inner = line + " "
        items = [_text(item, inner) for item in value]
        return "".join(("[", inner, f",{inner}".join(items), line, "]"))
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return simple(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _members(value: dict[str, Any], line: str) -> list[str]:
    return [f"{encode_basestring(name)}: {_text(item, line)}" for name, item in value.items()]


_SIMPLE: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    float: lambda value: repr(value) if isfinite(value) else json.dumps(value, allow_nan=False),
    type(None): lambda _: "null",
}
"""Most values are one of these, and json.dumps makes an encoder for each."""
