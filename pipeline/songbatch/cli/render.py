"""`songbatch render`: carry out the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from songbatch.cli.consent import demand_consent
from songbatch.cli.listening import how_to_listen
from songbatch.cli.numbers import Finite
from songbatch.cli.options import (
    engine_options,
    jobs_option,
    money_options,
    place_options,
    profile_option,
    project_option,
    selection_options,
    specs_argument,
    store_option,
    takes_option,
)
from songbatch.cli.session import load_specs, print_diagnostics, write_down
from songbatch.cli.views.choice import make_view
from songbatch.cli.views.waves_text import wave_notes
from songbatch.diagnostics import InvalidSpecs, Refused
from songbatch.diff.states import with_states
from songbatch.exit_codes import EXIT_INTERRUPTED
from songbatch.run.apply import RunSettings, open_run
from songbatch.run.consent import confirm_above
from songbatch.run.session import Session
from songbatch.run.shared.stores import chosen_store
from songbatch.run.stopping import draining, leaving
from songbatch.run.waves import Waves
from songbatch.spec.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.cli.views.run_view import View
    from songbatch.plan import Choices
    from songbatch.plan.selection import Selection
    from songbatch.run.apply import Run
    from songbatch.run.summary import Summary
    from songbatch.run.waves import WavePlan


@click.command("render")
@specs_argument
@project_option
@engine_options
@profile_option
@takes_option
@selection_options
@jobs_option
@money_options
@store_option
@place_options
@click.option("--max-cost", type=Finite(min=0), metavar="USD", help="Refuse to spend more.")
@click.option(
    "--max-renders", type=click.IntRange(min=0), metavar="N", help="Refuse to request more."
)
@click.option("--yes", is_flag=True, help="Spend what the plan costs without asking.")
@click.option("--frozen", is_flag=True, help="Send nothing: restore what is there, or exit 3.")
@click.option(
    "--backoff",
    type=Finite(min=0, max=60),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait before a failed request is first repeated; doubles each time.",
)
@click.option(
    "--allow-private-urls",
    is_flag=True,
    help="Let references be downloaded from private and loopback addresses.",
)
@click.option(
    "--measure/--no-measure",
    default=True,
    help="Whether to measure new songs once they have arrived; if not, the next run does.",
)
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
@click.option("--json", "as_json", is_flag=True, help="Print events, one JSON object per line.")
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    profile: str | None,
    takes: int | None,
    selection: Selection,
    choices: Choices,
    store: str | None,
    no_wait: bool,
    as_json: bool,
    yes: bool,
    measure: bool,
    **settings: Any,
) -> int:
    """Upload each reference once, request every song that does not exist yet, write the outputs.

    A second run does nothing. Ctrl-C stops sending and keeps what is in flight; a second Ctrl-C
    stops at once. A plan that costs more than confirm_above ($1 unless config.yaml says otherwise)
    needs your consent: on a terminal, by --yes or by --max-cost.
    """
    session = Session.open(project)
    choices = msgspec.structs.replace(choices, measures=measure)
    layer = Layer(profile, takes)
    with make_view(as_json=as_json) as view, leaving():
        batch = load_specs(session, specs, engine, overrides, view.listen, layer)
        with view.paused(), view.outlet.survived():
            print_diagnostics(batch.diagnostics)
        if batch.has_errors:
            raise InvalidSpecs(batch.diagnostics)
        selection = with_states(selection, batch, session.workspace)
        chosen = chosen_store(batch.sharing, store, session.environment)
        with session.lock(wait=not no_wait, on_wait=view.listen):
            run_settings = RunSettings(choices=choices, store=chosen, **settings)
            waves = Waves(session, batch, selection, run_settings)
            summary = _render_all(session, waves, view, yes=yes)
            batch = waves.batch
            is_news = selection.follows_git or any(wave.is_short for wave in batch.waves)
            write_down(
                session, None if view.outlet.broken or is_news else view.again(summary), batch
            )
    if summary.refusal is not None:
        raise summary.refusal
    if view.outlet.broken:
        view.outlet.say_why()
        return EXIT_INTERRUPTED
    return summary.exit_code


def _render_all(session: Session, waves: Waves, view: View, *, yes: bool) -> Summary:
    """Carry out wave after wave, and say at the end what all of them came to."""
    refused = None
    try:
        for wave in waves:
            _render(session, wave, waves, view, yes=yes)
    except Refused as error:
        if not waves.has_begun:
            raise
        refused = error
    summary = waves.summary
    view.end(summary, waves.batch.waves)
    if command := how_to_listen(summary.made, session.workspace.root):
        view.suggest(command)
    if refused is not None:
        raise refused
    return summary


def _render(session: Session, wave: WavePlan, waves: Waves, view: View, *, yes: bool) -> None:
    batch, settings = wave.batch, wave.settings
    with view.paused():
        above = confirm_above(batch.confirm_above, print_diagnostics)
    with open_run(session, batch, wave.selection, settings, view.listen, wave.further) as run:
        view.outlet.on_break(run.stop)
        bounded = settings.max_cost is not None
        notes = run.price_notes if bounded or run.counted_usd > above else []
        # Who agreed to the first wave agreed to all that may follow.
        if not (yes or bounded or run.stopped or waves.has_begun):
            demand_consent(run, above, notes, view)
        view.begin(run.engine_plans, settings.jobs, [*wave_notes(wave), *notes])
        batch = _fetch(run, batch, view)
        with draining(run.stop, lambda: view.leave(run.left_behind)):
            waves.done(run, run.finish(batch))


def _fetch(run: Run, batch: Batch, view: View) -> Batch:
    try:
        return run.fetch(batch)
    except InvalidSpecs as error:
        with view.paused():
            print_diagnostics(error.diagnostics)
        raise
