"""`songbatch doctor`: would a render get through; asks for nothing that costs."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import click

from songbatch.batch.project_files import demand_engine
from songbatch.cli.options import format_options, project_option
from songbatch.cli.session import print_diagnostics, project_engines
from songbatch.cli.views.choice import doctor_formats
from songbatch.diagnostics import UsageError
from songbatch.engines.entry import EngineContext
from songbatch.engines.health import HealthState
from songbatch.exit_codes import EXIT_DONE, EXIT_ENGINE
from songbatch.files.tree import Tree
from songbatch.run.consent import user_settings
from songbatch.run.doctor import Checkup, examine_engine, examine_project, load_for_checkup
from songbatch.run.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.cli.views.choice import Show

FORMATS = doctor_formats()


@click.command("doctor")
@project_option
@click.option(
    "--engine",
    metavar="NAME[/MODEL]",
    help="Look at this engine instead of those that the specs name; needs no project.",
)
@format_options(FORMATS, "For people or for programs.")
def command(project: Path | None, engine: str | None, show: Show[Checkup]) -> int:
    """Look whether the engines that the specs name answer, take the key and have the model.

    And at the project: disk, clock, versions, lock, ledger, jobs under way, store. Nothing is
    rendered, changed or paid. Exit 5 if a render would not get through.
    """
    workspace, engines = project_engines(project)
    if engine is not None:
        demand_engine(engine, engines)
    elif workspace is None:
        raise UsageError(
            "no song project here, whose engines could be looked at",
            fix="go to one, name one with --project DIR, or name an engine with --engine",
        )
    by_user = user_settings(print_diagnostics).engines
    names = [engine] if engine is not None else []
    if workspace is None:
        with tempfile.TemporaryDirectory(prefix="songbatch-doctor-") as folder:
            context = EngineContext(Tree(folder), os.environ, by_user)
            checkup = Checkup([examine_engine(engines[name], context) for name in names])
    else:
        session = Session.open(workspace.root)
        batch, found = load_for_checkup(session, engine)
        if engine is None and batch is not None:
            names = sorted({render.inputs.engine.name for render in batch.renders})
        context = EngineContext(workspace.state, os.environ, by_user)
        entries = [engines[name] for name in names]
        checkup = Checkup(
            [examine_engine(entry, context) for entry in entries],
            [*found, *examine_project(session, batch, entries)],
        )
    click.echo(show(checkup))
    return EXIT_ENGINE if checkup.count(HealthState.FAILED) else EXIT_DONE
