"""`songbatch check`: validate specs, templates and references; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.batch.albums import with_albums
from songbatch.cli.options import (
    engine_options,
    format_options,
    profile_option,
    project_option,
    specs_argument,
)
from songbatch.cli.schema_renewal import renew_schemas
from songbatch.cli.session import load_specs, remember
from songbatch.cli.views.check_github import check_github
from songbatch.cli.views.choice import check_formats
from songbatch.cli.views.results import CheckResult
from songbatch.exit_codes import EXIT_DONE, EXIT_INVALID
from songbatch.run.session import Session
from songbatch.spec.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from songbatch.cli.views.choice import Show

FORMATS = check_formats()


@click.command("check")
@specs_argument
@project_option
@engine_options
@profile_option
@format_options(FORMATS, "For people, for programs, or as GitHub Actions annotations.", short=False)
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    profile: str | None,
    show: Show[CheckResult],
) -> int:
    """Validate specs, templates, rows and references, offline.

    Every mistake in every SPEC (default: all of the project) is reported at once. Schemas for
    editors that an earlier songbatch put into specs/ are renewed.
    """
    session = Session.open(project)
    session.look_at_state()
    for line in renew_schemas(session.workspace):
        click.echo(line, err=True)
    batch = load_specs(session, specs, engine, overrides, layer=Layer(profile))
    # An album may have songs of any spec.
    batch = with_albums(batch, session.workspace, () if specs else None)
    text = show(CheckResult(batch, session.workspace.root))
    click.echo(text)
    # Annotations depend on where the repository begins, and what is wrong may lie anywhere.
    if not batch.has_errors and show is not check_github:
        remember(session, batch, EXIT_DONE, f"{text}\n")
    return EXIT_INVALID if batch.has_errors else EXIT_DONE
