"""Names of attempts in the service's own log: `<key>.t<take>.a<attempt>`.

The contract has no seed and no idempotency key, but a header for such a name. The hosted service
only echoes it; `songbatch serve` reads the take from it, so that an embedded engine sounds the same
behind the contract as in this process.
"""

from __future__ import annotations

import re

MAX_LENGTH = 128
"""Characters; a longer name is silently dropped by the service."""

_KEY_DIGITS = 16
_TAKE = re.compile(r"[A-Za-z0-9._:-]*\.t([1-9][0-9]{0,5})\.a[0-9]{1,6}")
_VALID = re.compile(rf"[A-Za-z0-9._:-]{{1,{MAX_LENGTH}}}")


def request_id(key: str, take: int, attempt: int) -> str:
    """Return the name of an attempt at the render with this key; both numbers start at 1."""
    return f"{key[:_KEY_DIGITS]}.t{take}.a{attempt}"


def take_of(name: str) -> int:
    """Return the take in a request's name, or 1 if there is none."""
    match = _TAKE.fullmatch(name)
    return int(match[1]) if match else 1


def is_valid(name: str) -> bool:
    """Return whether the service would keep this name."""
    return _VALID.fullmatch(name) is not None
