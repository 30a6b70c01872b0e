"""The choices of a user and the terms of an engine that a plan depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.prices import Tariff
from songbatch.traits import HOSTED_CONTRACT, Traits

if TYPE_CHECKING:
    from songbatch.model import EngineIdentity


class EngineTerms(msgspec.Struct, frozen=True):
    """An engine as a plan knows it: who is asked, on which account, at which prices.

    `seconds_per_render` is how long one request is expected to take.
    """

    identity: EngineIdentity
    account: str
    tariff: Tariff = Tariff()
    seconds_per_render: float = 0.0
    traits: Traits = HOSTED_CONTRACT


class Choices(msgspec.Struct, frozen=True):
    """What the user decides of a plan.

    Requests with an unknown outcome are repeated `retry_unknown` times; None: never if they cost
    something, else once in a run. `again` asks again for what was paid and is not here. `price` in
    US dollars wins over the project's. If nothing `measures`, what only lacks its measures is up to
    date.
    """

    retry_unknown: int | None = None
    again: bool = False
    price: float | None = None
    measures: bool = True

    def holds(self, unknown: int, *, is_free: bool) -> bool:
        """Return whether so many requests with an unknown outcome are enough.

        Nobody need decide about what costs nothing, unless they said that they want to.
        """
        is_decided = is_free and self.retry_unknown is None
        return not is_decided and unknown > self.unknown_tries(is_free=is_free)

    def unknown_tries(self, *, is_free: bool) -> int:
        """Return how often a request with an unknown outcome is repeated."""
        if self.retry_unknown is not None:
            return self.retry_unknown
        return 1 if is_free else 0
