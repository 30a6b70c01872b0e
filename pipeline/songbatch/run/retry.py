"""Retries: what a failed request means for the next try. One table, no clock, chance given.

Waiting grows twofold and is drawn evenly between zero and its bound ("full jitter"), so that
requests that failed together do not come back together. Tries are bounded, and so are waits: a
request is given up after at most eight of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.engines.base import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_ASKED_WAIT = 600.0
"""Seconds: a service that asks to wait longer ends the run; its user can run again then."""
LONGEST_REFUSED = 900.0
"""Seconds for which every request may be turned away as one too many before the run ends."""


class Next(StrEnum):
    """What to do after a failed request."""

    AGAIN = "again"
    REUPLOAD = "reupload"
    FAIL = "fail"
    STOP_RUN = "stop_run"


class Decision(msgspec.Struct, frozen=True):
    """The next step; `delay_seconds` are for `again`."""

    next: Next
    delay_seconds: float = 0.0


class RetryPolicy(msgspec.Struct, frozen=True):
    """Bounds on trying again. `first_wait` and `longest_wait` in seconds.

    `unknown_tries` is how often a request with an unknown outcome is repeated: each may be paid
    twice, so it is the user's to set.
    """

    first_wait: float = 1.0
    longest_wait: float = 60.0
    unknown_tries: int = 1
    paid_tries: int = 0
    """The same of what costs something in a run whose songs cost nothing."""

    @property
    def of_paid(self) -> RetryPolicy:
        """The policy for what costs something whatever songs cost."""
        return replace(self, unknown_tries=self.paid_tries)

    def decide(
        self, verdict: Verdict, failed: int, retry_after: float | None, chance: Callable[[], float]
    ) -> Decision:
        """Decide after the `failed`-th failure with this verdict (from 1) of one job.

        `chance` draws evenly from [0, 1). For unknown outcomes `failed` counts earlier runs too.
        """
        if verdict in {Verdict.STOP, Verdict.REJECTED}:
            return Decision(Next.STOP_RUN if verdict is Verdict.STOP else Next.FAIL)
        if retry_after is not None and retry_after > LONGEST_ASKED_WAIT:
            return Decision(Next.STOP_RUN)
        if failed > self._allowed(verdict):
            return Decision(Next.STOP_RUN if verdict is Verdict.UNREACHABLE else Next.FAIL)
        if verdict is Verdict.REUPLOAD:
            return Decision(Next.REUPLOAD)
        bound = min(self.longest_wait, self.first_wait * 2 ** (failed - 1))
        return Decision(Next.AGAIN, bound * chance() if retry_after is None else retry_after)

    def _allowed(self, verdict: Verdict) -> int:
        return self.unknown_tries if verdict is Verdict.UNKNOWN else _TRIES_AGAIN[verdict]


_TRIES_AGAIN = {
    Verdict.RETRY: 3,
    Verdict.UNREACHABLE: 3,
    Verdict.SLOW_DOWN: 8,
    Verdict.REUPLOAD: 1,
    Verdict.LOST: 3,
}
