"""JSON with an indent of one, byte for byte as `json.dumps(value, indent=1)` writes it.

The standard library's fast encoder takes no indent, and its other one needs seconds for the
manifest of ten thousand songs.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def indented(value: Any, depth: int = 0) -> str:
    """Return `value`, as it stands `depth` brackets deep, as JSON; other scripts are unescaped.

    Raises ValueError for NaN and infinity.
    """
    # In JSON no text holds a line end.
    return msgspec.json.format(_compact(value), indent=1).replace("\n", "\n" + depth * " ")
