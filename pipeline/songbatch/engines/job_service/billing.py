"""Costs of jobs, by what their service tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict
from songbatch.engines.job_service.answers import cost_of
from songbatch.prices import Amount, Per

if TYPE_CHECKING:
    from songbatch.engines.job_service.dialect import Dialect, Finished
    from songbatch.engines.job_service.rows import Hand, ModelRow


def usd_of_job(
    finished: Finished, model: ModelRow, amount: Amount | None, dialect: Dialect
) -> float | None:
    """Return what a job cost, in US dollars; None if that is not known.

    `amount` is what was asked for, None for a job of an earlier run. Billed units count by the
    price that the service names for them, else by the row's, where that is for the same unit.
    """
    if model.metered is not None:
        return cost_of(finished, model, Amount())
    if finished.units is None:
        return None
    unit_usd = dialect.unit_usd(model.endpoint)
    if unit_usd is not None:
        return finished.units * unit_usd
    is_known = amount is not None or not any(rate.when for rate in model.price)
    is_same_unit = finished.units == 1 or all(rate.per is not Per.SONG for rate in model.price)
    return cost_of(finished, model, amount or Amount()) if is_known and is_same_unit else None


def usd_of_reference(finished: Finished, hand: Hand, dialect: Dialect) -> float | None:
    """Return what the id of a reference cost, in US dollars; None if that is not known."""
    if finished.units is None:
        return None
    unit_usd = dialect.unit_usd(hand.endpoint)
    return None if unit_usd is None else finished.units * unit_usd


def usd_of_failure(
    finished: Finished, model: ModelRow, amount: Amount | None, dialect: Dialect
) -> float | None:
    """Return what a failed job cost: one that may be asked for again is not billed by units."""
    is_passing = finished.failure is not None and finished.failure.verdict is Verdict.RETRY
    if is_passing and model.metered is None:
        return None
    return usd_of_job(finished, model, amount, dialect)
