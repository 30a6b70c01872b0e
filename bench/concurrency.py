"""How well the number of requests at once is learned, against a limit that moves unseen.

    python -m bench.concurrency

Against the simulated service of support/service.py, reported for several policies: the share of the
ideal throughput, the refusals, and the share in each phase; the median and the worst of the seeds.
"""

from __future__ import annotations

import argparse
import random
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from songbatch.run.concurrency import Fixed, Learned, Limit
from support.service import PHASES, Service, simulate

if TYPE_CHECKING:
    from collections.abc import Callable


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

    def unused(self, now: float) -> None:
        self.busy -= 1

    def wakes(self, now: float) -> float | None:
        return min(self.sleeping, default=None)


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
