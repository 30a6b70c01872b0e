"""`songbatch plan`: what a render would do, why, and what it costs; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.options import (
    engine_options,
    format_options,
    jobs_option,
    money_options,
    project_option,
    selection_options,
    specs_argument,
)
from songbatch.cli.session import demand_valid, diagnostics_text, load_specs, remember
from songbatch.cli.views.choice import plan_formats
from songbatch.cli.views.plan_text import explanation
from songbatch.cli.views.results import PlanResult
from songbatch.diagnostics import UsageError
from songbatch.exit_codes import EXIT_CHANGES, EXIT_DONE
from songbatch.plan.completion import completed
from songbatch.plan.selection import Selection
from songbatch.run.engine_plans import make_engine_plans
from songbatch.run.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.cli.views.choice import Show
    from songbatch.model import Render
    from songbatch.plan import Choices
    from songbatch.run.engine_plans import EnginePlan

FORMATS = plan_formats()


@click.command("plan")
@specs_argument
@project_option
@engine_options
@selection_options
@jobs_option
@money_options
@format_options(FORMATS, "For people, for programs, or for a pull request.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 if there is something to do.")
@click.option("--all", "is_all", is_flag=True, help="List every step, also what is up to date.")
@click.option(
    "--explain",
    metavar="GLOB",
    help="Print what decides the audio of the renders that --select would select.",
)
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    selection: Selection,
    jobs: int | None,
    choices: Choices,
    show: Show[PlanResult],
    detailed_exitcode: bool,
    is_all: bool,
    explain: str | None,
) -> int:
    """Show what `render` would upload, render, share, restore and reuse, and why.

    What is up to date is counted, and steps of one reason are one line, unless --all lists them.
    The same options give the same steps in `songbatch render`.
    """
    if explain is not None:
        _demand_text(show)
    session = Session.open(project)
    session.look_at_state()
    batch = load_specs(session, specs, engine, overrides)
    demand_valid(batch)
    engine_plans = make_engine_plans(
        batch, selection, session.run_context(), session.environment, choices
    )
    changes = any(engine_plan.plan.changes for engine_plan in engine_plans)
    code = EXIT_CHANGES if changes and detailed_exitcode else EXIT_DONE
    if explain is not None:
        _explain(explain, batch, engine_plans)
        return code
    text = show(PlanResult(engine_plans, jobs, is_all))
    click.echo(text)
    remember(session, batch, code, f"{text}\n", diagnostics_text(batch.diagnostics))
    return code


def _demand_text(show: Show[PlanResult]) -> None:
    """Raise UsageError for a program that asks: it would get what is for people."""
    if show is not next(iter(FORMATS.values())):
        raise UsageError(
            "--explain is for people: it has no other format", fix="omit --json and --format"
        )


def _explain(wanted: str, batch: Batch, engine_plans: Sequence[EnginePlan]) -> None:
    ids = Selection([wanted]).among(batch.renders, batch.only)
    for number, render in enumerate(r for r in batch.renders if r.id in ids):
        if number:
            click.echo()
        _explain_render(render, engine_plans)


def _explain_render(render: Render, engine_plans: Sequence[EnginePlan]) -> None:
    engine_plan = next(
        engine_plan
        for engine_plan in engine_plans
        if engine_plan.engine.identity == render.inputs.engine
    )
    last = engine_plan.snapshot.manifests.get(render.spec)
    entry = next((entry for entry in last or () if entry.id == render.id), None)
    changes = render.inputs.changes_since(entry.inputs(last.engine)) if entry and last else []
    click.echo(f"{render.id}\n  key {render.key}")
    request = completed(render.inputs, engine_plan.engine.traits)
    known = entry is not None
    click.echo("\n".join(explanation(render.inputs, changes, known=known, completed=request)))
