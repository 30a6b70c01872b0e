"""Prices and what was paid before, as sentences for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import count, money
from songbatch.plan import Reason
from songbatch.run.failures import charges_otherwise, price_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from songbatch.plan import Plan
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.pending import SendResult


def doubted_price(plan: Plan) -> str:
    """Return a note that bounds count with more than the project's price, "" if they do not."""
    doubted = {(price.planned, price.counted) for price in plan.prices if price.is_doubted}
    if not doubted:
        return ""
    if len(doubted) > 1:
        return "the project says that songs cost less than is known; counting what is known"
    ((planned, counted),) = doubted
    return f"the project says a song costs {money(planned)}; counting {money(counted)}"


def held(engine_plans: Sequence[EnginePlan]) -> Iterator[str]:
    """Yield why songs of a plan are held, with the sums, and what to type."""
    yield from paid_before(engine_plans)
    unknown = {
        step.render.key: (
            engine_plan.snapshot.unknown[step.render.key],
            engine_plan.usual_price(step.render).counted,
        )
        for engine_plan in engine_plans
        for step in engine_plan.plan.renders
        if step.reason is Reason.UNKNOWN_OUTCOME
    }
    yield from maybe_paid(unknown.values())
    yield from held_references(engine_plans)


def held_references(engine_plans: Iterable[EnginePlan]) -> Iterator[str]:
    """Yield how to ask again for ids of references that may have been paid."""
    for engine_plan in engine_plans:
        waiting = [s for s in engine_plan.plan.renders if s.reason is Reason.REFERENCE_HELD]
        if waiting:
            names = sorted({step.detail for step in waiting})
            wait = "waits" if len(waiting) == 1 else "wait"
            yield (
                f"{count(len(waiting), 'song')} {wait} for {', '.join(names)}, which may have been "
                "paid for without an answer: pass --retry-unknown 1 to pay for it again"
            )


def paid_before(engine_plans: Iterable[EnginePlan]) -> Iterator[str]:
    """Yield what to do about songs that were paid for and whose audio is not here."""
    number, usd = 0, 0.0
    for engine_plan in engine_plans:
        held = [s.render for s in engine_plan.plan.renders if s.reason is Reason.PAID_BEFORE]
        number += len(held)
        # A stand-in for the service says 0; what it stands for does not.
        usd += sum(
            engine_plan.snapshot.paid_usd(key) or engine_plan.usual_price(render).counted
            for key, render in {render.key: render for render in held}.items()
        )
    if number:
        were, their = ("was", "its") if number == 1 else ("were", "their")
        yield (
            f"{number:,} {were} paid for before ({money(usd)}), but {their} audio is not here: "
            "copy outputs/ or .songbatch/store from where they were made, or pass --again"
        )


def maybe_paid(unknown: Iterable[tuple[int, float]]) -> Iterator[str]:
    """Yield how to ask again for songs that may have been paid.

    For each, how many of its requests may have been, and the price of one in US dollars.
    """
    unknown = list(unknown)
    if unknown:
        usd = sum(requests * price for requests, price in unknown)
        yield (
            f"{len(unknown):,} may have been paid for without an answer (about {money(usd)}): "
            f"pass --retry-unknown {max(requests for requests, _ in unknown)} to request them again"
        )


def charged_otherwise(engine_plan: EnginePlan, sent: SendResult) -> Iterator[str]:
    """Yield that the service charges more than was planned, or less, and what to write."""
    if (found := sent.worst or sent.cheapest) is not None:
        line = price_line(engine_plan.engine.name, engine_plan.plan.tariff, found)
        yield f"{charges_otherwise(found)}: {line}, so that plan and --max-cost use it"
