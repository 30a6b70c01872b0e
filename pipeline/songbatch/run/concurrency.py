"""Limits of requests at once: learned from refusals, because the service states no limit.

A refusal for too many requests comes at once, an answer takes a minute. So a request that has not
been refused after a little patience is taken for accepted, and the limit can be felt for in
seconds instead of in answers:

- While every request allowed is in flight and none was refused, allow 1 more, then 2, 4, 8.
- Refused above what was proven: as many as are in flight are the limit. Rest, then try one more;
  rest longer each time that fails.
- Refused below what was proven: the limit has fallen. Allow half of what is in flight.
- Refused with nothing else in flight: pause, twice as long each time.

Nothing here knows a clock, a thread or chance: times are arguments, in seconds. Not thread-safe.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

MOST_A_PATIENCE = 8
"""At most this many more are tried before the first of them could have been refused."""
FIRST_REST, LONGEST_REST = 3.0, 6.0
"""How long a limit that was found is believed, as multiples of a typical answer's time."""
FIRST_PATIENCE = 5.0
"""Seconds for a refusal to come, while nothing is known of this service."""
SHORTEST_PATIENCE = 0.05
REFUSALS_OF_PATIENCE = 4.0
"""Patience is this many times as long as refusals take, and at most half of an answer."""


class Limit(Protocol):
    """How many jobs may be handed out, judged by when each was and how it ended."""

    @property
    def refused_since(self) -> float | None:
        """When the first refusal came after which nothing was accepted, or None."""

    def room(self, now: float) -> int:
        """Return how many more may be handed out now."""

    def sent(self, now: float) -> None:
        """One was handed out."""

    def landed(self, now: float, sent_at: float) -> None:
        """One that was handed out at `sent_at` ended, and was not refused for being too many."""

    def refused(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """One was refused as one too many; `retry_after`: the wait that the service asks for."""

    def unused(self, now: float) -> None:
        """One ended that made no use of its place: it tells nothing of how many there may be."""

    def wakes(self, now: float) -> float | None:
        """Return when there may be more room even if nothing ends before, or None."""


class Fixed(msgspec.Struct):
    """A limit that never changes."""

    width: int
    refused_since: float | None = None
    _in_flight: int = 0

    def room(self, now: float) -> int:  # noqa: ARG002
        """Return how many more may be handed out."""
        return self.width - self._in_flight

    def sent(self, now: float) -> None:  # noqa: ARG002
        """One was handed out."""
        self._in_flight += 1

    def landed(self, now: float, sent_at: float) -> None:  # noqa: ARG002
        """One ended."""
        self._in_flight -= 1

    def refused(self, now: float, sent_at: float, retry_after: float | None) -> None:  # noqa: ARG002
        """One ended."""
        self._in_flight -= 1

    def unused(self, now: float) -> None:  # noqa: ARG002
        """One ended."""
        self._in_flight -= 1

    def wakes(self, now: float) -> float | None:  # noqa: ARG002
        """Never by itself."""
        return None


class Learned(msgspec.Struct):
    """As many as the service takes, never more than `most`; begins with `width`.

    `first_pause` and `longest_pause` in seconds bound the pauses while all is refused.
    """

    most: int
    width: int = 4
    first_pause: float = 1.0
    longest_pause: float = 60.0
    in_flight: int = 0
    _proven: int = 0
    """So many were in flight without a refusal since the last cut."""
    _grown: int = 0
    """By how many `width` has grown since the last cut."""
    _full_since: float | None = None
    """Since when `width` requests have been in flight, or None."""
    _cut_at: float = float("-inf")
    _rest: float = FIRST_REST
    _resting_until: float = float("-inf")
    _paused_until: float = float("-inf")
    _pauses: int = 0
    _answer: float | None = None
    _refusal: float | None = None
    refused_since: float | None = None

    def __post_init__(self) -> None:
        self.width = min(self.width, self.most)

    def room(self, now: float) -> int:
        """Return how many more may be handed out now."""
        if now < self._paused_until:
            return 0
        due = self._grows_at()
        if due is not None and now >= due:
            self._grow()
        return max(0, self.width - self.in_flight)

    def sent(self, now: float) -> None:
        """One was handed out."""
        self.in_flight += 1
        if self.in_flight >= self.width and self._full_since is None:
            self._full_since = now

    def landed(self, now: float, sent_at: float) -> None:
        """One ended and had been accepted."""
        self.in_flight -= 1
        took = now - sent_at
        self._answer = took if self._answer is None else 0.8 * self._answer + 0.2 * took
        self._pauses = 0
        self.refused_since = None

    def refused(self, now: float, sent_at: float, retry_after: float | None = None) -> None:
        """One was refused."""
        self.in_flight -= 1
        self._refusal = max(now - sent_at, 0.8 * (self._refusal or 0.0))
        if self.refused_since is None:
            self.refused_since = now
        if retry_after is not None:
            self._paused_until = max(self._paused_until, now + retry_after)
        self._full_since = None
        if sent_at <= self._cut_at:
            # Sent together with one that was refused already: no news but the number.
            self.width = self._proven = max(1, min(self.width, self.in_flight))
            return
        self._cut(now)
        if self.in_flight == 0:
            self._pause(now)

    def unused(self, now: float) -> None:  # noqa: ARG002
        """One ended that never reached the service."""
        self.in_flight -= 1
        self._full_since = None

    def wakes(self, now: float) -> float | None:
        """Return when there may be more room even if nothing ends before, or None."""
        if now < self._paused_until:
            return self._paused_until
        return self._grows_at()

    def _grows_at(self) -> float | None:
        if self._full_since is None or self.width >= self.most:
            return None
        return max(self._full_since + self._patience() / self._pace(), self._resting_until)

    def _pace(self) -> int:
        return min(MOST_A_PATIENCE, 1 + self._grown)

    def _grow(self) -> None:
        proven = self.width - self._pace() + 1
        if proven > self._proven:
            self._proven = proven
            self._rest = FIRST_REST
        self.width += 1
        self._grown += 1
        self._full_since = None

    def _cut(self, now: float) -> None:
        self._cut_at = now
        self._grown = 0
        if self.in_flight >= self._proven:
            self.width = max(1, self.in_flight)
            self._resting_until = now + self._rest * (self._answer or FIRST_PATIENCE)
            self._rest = min(LONGEST_REST, 2 * self._rest)
        else:
            self.width = max(1, self.in_flight // 2)
            self._rest = FIRST_REST
        self._proven = self.width

    def _pause(self, now: float) -> None:
        pause = min(self.longest_pause, self.first_pause * 2**self._pauses)
        self._pauses = min(self._pauses + 1, 30)
        self._paused_until = max(self._paused_until, now + pause)

    def _patience(self) -> float:
        known = REFUSALS_OF_PATIENCE * self._refusal if self._refusal else FIRST_PATIENCE
        half = self._answer / 2 if self._answer else known
        return max(SHORTEST_PATIENCE, min(known, half))
