"""JSON with an indent of one, byte for byte as `printable_json(value, indent=1)` writes it.

The standard library's fast encoder takes no indent, and its other one needs seconds for the
manifest of ten thousand songs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from songbatch.diagnostics import printable_json


def indented(value: Any, depth: int = 0) -> str:
    """Return `value`, as it stands `depth` brackets deep, as JSON, for people to read.

    Raises ValueError for NaN and infinity.
    """
    text = msgspec.json.format(printable_json(value, allow_nan=False), indent=1)
    # In JSON no text holds a line end.
    return text.replace("\n", "\n" + depth * " ")
