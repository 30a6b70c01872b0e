"""Prices of songs: whose they are, and what bounds count with. Data only."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class PriceSource(StrEnum):
    """Whose price of a song it is."""

    DEFAULT = "default"
    PROJECT = "project"
    USER = "user"


class Price(msgspec.Struct, frozen=True):
    """US dollars of one song: `planned` is expected, `counted` is what bounds count with.

    They differ if the project's price is below the engine's own: a project may be a stranger's,
    and must not lift the bound that its user set.
    """

    planned: float = 0.0
    counted: float = 0.0
    source: PriceSource = PriceSource.DEFAULT

    @property
    def is_doubted(self) -> bool:
        """Whether bounds count with more than the project's price."""
        return self.counted > self.planned
