"""What was charged: per output for official models, else per second of the hardware."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.replicate.models import HARDWARE

if TYPE_CHECKING:
    from support.replicate.models import Model


@dataclass(frozen=True, slots=True)
class Charge:
    """An entry for a prediction that has ended; `usd` 0 where it is free."""

    prediction_id: str
    model: str
    status: str
    predict_time: float
    """Seconds on the hardware."""
    usd: float


@dataclass(slots=True)
class Books:
    """All charges, in the order in which predictions ended."""

    charges: list[Charge] = field(default_factory=list)

    @property
    def usd(self) -> float:
        """What all of it costs."""
        return round(sum(charge.usd for charge in self.charges), 6)

    def of(self, prediction_id: str) -> Charge:
        """Return the one charge of a prediction that has ended."""
        (charge,) = (c for c in self.charges if c.prediction_id == prediction_id)
        return charge


def price(
    model: Model, status: str, predict_time: float, *, official_failures_cost: bool = False
) -> float:
    """Return what a prediction costs that ended like this, in dollars."""
    if status == "aborted":
        return 0.0
    if model.official:
        return model.usd if status == "succeeded" or official_failures_cost else 0.0
    return round(predict_time * HARDWARE[model.hardware], 6)
