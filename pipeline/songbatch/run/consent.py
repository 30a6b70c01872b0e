"""The rule of consent: a run above a sum is not begun without a yes.

Whoever begins a run asks for it in a way of its own: on a terminal `songbatch.cli.consent` does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from songbatch.diagnostics import Diagnostic, Refused, UsageError, has_errors
from songbatch.documents.project import ProjectSettings, load_user_config
from songbatch.documents.user_config import NAME, read_user_config, user_config_folder
from songbatch.formatting import money
from songbatch.run.budget import ROUNDING
from songbatch.sources import Source, Span, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONFIRM_ABOVE = 1.0
"""US dollars, unless somebody sets another sum."""


def confirm_above(
    by_project: float | None, report: Callable[[Sequence[Diagnostic]], None] = lambda _found: None
) -> float:
    """Return the sum in US dollars above which a yes is needed; a project can only lower it.

    `report` is given what is wrong with the user's config.yaml. Raises UsageError if that is
    anything but warnings.
    """
    by_user = user_settings(report).confirm_above
    mine = CONFIRM_ABOVE if by_user is None else by_user
    return mine if by_project is None else min(mine, by_project)


def user_settings(
    report: Callable[[Sequence[Diagnostic]], None] = lambda _found: None,
) -> ProjectSettings:
    """Return what the user's config.yaml says for every project.

    `report` is given what is wrong with it. Raises UsageError if that is anything but warnings.
    """
    folder = user_config_folder()
    diagnostics: Sequence[Diagnostic]
    try:
        source = read_user_config(folder)
    except Unreadable as error:
        span = Span(Source(str(folder / NAME), ""))
        summary = "cannot read your configuration"
        diagnostics = [Diagnostic("config.unreadable", span, summary, error.reason, error.fix)]
        said = ProjectSettings()
    else:
        said, diagnostics = (
            load_user_config(source) if source is not None else (ProjectSettings(), [])
        )
    report(diagnostics)
    if has_errors(diagnostics):
        raise UsageError(f"{folder / NAME} has errors", fix="correct it, or remove it")
    return said


def needs_consent(usd: float, above: float) -> bool:
    """Return whether a run that is counted as `usd` US dollars needs a yes."""
    return usd > above + ROUNDING


def no_consent(usd: float, above: float, notes: Sequence[str]) -> Refused:
    """Return the refusal of a run that nobody agreed to; `notes` are about its price."""
    limit = f"more than the {money(above)} that may be spent without asking"
    return Refused(
        "; ".join([f"the plan costs about {money(usd)}, {limit}", *notes]),
        fix=f"pass --yes, or set a bound: --max-cost {_cents(usd)}",
    )


def _cents(usd: float) -> str:
    # Rounded up, but not for what binary adds to a sum: the bound that is typed off has to hold the
    # plan, and is what the sentence before it says.
    return f"{math.ceil(round(usd * 100, 6)) / 100:.2f}"
