"""`songbatch jobs`: the songs under way at services; has them cancelled."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import format_options, project_option
from songbatch.cli.session import print_diagnostics, project_engines, tell_waiting
from songbatch.cli.views.choice import jobs_formats
from songbatch.engines.entry import EngineContext
from songbatch.exit_codes import EXIT_DONE
from songbatch.run.cancelling import JobCanceller
from songbatch.run.consent import user_settings
from songbatch.run.jobs_under_way import JobsReport, jobs_under_way, meant_by
from songbatch.run.session import Session
from songbatch.run.stopping import leaving

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.cli.views.choice import Show
    from songbatch.diagnostics import SongbatchError
    from songbatch.engines.catalog import Engines

FORMATS = jobs_formats()


@click.command("jobs")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@project_option
@click.option("--cancel", is_flag=True, help="Ask their services to cancel them.")
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
@format_options(FORMATS, "For people or for programs.")
def command(
    patterns: tuple[str, ...],
    project: Path | None,
    cancel: bool,
    no_wait: bool,
    show: Show[JobsReport],
) -> int:
    """List the songs, and ids of references, that services still work on: nothing is sent.

    A PATTERN means songs as --select of render does, or a reference by its name. With --cancel,
    services are asked to cancel them. What had not begun costs nothing, and the next render asks
    for it anew; what had begun may be charged, and the next render collects what came of it.
    """
    session = Session.open(project)
    _, engines = project_engines(session.workspace.root)
    state = session.ledger_state()
    refusal = None
    if not state.jobs:
        report = JobsReport((), cancel)
    elif cancel:
        with leaving(), session.lock(wait=not no_wait, on_wait=tell_waiting):
            report, refusal = _cancel(session, engines, patterns)
    else:
        report = JobsReport(meant_by(patterns, jobs_under_way(state, engines, os.environ)))
    click.echo(show(report))
    if refusal is not None:
        raise refusal
    return EXIT_DONE


def _cancel(
    session: Session, engines: Engines, patterns: tuple[str, ...]
) -> tuple[JobsReport, SongbatchError | None]:
    by_user = user_settings(print_diagnostics).engines
    engine_context = EngineContext(session.workspace.state, os.environ, by_user)
    context = session.run_context()
    with contextlib.closing(context.ledger) as ledger:
        jobs = jobs_under_way(ledger.state, engines, os.environ)
        wanted = meant_by(patterns, jobs) if jobs else []
        canceller = JobCanceller(engines, engine_context, ledger)
        done = canceller.cancel(wanted)
    return JobsReport(done, is_cancelling=True), canceller.refusal
