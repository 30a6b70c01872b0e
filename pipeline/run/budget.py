"""What a run may still spend, reserved before a request leaves, so that no two share a dollar."""

from __future__ import annotations

import msgspec

ROUNDING = 1e-9
"""US dollars: ten times 0.03 is a hair more than 0.3 in binary."""


class Budget(msgspec.Struct):
    """Limits of a run: `max_cost` in US dollars, `max_requests`; None for no limit.

    Used by one thread, the one that hands out jobs.
    """

    usd_per_render: float
    max_cost: float | None = None
    max_requests: int | None = None
    requests: int = 0
    """Reserved: sent and maybe charged, or about to be sent."""

    def reserve(self) -> bool:
        """Set aside one request, or tell that the budget has none left."""
        wanted = self.requests + 1
        if self.max_requests is not None and wanted > self.max_requests:
            return False
        cost = wanted * self.usd_per_render
        if self.max_cost is not None and cost > self.max_cost + ROUNDING:
            return False
        self.requests = wanted
        return True

    def release(self) -> None:
        """Give back a request that surely costs nothing."""
        self.requests -= 1
