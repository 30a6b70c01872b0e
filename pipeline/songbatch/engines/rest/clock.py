"""Clock of this machine, against that of a service."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from songbatch.engines.health import HealthItem, fine, warning
from songbatch.engines.rest.waits import http_date
from songbatch.formatting import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_SKEW = 300.0
"""Seconds; beyond, a job can no longer be found again by its time."""


def clock_items(headers: Mapping[str, str]) -> list[HealthItem]:
    """Return how the clocks agree by the `Date` of an answer that has just come, if it has one."""
    theirs = http_date(headers.get("Date", ""))
    if theirs is None:
        return []
    ahead = (datetime.datetime.now(datetime.UTC) - theirs).total_seconds()
    if abs(ahead) <= LARGEST_SKEW:
        return [fine("clock", "it agrees with the service's")]
    side = "ahead of" if ahead > 0 else "behind"
    text = f"it is {duration(abs(ahead))} {side} the service's"
    return [warning("clock", text, "set this machine's clock, or the service's, whichever is off")]
