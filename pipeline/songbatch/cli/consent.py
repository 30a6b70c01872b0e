"""Consent to spending: above a sum, somebody has to say yes before a run begins."""

from __future__ import annotations

import contextlib
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.session import print_diagnostics
from songbatch.diagnostics import Diagnostic, Refused, UsageError, has_errors
from songbatch.documents.project import load_user_config
from songbatch.documents.user_config import NAME, read_user_config
from songbatch.formatting import count, money
from songbatch.plan import Action
from songbatch.run.budget import ROUNDING
from songbatch.sources import Source, Span, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.cli.views.run_view import View
    from songbatch.run.engine_plans import EnginePlan

CONFIRM_ABOVE = 1.0
"""US dollars, where nobody says another sum."""


def confirm_above(by_project: float | None) -> float:
    """Return the sum in US dollars above which to ask; a project can only lower it.

    Raises UsageError for a broken config.yaml of the user's.
    """
    by_user = _by_user()
    mine = CONFIRM_ABOVE if by_user is None else by_user
    return mine if by_project is None else min(mine, by_project)


def _by_user() -> float | None:
    folder = Path(click.get_app_dir("songbatch"))
    try:
        source = read_user_config(folder)
    except Unreadable as error:
        span = Span(Source(str(folder / NAME), ""))
        summary = "cannot read your configuration"
        found = [Diagnostic("config.unreadable", span, summary, error.reason, error.fix)]
        said = None
    else:
        said, found = load_user_config(source) if source is not None else (None, [])
    print_diagnostics(found)
    if has_errors(found):
        raise UsageError(f"{folder / NAME} has errors", fix="correct it, or remove it")
    return said


def demand_consent(
    engine_plans: Sequence[EnginePlan], above: float, notes: Sequence[str], view: View
) -> None:
    """Ask before a run that costs more than `above` US dollars; `notes` are said of its price.

    Raises Refused where the answer is no, or where nobody is there to answer.
    """
    usd = sum(engine_plan.plan.counted_usd for engine_plan in engine_plans)
    if usd <= above + ROUNDING:
        return
    about = f"about {money(usd)}"
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
        limit = f"more than the {money(above)} that may be spent without asking"
        raise Refused(
            "; ".join([f"the plan costs {about}, {limit}", *notes]),
            fix=f"pass --yes, or set a bound: --max-cost {_cents(usd)}",
        )
    songs = count(
        sum(engine_plan.plan.counts[Action.RENDER] for engine_plan in engine_plans), "song"
    )
    engines = " and ".join(
        engine_plan.engine.identity.name
        for engine_plan in engine_plans
        if engine_plan.plan.counted_usd
    )
    question = "; ".join([*notes, f"render {songs} on {engines} for {about}?"])
    with view.paused(), contextlib.redirect_stdout(sys.stderr):
        try:
            agreed = click.confirm(question[0].upper() + question[1:], err=True)
        except click.Abort:
            click.echo(err=True)  # what follows does not begin behind the question
            raise
    if not agreed:
        raise Refused("nothing was requested, and nothing was paid", fix="--yes answers yes")


def _is_terminal(stream: object) -> bool:
    is_terminal = getattr(stream, "isatty", None)
    return is_terminal is not None and bool(is_terminal())


def _cents(usd: float) -> str:
    # Rounded up, but not for what binary adds to a sum: the bound that is typed off has to hold the
    # plan, and is what the sentence before it says.
    return f"{math.ceil(round(usd * 100, 6)) / 100:.2f}"
