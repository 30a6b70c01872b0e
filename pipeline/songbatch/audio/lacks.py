"""Gaps of audio that plays all the same: a missing end, sizes that were never filled in."""

from __future__ import annotations

from typing import Literal

import msgspec

TOLERATED_BYTES = 4096
"""Holes and missing ends of so many bytes are passed over in any file, and 1 % in a large one."""


class Lack(msgspec.Struct, frozen=True):
    """A gap in a file, as a sentence's predicate: `it TEXT`.

    `end`: sound is missing at the end. `sizes`: nothing says whether sound is missing.
    """

    kind: Literal["end", "sizes"]
    text: str


def tolerated(whole: int) -> int:
    """Return how many bytes a file of `whole` bytes can do without."""
    return max(TOLERATED_BYTES, whole // 100)


def is_tolerable(missing: int, whole: int) -> bool:
    """Return whether a file of `whole` bytes can do without so many of them."""
    return missing <= tolerated(whole)
