"""`songbatch pull`: every output that the shared store can give; asks no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.options import (
    engine_options,
    project_option,
    selection_options,
    specs_argument,
    store_option,
)
from songbatch.cli.session import demand_valid, load_specs, print_diagnostics, tell_waiting
from songbatch.cli.views.choice import make_view
from songbatch.cli.views.store_views import left_out
from songbatch.diagnostics import printable
from songbatch.diff.states import with_states
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED
from songbatch.formatting import count
from songbatch.run.session import Session
from songbatch.run.shared.pulled_outputs import open_pull
from songbatch.run.shared.stores import chosen_store, demand_store
from songbatch.run.stopping import draining, leaving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.cli.views.run_view import View
    from songbatch.plan.selection import Selection
    from songbatch.run.shared.pulled_outputs import Lacking, PulledOutputs

SHOWN = 20
"""Songs that are named; of more, the number."""


@click.command("pull")
@specs_argument
@project_option
@engine_options
@selection_options
@store_option
@click.option(
    "--theirs", is_flag=True, help="Of songs that others have otherwise than here, take theirs."
)
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
@click.option("--json", "as_json", is_flag=True, help="Print events, one JSON object per line.")
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    selection: Selection,
    store: str | None,
    theirs: bool,
    no_wait: bool,
    as_json: bool,
) -> int:
    """Write every output of each SPEC whose audio is here or in the shared store; request nothing.

    Exit 1 if some are in neither. Unlike render --frozen it writes what there is, and leaves the
    rest as it is.
    """
    session = Session.open(project)
    with make_view(as_json=as_json) as view, leaving():
        batch = load_specs(session, specs, engine, overrides, view.listen)
        with view.paused(), view.outlet.survived():
            demand_valid(batch)
            chosen = chosen_store(batch.sharing, store, session.environment)
            demand_store(chosen, print_diagnostics)
        selection = with_states(selection, batch, session.workspace)
        with (
            session.lock(wait=not no_wait, on_wait=tell_waiting),
            open_pull(
                session, batch, selection, chosen, view.listen, takes_theirs=theirs
            ) as pulled,
        ):
            code = _finish(pulled, batch, view)
            session.write_index()
    if view.outlet.broken:
        view.outlet.say_why()
        return EXIT_INTERRUPTED
    _tell(pulled.lacking, "in neither this machine's store nor the shared one")
    _tell(pulled.refused, "not taken from the shared store")
    for line in left_out(session.workspace, batch, "pull"):
        click.echo(line, err=as_json)
    if code == EXIT_DONE and (pulled.lacking or pulled.refused):
        return EXIT_FAILED
    return code


def _finish(pulled: PulledOutputs, batch: Batch, view: View) -> int:
    run = pulled.run
    if run is None:
        return EXIT_DONE
    view.outlet.on_break(run.stop)
    view.begin(run.engine_plans, None)
    with draining(run.stop, lambda: view.leave(run.left_behind)):
        summary = run.finish(batch)
        view.end(summary)
    if run.stopped:
        return EXIT_INTERRUPTED
    return EXIT_FAILED if summary.undone else EXIT_DONE


def _tell(songs: tuple[Lacking, ...], what: str) -> None:
    if not songs:
        return
    click.echo(f"{count(len(songs), 'song')} {what}:", err=True)
    for song in songs[:SHOWN]:
        click.echo(printable(": ".join(filter(None, (f"  {song.id}", song.why)))), err=True)
    if len(songs) > SHOWN:
        click.echo(f"  and {len(songs) - SHOWN:,} more", err=True)
