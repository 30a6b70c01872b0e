"""Waits that a service asks for."""

from __future__ import annotations

import datetime
import email.utils
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 86_400.0
"""Seconds: a longer `Retry-After` counts as a day, which nobody waits either."""


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Return `Retry-After` in seconds, whether it is a number or a date; None if it is neither.

    A date is compared with the service's own `Date`, so that our clock does not matter.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT)
    until, now = http_date(value), http_date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)


def http_date(text: str) -> datetime.datetime | None:
    """Return the time in a header, None if there is none."""
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)
