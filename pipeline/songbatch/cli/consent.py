"""Consent to spending: above a sum, somebody has to say yes before a run begins."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from songbatch.diagnostics import Refused
from songbatch.formatting import count, money
from songbatch.plan import Action
from songbatch.run.consent import needs_consent, no_consent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.cli.views.run_view import View
    from songbatch.run.apply import Run


def demand_consent(run: Run, above: float, notes: Sequence[str], view: View) -> None:
    """Ask before a run that costs more than `above` US dollars; `notes` are shown with its price.

    Raises Refused if the answer is no, or if nobody is there to answer.
    """
    usd, engine_plans = run.counted_usd, run.engine_plans
    if not needs_consent(usd, above):
        return
    if not can_ask():
        raise no_consent(usd, above, notes)
    planned = sum(engine_plan.plan.counts[Action.RENDER] for engine_plan in engine_plans)
    songs = count(planned + run.further.renders, "song")
    most = "at most " if run.further.renders else ""
    engines = " and ".join(
        engine_plan.engine.identity.name
        for engine_plan in engine_plans
        if engine_plan.plan.counted_usd
    )
    question = "; ".join([*notes, f"render {most}{songs} on {engines} for about {money(usd)}?"])
    with view.paused():
        agreed = ask(question[0].upper() + question[1:])
    if not agreed:
        raise Refused("nothing was requested, and nothing was paid", fix="--yes answers yes")


def ask(question: str) -> bool:
    """Return the answer to a question on standard error. Raises click.Abort for none."""
    with contextlib.redirect_stdout(sys.stderr):
        try:
            return click.confirm(question, err=True)
        except click.Abort:
            click.echo(err=True)  # what follows does not begin behind the question
            raise


def can_ask() -> bool:
    """Return whether somebody is there to answer a question."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)


def _is_terminal(stream: object) -> bool:
    is_terminal = getattr(stream, "isatty", None)
    return is_terminal is not None and bool(is_terminal())
