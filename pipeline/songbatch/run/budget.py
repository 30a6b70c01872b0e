"""Budget of a run: what is known to be spent, and what is in flight at its worst.

A request is reserved when it leaves, at its own price. What is in flight, and what is about to
leave, counts with the worst that was seen: as many times its price as the service took of another,
never less than once.
"""

from __future__ import annotations

import msgspec

ROUNDING = 1e-9
"""US dollars: ten times 0.03 is a hair more than 0.3 in binary."""


class Overcharge(msgspec.Struct, frozen=True):
    """What the service took for one request, and what had been counted for it; US dollars.

    `made_by` is the job that makes the id of a reference, "" for a song.
    """

    charged: float
    counted: float
    made_by: str = ""

    @property
    def factor(self) -> float:
        """How many times its price was taken."""
        return self.charged / self.counted if self.counted else 0.0

    def at_worst(self, usd: float, number: int = 1) -> float:
        """Return what so many requests may cost whose prices add up to this, charged alike."""
        return usd * self.factor if self.counted else max(usd, number * self.charged)


class Budget(msgspec.Struct):
    """Limits of a run: `max_cost` in US dollars, `max_requests`; None for no limit.

    Used by one thread, the one that hands out jobs.
    """

    max_cost: float | None = None
    max_requests: int | None = None
    known_usd: float = 0.0
    """What the requests that are over count as, in US dollars."""
    requests: int = 0
    """Sent and maybe charged."""
    in_flight: int = 0
    in_flight_usd: float = 0.0
    """At their prices."""
    worst: Overcharge | None = None
    """The request that was charged most above its price."""

    def reserve(self, usd: float, *, is_song: bool = True) -> bool:
        """Set aside a request that is about to leave, or return that there is no room for it."""
        if is_song and self.max_requests is not None and self.requests + 1 > self.max_requests:
            return False
        at_worst = self.known_usd + self._at_worst(self.in_flight_usd + usd, self.in_flight + 1)
        if self.max_cost is not None and at_worst > self.max_cost + ROUNDING:
            return False
        self.requests += is_song
        self.in_flight += 1
        self.in_flight_usd += usd
        return True

    def release(self, usd: float, *, is_song: bool = True) -> None:
        """Give back a request that surely costs nothing."""
        self.requests -= is_song
        self._landed(usd)

    def answered(self, usd: float, charged_usd: float | None, made_by: str = "") -> None:
        """Count a request that was answered, and what the answer said it cost, if it did."""
        self._landed(usd)
        self._note(usd, charged_usd, made_by)
        self.known_usd += usd if charged_usd is None else charged_usd

    def seen(self, usd: float, charged_usd: float) -> None:
        """Note what a request was charged that is not over yet."""
        self._note(usd, charged_usd)

    def doubted(self, usd: float, charged_usd: float | None) -> float:
        """Count a request that may have been paid; return what it counts as, in US dollars."""
        self._landed(usd)
        self._note(usd, charged_usd)
        counts_as = self._at_worst(usd) if charged_usd is None else charged_usd
        self.known_usd += counts_as
        return counts_as

    def unusable(self, usd: float, charged_usd: float | None) -> float:
        """Count an answer, counted before, as one that may have been paid; return as what."""
        if charged_usd is not None:
            return charged_usd
        counts_as = self._at_worst(usd)
        self.known_usd += counts_as - usd
        return counts_as

    def after(self) -> Budget:
        """Return what this leaves for requests to another engine, once nothing is in flight."""
        return Budget(self.max_cost, self.max_requests, self.known_usd, self.requests)

    def _landed(self, usd: float) -> None:
        self.in_flight -= 1
        self.in_flight_usd = max(0.0, self.in_flight_usd - usd) if self.in_flight else 0.0

    def _note(self, usd: float, charged_usd: float | None, made_by: str = "") -> None:
        if charged_usd is None or charged_usd <= usd + ROUNDING:
            return
        found = Overcharge(charged_usd, usd, made_by)
        if self.worst is None or (found.factor, charged_usd) > (
            self.worst.factor,
            self.worst.charged,
        ):
            self.worst = found

    def _at_worst(self, usd: float, number: int = 1) -> float:
        return usd if self.worst is None else self.worst.at_worst(usd, number)
