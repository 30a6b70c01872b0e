"""How well the number of requests at once is learned, against a limit that moves unseen.

    python -m bench.concurrency

A simulated service (no sockets, no sleeping, a virtual clock) takes 16, then 4, then 64 requests at
once, each phase 40 answers long, and refuses the others after a moment. Reported for several
policies: the share of the ideal throughput, the refusals, and the share in each phase; the median
and the worst of the seeds.
"""

from __future__ import annotations

import argparse
import heapq
import random
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from songbatch.run.concurrency import Fixed, Learned, Limit

if TYPE_CHECKING:
    from collections.abc import Callable

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


@dataclass
class Backoff:
    """So many threads, each of which sleeps after a refusal, twice as long each time."""

    width: int
    first: float
    chance: random.Random
    busy: int = 0
    sleeping: list[float] = field(default_factory=list)
    tries: int = 0
    refused_since: float | None = None

    def room(self, now: float) -> int:
        self.sleeping = [until for until in self.sleeping if until > now]
        return self.width - self.busy - len(self.sleeping)

    def sent(self, now: float) -> None:
        self.busy += 1

    def landed(self, now: float, sent_at: float) -> None:
        self.busy -= 1
        self.tries = 0

    def refused(self, now: float, sent_at: float, retry_after: float | None) -> None:
        self.busy -= 1
        self.tries = min(self.tries + 1, 6)
        self.sleeping.append(now + self.first * 2**self.tries * self.chance.random())

    def wakes(self, now: float) -> float | None:
        return min(self.sleeping, default=None)


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


def policies(answer: float) -> dict[str, Callable[[random.Random], Limit]]:
    return {
        "learned": lambda _: Learned(most=256, first_pause=answer / 50),
        "fixed 8 with backoff": lambda chance: Backoff(8, answer / 5, chance),
        "fixed 64 with backoff": lambda chance: Backoff(64, answer / 5, chance),
        "fixed 4": lambda _: Fixed(4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--answer", type=float, default=55.0, help="seconds of an answer")
    parser.add_argument("--refusal", type=float, default=0.5, help="seconds of a refusal")
    options = parser.parse_args()
    print(f"{'policy':24}{'of the ideal':>22}{'refusals':>18}   in each phase")
    for name, make in policies(options.answer).items():
        results = []
        for seed in range(options.seeds):
            chance = random.Random(seed)
            results.append(simulate(make(chance), Service(options.answer, options.refusal, chance)))
        shares = sorted(result.share for result in results)
        refusals = sorted(result.refusals for result in results)
        phases = [statistics.median(r.shares[n] for r in results) for n in range(len(PHASES))]
        print(
            f"{name:24}{statistics.median(shares):>8.2f} (worst {shares[0]:.2f})"
            f"{statistics.median(refusals):>8.0f} (worst {refusals[-1]})   "
            + "  ".join(
                f"{limit}: {share:.2f}" for limit, share in zip(PHASES, phases, strict=True)
            )
        )


if __name__ == "__main__":
    main()
