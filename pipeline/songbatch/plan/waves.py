"""Waves of takes: which are asked for next, until enough of a variant are good. Pure.

Takes are asked for in the order of their numbers, so that the same findings lead to the same takes
on every machine and after every interruption.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from songbatch.model import Render, Until

ROUNDING = 1e-9
"""US dollars: what binary adds to a sum."""


class Judgement(Enum):
    """What is known of a take."""

    GOOD = auto()
    """It was measured, and no finding is against it."""
    BAD = auto()
    UNJUDGED = auto()
    """It is here and not measured yet, or under way: it may be good."""
    FAILED = auto()
    """It was asked for in this run, and did not come."""
    LACKING = auto()


_HERE = {Judgement.GOOD, Judgement.BAD, Judgement.UNJUDGED}


class JudgedTake(msgspec.Struct, frozen=True):
    """A take of a variant. In US dollars, `spent` is what it has cost, `price` what bounds count
    what is lacking of it as, which so many `requests` ask for: one, or those of its parts.
    """

    render: Render
    judgement: Judgement
    price: float = 0.0
    spent: float = 0.0
    requests: int = 1


class Further(msgspec.Struct, frozen=True):
    """What may be asked for after a plan: so many requests, counted as so many US dollars."""

    renders: int = 0
    usd: float = 0.0


NOTHING_FURTHER = Further()


class Wave(msgspec.Struct, frozen=True):
    """The takes of a variant that take part in a run now, and those that may follow.

    `asked` are those that are to be made now; they are among `renders`.
    """

    name: str
    """The id of the first take."""
    until: Until
    renders: tuple[Render, ...]
    asked: tuple[JudgedTake, ...]
    further: tuple[JudgedTake, ...]
    good: int
    unjudged: int
    here: int
    """How many takes have audio, or are under way."""
    spent: float

    @property
    def variant(self) -> str:
        """The id of the variant: that of its renders without the take."""
        return self.name.rpartition("/")[0]

    @property
    def is_short(self) -> bool:
        """Whether a bound was reached before enough takes were good."""
        return not self.asked and self.good < self.until.good

    @property
    def most_usd(self) -> float:
        """What this wave and all that may follow count as, in US dollars."""
        return sum(take.price for take in (*self.asked, *self.further))


def further_of(waves: Iterable[Wave]) -> Further:
    """Return what may be asked for after these waves."""
    takes = [take for wave in waves for take in wave.further]
    requests = sum(take.requests for take in takes)
    return Further(requests, sum(take.price for take in takes))


def wave_of(until: Until, takes: Sequence[JudgedTake]) -> Wave:
    """Return the next wave of a variant, whose `takes` are all that it may have, in order."""
    good = sum(take.judgement is Judgement.GOOD for take in takes)
    may_be = sum(take.judgement is Judgement.UNJUDGED for take in takes)
    spent = sum(take.spent for take in takes)
    lacking, counted = until.good - good - may_be, spent
    asked: list[JudgedTake] = []
    further: list[JudgedTake] = []
    for take in takes:
        if take.judgement is not Judgement.LACKING:
            continue
        counted += take.price
        if until.max_usd is not None and counted > until.max_usd + ROUNDING:
            break
        (asked if len(asked) < lacking else further).append(take)
    named = {take.render.id for take in asked}
    renders = tuple(
        take.render
        for take in takes
        if take.judgement in {*_HERE, Judgement.FAILED} or take.render.id in named
    )
    here = sum(take.judgement in _HERE for take in takes)
    may_follow = tuple(further) if asked or may_be else ()
    first = takes[0].render.id
    return Wave(first, until, renders, tuple(asked), may_follow, good, may_be, here, spent)
