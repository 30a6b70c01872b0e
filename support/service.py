"""A simulated service whose limit of requests at once moves unseen: no sockets, a virtual clock.

It takes 16, then 4, then 64 requests at once, each phase 40 answers long, and refuses the others
after a moment.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

from songbatch.run.concurrency import Limit

PHASES = (16, 4, 64)
ANSWERS_A_PHASE = 40


@dataclass
class Service:
    """Answers after about `answer` seconds, refuses after about `refusal`, spread by `chance`."""

    answer: float
    refusal: float
    chance: random.Random
    phases: tuple[int, ...] = PHASES
    in_flight: int = 0

    @property
    def end(self) -> float:
        return self.answer * ANSWERS_A_PHASE * len(self.phases)

    def phase(self, now: float) -> int:
        return min(int(now / (self.answer * ANSWERS_A_PHASE)), len(self.phases) - 1)

    def ask(self, now: float) -> tuple[bool, float]:
        """Return whether the request is taken, and when its client hears of it."""
        if self.in_flight >= self.phases[self.phase(now)]:
            return False, now + self.refusal * self.chance.uniform(0.5, 1.5)
        self.in_flight += 1
        return True, now + self.answer * self.chance.uniform(0.8, 1.2)


@dataclass
class Result:
    """What a policy came to; `done` answers in each phase."""

    phases: tuple[int, ...]
    refusals: int = 0
    done: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.done = [0] * len(self.phases)

    @property
    def shares(self) -> list[float]:
        ideal = [limit * ANSWERS_A_PHASE for limit in self.phases]
        return [done / most for done, most in zip(self.done, ideal, strict=True)]

    @property
    def share(self) -> float:
        return sum(self.done) / (sum(self.phases) * ANSWERS_A_PHASE)


def simulate(limit: Limit, service: Service) -> Result:
    """Send as many requests as `limit` allows for as long as the phases last."""
    result, now = Result(service.phases), 0.0
    coming: list[tuple[float, int, float, bool]] = []
    serial = 0
    while now < service.end:
        while limit.room(now) > 0:
            taken, heard = service.ask(now)
            limit.sent(now)
            serial += 1
            heapq.heappush(coming, (heard, serial, now, taken))
        wakes = limit.wakes(now)
        if wakes is not None and (not coming or wakes < coming[0][0]):
            now = max(wakes, now + 1e-6)
            continue
        now, _, sent_at, taken = heapq.heappop(coming)
        if taken:
            service.in_flight -= 1
            result.done[service.phase(now)] += now < service.end
            limit.landed(now, sent_at)
        else:
            result.refusals += 1
            limit.refused(now, sent_at, None)
    return result
