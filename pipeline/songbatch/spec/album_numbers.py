"""Numbers by which the trade knows recordings and releases: ISRC (ISO 3901), UPC and EAN."""

from __future__ import annotations

import re

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_UPC_DIGITS = (12, 13)


def isrc(text: str) -> str | None:
    """Return a recording code without its hyphens, None if it is none."""
    plain = text.replace("-", "").replace(" ", "").upper().removeprefix("ISRC")
    return plain if _ISRC.fullmatch(plain) else None


def upc(text: str) -> str | None:
    """Return the digits of a bar code, None if they have another length, or do not check."""
    plain = text.replace("-", "").replace(" ", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) in _UPC_DIGITS):
        return None
    return plain if check_digit(plain[:-1]) == plain[-1] else None


def check_digit(digits: str) -> str:
    """Return the digit that follows the others in a UPC or an EAN (GS1)."""
    weighted = (int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-sum(weighted) % 10)
