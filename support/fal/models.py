"""What a model is: its input, its price, and how its songs come out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from support.fal.fields import Field
from support.fal.sound import Container

Units = Callable[[Mapping[str, Any], float], Decimal]


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs, in dollars, and the word for the unit."""

    unit_usd: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Model:
    """One endpoint.

    `units` counts what is billed, by the input and the seconds that came out. `length` names the
    field that sets the length, `is_exact` whether it is more than an upper bound.
    """

    endpoint: str
    fields: tuple[Field, ...]
    price: Price
    units: Units
    makes: Literal["song", "mureka song", "mureka file", "mureka voice"] = "song"
    container: Container = "mp3"
    length: str = ""
    is_exact: bool = False
    longest: float = math.inf
    tells_seed: bool = False
    tells_duration: bool = False


def per_second(_given: Mapping[str, Any], seconds: float) -> Decimal:
    """Count the seconds that came out."""
    return Decimal(str(round(seconds, 3)))


def per_song(_given: Mapping[str, Any], _seconds: float) -> Decimal:
    """Count one."""
    return Decimal(1)


def per_minute(_given: Mapping[str, Any], seconds: float) -> Decimal:
    """Count minutes that were begun."""
    return Decimal(math.ceil(seconds / 60))
