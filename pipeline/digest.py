"""Canonical JSON and SHA-256: what makes two things the same thing.

Canonical JSON here is UTF-8, keys sorted, no spaces, no NaN: one value, one sequence of bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the one sequence of bytes that stands for `value`.

    Raises ValueError for numbers that JSON has no word for (NaN, infinity).
    """
    return _CANONICAL.encode(value).encode("utf-8")


# json.dumps would make an encoder each time, and there is a key for every song.
_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
