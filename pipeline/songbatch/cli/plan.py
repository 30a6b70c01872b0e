"""`songbatch plan`: what a render would do, why, and what it costs; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.options import (
    format_options,
    jobs_option,
    money_options,
    place_options,
    profile_option,
    project_option,
    selection_options,
    several_engines_options,
    specs_argument,
    store_option,
    takes_option,
)
from songbatch.cli.session import (
    demand_valid,
    diagnostics_text,
    load_specs,
    print_warning,
    remember,
    sole_engine,
)
from songbatch.cli.views.choice import comparison_formats, plan_formats
from songbatch.cli.views.plan_text import explanation
from songbatch.cli.views.results import PlanResult
from songbatch.diagnostics import UsageError, printable
from songbatch.diff.states import with_states
from songbatch.exit_codes import EXIT_CHANGES, EXIT_DONE, EXIT_INVALID
from songbatch.layout import SETTINGS_NAME
from songbatch.plan.completion import completed
from songbatch.plan.selection import Selection
from songbatch.run.engine_plans import make_engine_plans
from songbatch.run.session import Session
from songbatch.run.shared.stores import chosen_store
from songbatch.spec.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.cli.views.choice import Show
    from songbatch.cli.views.results import ComparisonResult, Move
    from songbatch.model import Render
    from songbatch.plan import Choices
    from songbatch.run.engine_plans import EnginePlan

FORMATS = plan_formats()


@click.command("plan")
@specs_argument
@project_option
@several_engines_options
@profile_option
@takes_option
@selection_options
@jobs_option
@money_options
@store_option
@place_options
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
    engines: tuple[str, ...],
    overrides: Mapping[str, str],
    profile: str | None,
    takes: int | None,
    selection: Selection,
    jobs: int | None,
    choices: Choices,
    store: str | None,
    show: Show[PlanResult],
    detailed_exitcode: bool,
    is_all: bool,
    explain: str | None,
    on: str | None,
    insecure_cluster: bool,
) -> int:
    """Show what `render` would upload, render, share, restore and reuse, and why.

    What is up to date is counted, and steps of one reason are one line, unless --all lists them.
    The same options give the same steps in `songbatch render`. With an --engine other than the last
    one, it also says what is lost and what stays; with several, it compares them.
    """
    if explain is not None:
        _demand_text(show)
    engines = tuple(dict.fromkeys(engines))
    layer = Layer(profile, takes)
    session = Session.open(project)
    if len(engines) > 1:
        _demand_comparable(choices, is_all=is_all, explain=explain, on=on)
        from songbatch.cli.moving import compare_engines  # noqa: PLC0415  (few plans compare)

        result = compare_engines(
            session, specs, engines, overrides, layer, selection, jobs, choices
        )
        click.echo(_comparing(show)(result))
        return _code_of(result, detailed_exitcode=detailed_exitcode)
    engine = next(iter(engines), None)
    session.look_at_state()
    batch = load_specs(session, specs, engine, overrides, layer=layer)
    demand_valid(batch)
    if batch.waves:
        from songbatch.run.waves import in_waves  # noqa: PLC0415  (few specs have such songs)

        batch = in_waves(
            batch,
            session.workspace,
            session.blobs,
            session.ledger_state(),
            price=choices.price,
        )
    selection = with_states(selection, batch, session.workspace)
    chosen = chosen_store(batch.sharing, store, session.environment)
    context = session.run_context(chosen=chosen)
    engine_plans = make_engine_plans(batch, selection, context, session.environment, choices)
    if context.stock.trouble is not None:
        print_warning(context.stock.trouble)
    changes = any(engine_plan.plan.changes for engine_plan in engine_plans)
    code = EXIT_CHANGES if changes and detailed_exitcode else EXIT_DONE
    if explain is not None:
        _explain(explain, batch, engine_plans)
        return code
    move = _find_move(session, batch, engine or (profile and sole_engine(batch)), selection)
    if on is not None:
        jobs = _survey(on, engine_plans, session, jobs, is_insecure=insecure_cluster)
    ids = {step.render.id for one in engine_plans for step in one.plan.renders}
    waves = [wave for wave in batch.waves if any(r.id in ids for r in wave.renders)]
    text = show(PlanResult(engine_plans, jobs, is_all, move, waves))
    click.echo(text)
    # They tell of outputs that no plan looks at, of what other machines have and do by now, and of
    # revisions.
    is_told_more = move is not None or on is not None or context.stock.was_asked
    if is_told_more or selection.follows_git:
        return code
    remember(session, batch, code, f"{text}\n", diagnostics_text(batch.diagnostics))
    return code


def _survey(
    on: str,
    engine_plans: Sequence[EnginePlan],
    session: Session,
    jobs: int | None,
    *,
    is_insecure: bool,
) -> int | None:
    """Say who is at a place; return how many requests at once a run would make there."""
    from songbatch.cluster.needed import demand_dask  # noqa: PLC0415  (few plans look elsewhere)
    from songbatch.cluster.places import parse_place  # noqa: PLC0415
    from songbatch.cluster.survey import survey  # noqa: PLC0415

    demand_dask()
    place = parse_place(on, session.environment)
    entries = [engine_plan.engine for engine_plan in engine_plans]
    found = survey(place, entries, session.environment, is_insecure=is_insecure)
    for line in found.lines:
        click.echo(printable(line), err=True)
    slots = max(found.slots.values(), default=0)
    unlimited = all(entry.first_jobs is None for entry in entries)
    most = slots if unlimited else min([slots, *(entry.expected_jobs for entry in entries)])
    return min(most, jobs or most) or jobs


def _find_move(
    session: Session, batch: Batch, engine: str | None, selection: Selection
) -> Move | None:
    if engine is None:
        return None
    from songbatch.cli.moving import find_move  # noqa: PLC0415  (few plans name an engine)

    return find_move(session, batch, engine, selection)


def _demand_comparable(
    choices: Choices, *, is_all: bool, explain: str | None, on: str | None
) -> None:
    """Raise UsageError for what only the plan of one engine has."""
    options = {"--all": is_all, "--explain": explain is not None, "--on": on is not None}
    for option, is_said in options.items():
        if is_said:
            raise UsageError(f"{option} is for one --engine", fix=f"omit {option}, or name one")
    if choices.price is not None:
        raise UsageError(
            "--price would be that of all engines",
            fix=f"write usd_per_render under each engine in {SETTINGS_NAME}",
        )


def _comparing(show: Show[PlanResult]) -> Show[ComparisonResult]:
    """Return the view of a comparison in the format of a plan's view."""
    name = next(name for name, view in FORMATS.items() if view is show)
    return comparison_formats()[name]


def _code_of(result: ComparisonResult, *, detailed_exitcode: bool) -> int:
    plans = [one.engine_plan.plan for one in result.prospects if one.engine_plan is not None]
    if not plans:
        return EXIT_INVALID
    changes = any(plan.changes for plan in plans)
    return EXIT_CHANGES if changes and detailed_exitcode else EXIT_DONE


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
