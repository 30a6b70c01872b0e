"""`songbatch render`: do what the plan says."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import (
    engine_options,
    jobs_option,
    project_option,
    retry_unknown_option,
    selection_options,
    specs_argument,
)
from pipeline.cli.session import Session, demand_valid, now, print_diagnostics
from pipeline.cli.views.choice import make_view
from pipeline.diagnostics import InvalidSpecs
from pipeline.plan.select import Selection
from pipeline.run.events import Waiting
from pipeline.run.legs import make_legs
from pipeline.run.render import RenderRun, RunSettings
from pipeline.run.requests import recover
from pipeline.run.summary import EXIT_INTERRUPTED, Summary
from pipeline.store.lock import project_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pipeline.batch import Batch
    from pipeline.cli.views.run_view import View


@click.command("render")
@specs_argument
@project_option
@engine_options
@selection_options
@jobs_option
@retry_unknown_option
@click.option(
    "--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Refuse to spend more."
)
@click.option(
    "--max-renders", type=click.IntRange(min=0), metavar="N", help="Refuse to ask for more."
)
@click.option("--frozen", is_flag=True, help="Send nothing: restore what is there, or exit 3.")
@click.option(
    "--backoff",
    type=click.FloatRange(min=0, max=60),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="First wait before a failed request is repeated; doubles from there.",
)
@click.option(
    "--allow-private-urls",
    is_flag=True,
    help="Let references be downloaded from private and loopback addresses.",
)
@click.option(
    "--measure/--no-measure",
    default=True,
    help="Whether new songs are measured once they are there; if not, the next run does it.",
)
@click.option("--no-wait", is_flag=True, help="Exit 4 where another run works on the project.")
@click.option("--json", "as_json", is_flag=True, help="Events, one JSON object a line.")
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    no_wait: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    """Upload each reference once, request every song that is not there, write the outputs.

    A second run does nothing. Ctrl-C sends nothing more and keeps what is in flight; a second
    Ctrl-C stops at once.
    """
    session = Session.open(project)
    with make_view(as_json=as_json) as view:
        batch = session.load(specs, engine, overrides, view.listen)
        with view.paused():
            demand_valid(batch)
        with _locked(session, view, wait=not no_wait):
            selection = Selection(select, exclude)
            summary = _render(session, batch, selection, RunSettings(**settings), view)
            session.write_down(view.again(summary), batch)
    if summary.refusal is not None:
        raise summary.refusal
    return summary.exit_code


def _locked(session: Session, view: View, *, wait: bool) -> contextlib.AbstractContextManager[None]:
    return project_lock(
        session.workspace.state,
        started=now(),
        wait=wait,
        on_wait=lambda holder: view.listen(Waiting(holder)),
    )


def _render(
    session: Session, batch: Batch, selection: Selection, settings: RunSettings, view: View
) -> Summary:
    desk = session.desk(view.listen)
    with contextlib.closing(desk.ledger):
        recover(desk.workspace, desk.blobs, desk.ledger)
        legs = make_legs(
            batch,
            selection,
            desk,
            session.environment,
            settings.retry_unknown,
            measures=settings.measure,
        )
        run = RenderRun(legs, desk, settings, session.environment)
        run.refuse_spending()
        # Now and not at the end: until then they take memory.
        session.compilations.write()
        session.probes.write()
        view.begin(legs, settings.jobs)
        try:
            batch = run.fetch(batch)
        except InvalidSpecs as error:
            with view.paused():
                print_diagnostics(error.diagnostics)
            raise
        with _stopping(run.stop):
            done = tuple(zip(legs, run.apply(batch), strict=True))
            summary = Summary(done, run.lay_out_chosen(batch))
    view.end(summary)
    return summary


@contextlib.contextmanager
def _stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM stop gently and the second at once.

    What is in flight at the second has `asked` in the ledger and nothing else: an unknown outcome.
    """
    asked = False

    def on_signal(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            os._exit(EXIT_INTERRUPTED)
        asked = True
        stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, on_signal) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
