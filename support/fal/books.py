"""The account's money, as the service counts it: what a client says must agree with it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken for one job, when it ended: `at` is the server's time, in seconds.

    `status` is that of its result: 200, or 422 where computing was charged for a refusal.
    """

    request_id: str
    endpoint: str
    units: Decimal
    unit_usd: Decimal
    at: float
    status: int

    @property
    def usd(self) -> float:
        """The price of it, in dollars."""
        return float(self.units * self.unit_usd)


class Books:
    """Every charge in order."""

    def __init__(self) -> None:
        self.charges: list[Charge] = []

    @property
    def total(self) -> float:
        """All charges together, in dollars, with no error of binary fractions."""
        return _sum(self.charges)

    def charges_for(self, name: str) -> list[Charge]:
        """Return the charges for a request by its id, or for an endpoint by its name."""
        return [charge for charge in self.charges if name in {charge.request_id, charge.endpoint}]

    def usd_for(self, name: str) -> float:
        """Return what a request or an endpoint has cost, in dollars."""
        return _sum(self.charges_for(name))


def _sum(charges: list[Charge]) -> float:
    return float(sum((charge.units * charge.unit_usd for charge in charges), Decimal(0)))
