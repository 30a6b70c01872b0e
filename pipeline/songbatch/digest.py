"""Canonical JSON and SHA-256: what makes two things the same thing.

Canonical JSON here is UTF-8, keys sorted, no spaces: one value, one sequence of bytes. Fractions
have no place in it, as they can be written in more than one way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""A SHA-256 as 64 lower-case hexadecimal digits: what is read by this type is held to it."""

ManyDigests = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
"""A SHA-256 among tens of thousands: reading checks its length only, and `are_hexadecimal` checks
all of them at once, in a tenth of the time."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of things, bytes or hertz: what has this type is safe to add up and to show."""

Real = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
"""Seconds, dollars, decibels: sums of them stay finite."""

Canonical = str | int | None | Sequence["Canonical"] | Mapping[str, "Canonical"]
"""What can be written as canonical JSON."""


def canonical_json(value: Mapping[str, Canonical]) -> bytes:
    """Return the one sequence of bytes that stands for `value`."""
    return _encode(value)


_encode = msgspec.json.Encoder(order="sorted").encode


def are_hexadecimal(texts: Iterable[str]) -> bool:
    """Return whether there are only lower-case hexadecimal digits in all of `texts`."""
    return not "".join(texts).strip("0123456789abcdef")


def sha256(*pieces: bytes | memoryview) -> str:
    """Return the SHA-256 of bytes, joined, as 64 lower-case hexadecimal digits."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
