"""Budget of a run: what is known to be spent, and what is in flight at its worst.

A request is reserved when it leaves. What is in flight, and what is about to leave, counts at the
highest price that was seen, never below the one that was planned.
"""

from __future__ import annotations

import msgspec

ROUNDING = 1e-9
"""US dollars: ten times 0.03 is a hair more than 0.3 in binary."""


class Budget(msgspec.Struct):
    """Limits of a run: `max_cost` in US dollars, `max_requests`; None for no limit.

    `usd_per_render` is counted for an answer that does not state its cost. Used by one thread,
    the one that hands out jobs.
    """

    usd_per_render: float
    max_cost: float | None = None
    max_requests: int | None = None
    known_usd: float = 0.0
    """What the requests that are over count as, in US dollars."""
    requests: int = 0
    """Sent and maybe charged."""
    in_flight: int = 0
    highest_usd: float = 0.0
    """The highest price seen, in US dollars."""

    def __post_init__(self) -> None:
        self.highest_usd = max(self.highest_usd, self.usd_per_render)

    def reserve(self) -> bool:
        """Set aside the request that is about to leave, or return that there is no room for it."""
        if self.max_requests is not None and self.requests + 1 > self.max_requests:
            return False
        at_worst = self.known_usd + (self.in_flight + 1) * self.highest_usd
        if self.max_cost is not None and at_worst > self.max_cost + ROUNDING:
            return False
        self.requests += 1
        self.in_flight += 1
        return True

    def release(self) -> None:
        """Give back a request that surely costs nothing."""
        self.requests -= 1
        self.in_flight -= 1

    def answered(self, charged_usd: float | None) -> None:
        """Count a request that was answered, and what the answer said it cost, if it did."""
        self.in_flight -= 1
        self.highest_usd = max(self.highest_usd, charged_usd or 0.0)
        self.known_usd += self.usd_per_render if charged_usd is None else charged_usd

    def doubted(self, charged_usd: float | None) -> float:
        """Count a request that may have been paid; return what it counts as, in US dollars."""
        self.in_flight -= 1
        self.highest_usd = max(self.highest_usd, charged_usd or 0.0)
        usd = self._at_worst(charged_usd)
        self.known_usd += usd
        return usd

    def unusable(self, charged_usd: float | None) -> float:
        """Count an answer, counted before, as one that may have been paid; return as what."""
        if charged_usd is None:
            self.known_usd += self.highest_usd - self.usd_per_render
        return self._at_worst(charged_usd)

    def after(self, usd_per_render: float) -> Budget:
        """Return what this leaves for requests at another price, once nothing is in flight."""
        return Budget(
            usd_per_render, self.max_cost, self.max_requests, self.known_usd, self.requests
        )

    @property
    def is_overcharged(self) -> bool:
        """Whether the service charges more than was planned."""
        return self.highest_usd > self.usd_per_render + ROUNDING

    def _at_worst(self, charged_usd: float | None) -> float:
        return self.highest_usd if charged_usd is None else charged_usd
