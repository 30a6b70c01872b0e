"""`songbatch verify`: check outputs against their manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from songbatch.cli.options import project_option, specs_argument
from songbatch.cli.views.junit import junit
from songbatch.diagnostics import UsageError, did_you_mean, printable, printable_json
from songbatch.engines.catalog import ENGINES
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.formatting import count
from songbatch.outputs.manifests import read_manifests
from songbatch.outputs.verify import below, verify
from songbatch.run.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from songbatch.outputs.verify import OutputProblem
    from songbatch.records import Manifest
    from songbatch.workspace import Workspace


@click.command("verify")
@specs_argument
@project_option
@click.option("--engine", type=click.Choice(list(ENGINES)), help="Only what this engine rendered.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as the XML that CI systems show.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    specs: tuple[str, ...], project: Path | None, engine: str | None, output: str, as_json: bool
) -> int:
    """Check every entry of the manifests of each SPEC (default: all that were rendered).

    Its file must exist, be the one that was written, decode to its end, and last as long as
    recorded. Audio that is less than was asked for is reported too, but is not a problem.
    """
    workspace = Session.open(project).workspace
    verified = [(m, list(verify(m, workspace))) for m in _manifests(workspace, specs, engine)]
    results = [finding for _, found in verified for finding in found]
    findings = [finding for finding in results if finding is not None]
    short = [one for manifest, _ in verified for one in below(manifest)]
    if output == "junit" and not as_json:
        click.echo(junit(verified))
    elif as_json or output == "json":
        _print_json(findings, short, len(results))
    else:
        _print_text(findings, short, len(results))
    return EXIT_FAILED if findings else EXIT_DONE


def _print_json(
    findings: Sequence[OutputProblem], short: Sequence[OutputProblem], checked: int
) -> None:
    found = {"checked": checked, "findings": findings, "below": short}
    click.echo(printable_json(msgspec.to_builtins(found)))


def _print_text(
    findings: Sequence[OutputProblem], short: Sequence[OutputProblem], checked: int
) -> None:
    for finding in findings:
        click.echo(printable(f"{finding.output}: {finding.problem}  [{finding.id}]"))
    for one in short:
        click.echo(printable(f"{one.output}: below what was asked for: {one.problem}  [{one.id}]"))
    said = count(len(findings), "problem") if findings else "all as recorded"
    less = f"; {len(short):,} below what was asked for" if short else ""
    click.echo(f"{count(checked, 'output')} checked: {said}{less}.")


def _manifests(workspace: Workspace, wanted: Sequence[str], only: str | None) -> list[Manifest]:
    """Return the manifests of the wanted specs; the spec itself need not exist any more."""
    engines = [only] if only else ENGINES
    found = [m for engine in engines for m in read_manifests(workspace, engine).values()]
    known = {manifest.spec for manifest in found}
    names = {name.removeprefix("specs/").removesuffix(".yaml") for name in wanted} or known
    for name in sorted(names - known):
        raise UsageError(
            f"nothing was rendered for {name!r}: outputs/ has no manifest of it",
            fix=did_you_mean(name, known) or "render it first",
        )
    return [manifest for manifest in found if manifest.spec in names]
