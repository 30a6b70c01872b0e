"""`songbatch check`: validate specs, templates and references; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.diagnostics import as_github, as_json, as_texts
from songbatch.cli.options import engine_options, project_option, specs_argument
from songbatch.cli.session import remember
from songbatch.diagnostics import Severity, printable_json
from songbatch.exit_codes import EXIT_DONE, EXIT_INVALID
from songbatch.formatting import count
from songbatch.run.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from songbatch.batch.loading import Batch


@click.command("check")
@specs_argument
@project_option
@engine_options
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as GitHub Actions annotations.",
)
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    output: str,
) -> int:
    """Validate specs, templates, rows and references, offline.

    Every mistake in every SPEC (default: all of the project) is reported at once.
    """
    session = Session.open(project)
    session.look_at_state()
    batch = session.load(specs, engine, overrides)
    text = "".join(f"{line}\n" for line in _lines(batch, session, output))
    click.echo(text, nl=False)
    # Annotations depend on where the repository begins, and what is wrong may lie anywhere.
    if not batch.has_errors and output != "github":
        remember(session, EXIT_DONE, text)
    return EXIT_INVALID if batch.has_errors else EXIT_DONE


def _lines(batch: Batch, session: Session, output: str) -> Iterator[str]:
    if output == "json":
        yield printable_json([as_json(d) for d in batch.diagnostics])
        return
    if output == "github":
        folder = _folder_in_repository(session.workspace.root)
        yield from (as_github(diagnostic, folder) for diagnostic in batch.diagnostics)
    else:
        yield from (f"{text}\n" for text in as_texts(batch.diagnostics))
    yield _tally(batch)


def _tally(batch: Batch) -> str:
    errors = sum(d.severity is Severity.ERROR for d in batch.diagnostics)
    found = f"{count(errors, 'error')}, {count(len(batch.diagnostics) - errors, 'warning')}"
    if errors:
        return found
    specs, renders = count(len(batch.specs), "spec"), count(len(batch.renders), "render")
    return f"{specs}, {renders}: {found}"


def _folder_in_repository(root: Path) -> str:
    """Return where a project lies in its repository: annotations name files from its top."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            below = root.relative_to(folder).as_posix()
            return "" if below == "." else f"{below}/"
    return ""
