"""`songbatch push`: share what this machine has, such as what was paid before there was a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from songbatch.cli.options import (
    engine_options,
    project_option,
    selection_options,
    specs_argument,
    store_option,
)
from songbatch.cli.pasting import pasteable
from songbatch.cli.session import demand_valid, load_specs, print_diagnostics, tell_waiting
from songbatch.cli.views.store_views import left_out
from songbatch.diagnostics import printable, printable_json
from songbatch.diff.states import with_states
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.formatting import count
from songbatch.plan.selection import with_parts_of
from songbatch.run.session import Session
from songbatch.run.shared.pushing import Pushed, PushReport, push_songs
from songbatch.run.shared.stores import chosen_store, demand_store
from songbatch.run.stopping import leaving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from songbatch.plan.selection import Selection

LISTED = (Pushed.NEW, Pushed.HEALED, Pushed.DIFFERS, Pushed.FAILED)
"""What is said song by song."""
WIDTH = max(map(len, LISTED))


@click.command("push")
@specs_argument
@project_option
@engine_options
@selection_options
@store_option
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    selection: Selection,
    store: str | None,
    no_wait: bool,
    as_json: bool,
) -> int:
    """Put every song of each SPEC that is here into the shared store; request nothing.

    What is there already is read, and healed if it is damaged. Where somebody else has another
    answer for the same song, theirs stays there and yours here: such songs are listed, and
    songbatch pull --theirs takes theirs.
    """
    session = Session.open(project)
    batch = load_specs(session, specs, engine, overrides)
    demand_valid(batch)
    chosen = chosen_store(batch.sharing, store, session.environment)
    demand_store(chosen, print_diagnostics)
    selection = with_states(selection, batch, session.workspace)
    ids = with_parts_of(selection.among(batch.renders, batch.only), batch.songs)
    with leaving(), session.lock(wait=not no_wait, on_wait=tell_waiting):
        wanted = [render for render in batch.renders if render.id in ids]
        report = push_songs(session, batch, wanted, chosen)
    click.echo(printable_json(_as_json(report)) if as_json else "\n".join(_lines(report)))
    if not as_json:
        for line in left_out(session.workspace, batch, "push"):
            click.echo(line)
    return EXIT_FAILED if report.of(Pushed.FAILED) else EXIT_DONE


def _as_json(report: PushReport) -> dict[str, Any]:
    return {
        "store": report.store,
        "songs": [
            {
                "id": song.id,
                "key": song.key,
                "state": song.state.name.lower(),
                "detail": song.detail,
            }
            for song in report.songs
        ],
        "lacking": report.lacking,
        "unshared": report.unshared,
    }


def _lines(report: PushReport) -> Iterator[str]:
    for state in LISTED:
        for song in report.of(state):
            label = f"  {state:<{WIDTH}}  {song.id}"
            yield printable(": ".join(filter(None, (label, song.detail))))
    counts = [f"{len(report.of(state)):,} {state}" for state in Pushed if report.of(state)]
    what = ", ".join(counts) or "nothing to push"
    lacking = f"; {count(report.lacking, 'song')} without audio here" if report.lacking else ""
    yield printable(f"{report.store}: {what}{lacking}.")
    if report.unshared:
        free = count(report.unshared, "free song")
        yield f"{free}, made the same anywhere: shared if songbatch.yaml says share: all."
    if report.of(Pushed.DIFFERS):
        yield pasteable("Take theirs: songbatch pull --theirs")
