"""Prices of songs: by what they are counted, whose they are, what bounds count with. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from songbatch.model import Value


class PriceSource(StrEnum):
    """Whose price of a song it is."""

    DEFAULT = "default"
    PROJECT = "project"
    USER = "user"


class Per(StrEnum):
    """What a price is of."""

    SONG = "song"
    SECOND = "second"
    MINUTE = "minute"
    """Each minute that is begun."""
    TOKEN = "token"  # noqa: S105  (of a text, not of an account)


CHARACTERS_A_TOKEN = 3
"""Reckoned with the low side of what tokens of lyrics have, so that a plan says too much."""


class Amount(msgspec.Struct, frozen=True):
    """How much a song is, before it is there: seconds, characters of text, options of its request.

    `is_most` where it may come shorter than `seconds`.
    """

    seconds: float = 0.0
    characters: int = 0
    options: Mapping[str, Value] = msgspec.field(default_factory=dict)
    is_most: bool = False


class Rate(msgspec.Struct, frozen=True):
    """US dollars for one song, second, begun minute or token, if all fields `when` names are so."""

    usd: float
    per: Per = Per.SONG
    when: Mapping[str, Value] = msgspec.field(default_factory=dict)

    def fits(self, amount: Amount) -> bool:
        """Return whether it is the rate of such a song."""
        return all(amount.options.get(field) == value for field, value in self.when.items())

    def of(self, amount: Amount) -> float:
        """Return what such a song costs, in US dollars."""
        return self.usd * self._units(amount)

    def _units(self, amount: Amount) -> float:
        match self.per:
            case Per.SONG:
                return 1
            case Per.SECOND:
                return amount.seconds
            case Per.MINUTE:
                return math.ceil(amount.seconds / 60)
            case Per.TOKEN:
                return math.ceil(amount.characters / CHARACTERS_A_TOKEN)


Rates = tuple[Rate, ...]
"""The first that fits counts; what fits none costs what the dearest would."""


def usd_of(rates: Rates, amount: Amount) -> float:
    """Return what a song costs by these rates, in US dollars; 0 without any."""
    fitting = _fitting(rates, amount)
    if fitting is not None:
        return fitting.of(amount)
    return max((rate.of(amount) for rate in rates), default=0.0)


def are_open(rates: Rates, amount: Amount) -> bool:
    """Return whether a song may turn out cheaper than these rates say."""
    fitting = _fitting(rates, amount)
    return amount.is_most and fitting is not None and fitting.per in {Per.SECOND, Per.MINUTE}


def _fitting(rates: Rates, amount: Amount) -> Rate | None:
    return next((rate for rate in rates if rate.fits(amount)), None)


class Price(msgspec.Struct, frozen=True):
    """US dollars of one song: `planned` is expected, `counted` is what bounds count with.

    They differ if the project's price is below the engine's own: a project may be a stranger's,
    and must not lift the bound that its user set. `is_most` where it may turn out cheaper.
    """

    planned: float = 0.0
    counted: float = 0.0
    source: PriceSource = PriceSource.DEFAULT
    is_most: bool = False

    @property
    def is_doubted(self) -> bool:
        """Whether bounds count with more than the project's price."""
        return self.counted > self.planned


class Tariff(msgspec.Struct, frozen=True):
    """What songs of an engine cost in a run: by its `own` rates, or by what somebody `said`.

    `never_free` where a request that costs nothing by all that is said is not believed to.
    """

    own: Rates = ()
    said: Rates | None = None
    source: PriceSource = PriceSource.DEFAULT
    never_free: bool = False

    @property
    def rates(self) -> Rates:
        """The rates that plans go by."""
        return self.own if self.said is None else self.said

    @property
    def is_free(self) -> bool:
        """Whether no request costs anything."""
        said = () if self.said is None else self.said
        counted = said if self.source is PriceSource.USER else (*said, *self.own)
        is_for_nothing = all(rate.usd == 0 for rate in counted)
        return is_for_nothing and (not self.never_free or self.source is PriceSource.USER)

    def price(self, amount: Amount) -> Price:
        """Return the price of a song."""
        planned, is_most = usd_of(self.rates, amount), are_open(self.rates, amount)
        if self.source is PriceSource.USER:
            return Price(planned, planned, self.source, is_most)
        counted = max(planned, usd_of(self.own, amount))
        return Price(planned, counted, self.source, is_most)
