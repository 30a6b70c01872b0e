"""`songbatch engines`: which engines there are, and what one takes, costs and needs."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

import click

from songbatch.batch.project_files import demand_engine
from songbatch.cli.options import format_options, project_option
from songbatch.cli.session import print_diagnostics, project_engines
from songbatch.cli.views.choice import engines_formats
from songbatch.cli.views.results import EngineListing, EnginesResult
from songbatch.engines.entry import EngineContext
from songbatch.engines.installed import installed_names
from songbatch.exit_codes import EXIT_DONE
from songbatch.files.tree import Tree
from songbatch.run.consent import user_settings

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.cli.views.choice import Show

FORMATS = engines_formats()


@click.command("engines")
@click.argument("name", required=False, metavar="[NAME[/MODEL]]")
@project_option
@format_options(FORMATS, "For people or for programs.")
def command(name: str | None, project: Path | None, show: Show[EnginesResult]) -> int:
    """List the engines, or show all that one takes, ignores, cannot have, costs and needs.

    Of a service with many models, its name alone lists these.

    In a project, with what its songbatch.yaml says of them. Nothing is sent.
    """
    workspace, engines = project_engines(project)
    is_service = name is not None and engines.is_service(name)
    if name is not None and not is_service:
        demand_engine(name, engines)
    by_user = user_settings(print_diagnostics).engines
    names = [] if is_service else list(engines) if name is None else [name]
    services = engines.services if name is None else [name] if is_service else []
    with contextlib.ExitStack() as stack:
        if workspace is not None:
            state = workspace.state
        else:
            folder = tempfile.TemporaryDirectory(prefix="songbatch-engines-")
            state = Tree(stack.enter_context(folder))
        context = EngineContext(state, os.environ, by_user)
        listed = [
            EngineListing(engines[each], engines[each].access(context), engines.row(each))
            for each in names
        ]
        shown = [engines.service(each, context) for each in services]
    others = [] if name is not None else sorted(set(installed_names()) - set(names))
    result = EnginesResult(listed, others, is_one=name is not None, services=shown)
    click.echo(show(result))
    return EXIT_DONE
