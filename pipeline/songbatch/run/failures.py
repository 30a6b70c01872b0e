"""Failures of one request and their meaning for the others: money, disk, the whole run."""

from __future__ import annotations

import errno
import math
from typing import TYPE_CHECKING

from songbatch.diagnostics import DiskTrouble, EngineRefused, SongbatchError
from songbatch.engines.base import EngineError, Verdict
from songbatch.formatting import duration, money, yaml_text
from songbatch.prices import Per
from songbatch.run.scheduler import TooMany

if TYPE_CHECKING:
    from songbatch.prices import Rate, Tariff
    from songbatch.run.budget import Budget, Overcharge

_DISK_REFUSES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def too_many(error: BaseException) -> TooMany | None:
    """Return whether a request was turned away as one too many."""
    if isinstance(error, EngineError) and error.verdict is Verdict.SLOW_DOWN:
        return TooMany(error.retry_after)
    return None


def may_be_paid(error: BaseException) -> bool:
    """Return whether the request may have been carried out all the same."""
    if isinstance(error, EngineError):
        return error.verdict is Verdict.UNKNOWN
    return isinstance(error, DiskTrouble) and error.may_be_paid


def charge_of(error: BaseException) -> float | None:
    """Return what the service says a failed request cost, in US dollars, or None."""
    return error.cost_usd if isinstance(error, EngineError) else None


def overcharge(engine: str, tariff: Tariff, budget: Budget) -> tuple[str, str]:
    """Return why a song was not asked for once the budget is spent, and the fix."""
    if budget.max_requests == 0:
        return "this run may ask for no song", "run again without --frozen or --max-renders 0"
    spent = "the budget of this run is spent"
    if budget.worst is None:
        return spent, "raise it, or run again"
    return (
        f"{spent}: {charges_otherwise(budget.worst)}",
        f"{price_line(engine, tariff, budget.worst)}, and raise --max-cost for the rest",
    )


def charges_otherwise(worst: Overcharge) -> str:
    """Return that the service charges more than was planned, or less."""
    charged, planned = money(worst.charged), money(worst.counted)
    what = f" for {worst.made_by}" if worst.made_by else ""
    return f"the service charges {charged}{what} where {planned} was planned"


def price_line(engine: str, tariff: Tariff, worst: Overcharge) -> str:
    """Return what to write into a project for the price that its engine charges."""
    section, _, model = engine.partition("/")
    if worst.made_by:
        price = f'{{hands: {{"{worst.made_by}": {{usd: {worst.charged:.6g}}}}}}}'
        return f"write engines: {{{section}: {price}}} into songbatch.yaml"
    if not (tariff.never_free and model):
        return (
            f"write engines: {{{section}: {{usd_per_render: {worst.charged:.6g}}}}} "
            "into songbatch.yaml"
        )
    prices = [_rate_text(rate, worst) for rate in tariff.rates]
    price = prices[0] if len(prices) == 1 else f"[{', '.join(prices)}]"
    return (
        f"write engines: {{{section}: {{models: {{{model}: {{price: {price}}}}}}}}} "
        "into songbatch.yaml"
    )


def _rate_text(rate: Rate, worst: Overcharge) -> str:
    """Return a rate as a row has it, corrected if it is the one that was charged otherwise."""
    is_it = rate.per is not Per.SONG or math.isclose(rate.usd, worst.counted)
    when = ", ".join(f"{field}: {yaml_text(value)}" for field, value in rate.when.items())
    fits = f"when: {{{when}}}, " if when else ""
    return f"{{{fits}usd: {rate.usd * (worst.factor if is_it else 1):.6g}, per: {rate.per}}}"


def is_disk_trouble(error: BaseException) -> bool:
    """Return whether it was the disk, which will refuse the next answer too."""
    if isinstance(error, OSError):
        return error.errno in _DISK_REFUSES
    return isinstance(error, DiskTrouble)


def refusal(error: BaseException) -> SongbatchError:
    """Return what ends the run because of the failure of one request."""
    if isinstance(error, EngineError):
        if error.verdict is Verdict.SLOW_DOWN or error.retry_after is not None:
            wait = duration(error.retry_after) if error.retry_after else "for now"
            return EngineRefused(f"{error} (wait {wait})", fix="run again later")
        return EngineRefused(str(error), fix=error.fix)
    if isinstance(error, OSError):
        return DiskTrouble(error, may_be_paid=False)
    return error if isinstance(error, SongbatchError) else SongbatchError(str(error))
