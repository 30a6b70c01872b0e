"""Limit of requests at once that workers elsewhere set, perhaps together with a service's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.run.concurrency import Limit

LOOK_SECONDS = 2.0
"""How often the number of slots is looked at while nothing ends."""


class Slots:
    """As many as there are slots now, at most `most`, and what `within` allows, if that is given.

    `ghosts` returns how many requests a service may still work on though nobody waits for them.
    """

    def __init__(
        self,
        slots: Callable[[], int],
        *,
        most: int | None = None,
        within: Limit | None = None,
        ghosts: Callable[[], int] = lambda: 0,
    ) -> None:
        self._slots = slots
        self._most = most
        self._within = within
        self._ghosts = ghosts
        self._in_flight = 0

    @property
    def refused_since(self) -> float | None:
        """When the first refusal came after which nothing was accepted, or None."""
        return None if self._within is None else self._within.refused_since

    def room(self, now: float) -> int:
        """Return how many more may be handed out now."""
        slots = self._slots()
        room = (slots if self._most is None else min(slots, self._most)) - self._in_flight
        if self._within is None:
            return room
        return min(room, self._within.room(now) - self._ghosts())

    def sent(self, now: float) -> None:
        """One was handed out."""
        self._in_flight += 1
        if self._within is not None:
            self._within.sent(now)

    def landed(self, now: float, sent_at: float) -> None:
        """One ended, and was not refused for being too many."""
        self._in_flight -= 1
        if self._within is not None:
            self._within.landed(now, sent_at)

    def refused(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """One was refused as one too many."""
        self._in_flight -= 1
        if self._within is not None:
            self._within.refused(now, sent_at, retry_after)

    def unused(self, now: float) -> None:
        """One ended that made no use of its place."""
        self._in_flight -= 1
        if self._within is not None:
            self._within.unused(now)

    def wakes(self, now: float) -> float | None:
        """Return when there may be more room even if nothing ends before."""
        wakes = None if self._within is None else self._within.wakes(now)
        return now + LOOK_SECONDS if wakes is None else min(wakes, now + LOOK_SECONDS)
