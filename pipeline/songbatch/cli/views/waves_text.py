"""Takes in waves as text: how many may be asked for, for how much, and where a bound was met."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from songbatch.cli.views.alike import some
from songbatch.formatting import count, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from songbatch.plan.waves import Wave
    from songbatch.run.series import WavePlan


def wave_notes(wave: WavePlan) -> Iterator[str]:
    """Yield what a wave of a run is for, and what may follow it."""
    if wave.number > 1:
        names = [f"{each.variant} ({each.good} of {each.until.good} good)" for each in wave.waves]
        yield f"wave {wave.number}: {some(names)}"
    else:
        yield from waves_text(wave.waves)


def waves_text(waves: Iterable[Wave]) -> Iterator[str]:
    """Yield `ep/lanterns: 2 to 6 takes until 2 are good; at most $0.42`; of equal ones, once."""
    groups: dict[tuple[int, int, int], list[Wave]] = defaultdict(list)
    for wave in waves:
        if wave.asked:
            least = wave.here + len(wave.asked)
            groups[least, least + len(wave.further), wave.until.good].append(wave)
    for (least, most, good), alike in groups.items():
        range_ = f"{least} to {most} takes" if most > least else count(least, "take")
        each = " each" if len(alike) > 1 else ""
        is_are = "is" if good == 1 else "are"
        usd = sum(wave.most_usd for wave in alike)
        names = some([wave.variant for wave in alike])
        cost = f"; at most {money(usd)}" if usd else ""
        yield f"{names}: {range_}{each} until {good} {is_are} good{cost}"


def short_text(waves: Sequence[Wave]) -> Iterator[str]:
    """Yield what is said of variants of which a bound allows no more takes."""
    for wave in waves:
        if wave.is_short and not wave.unjudged:
            is_counted = wave.here < wave.until.max_takes
            bound = f"max_usd {money(wave.until.max_usd or 0)}" if is_counted else "max_takes"
            yield (
                f"{wave.variant}: {wave.good} of {wave.until.good} takes are good, and {bound} "
                f"allows no more than {count(wave.here, 'take')}"
            )
