"""`songbatch verify`: hold outputs against their manifests."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import project_option, specs_argument
from pipeline.cli.session import Session
from pipeline.diagnostics import UsageError, did_you_mean, printable
from pipeline.engines.catalog import ENGINES
from pipeline.phrases import count
from pipeline.run.snapshot import read_manifests
from pipeline.verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.records import Manifest
    from pipeline.workspace import Workspace


@click.command("verify")
@specs_argument
@project_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(specs: tuple[str, ...], project: Path | None, as_json: bool) -> int:
    """Check every entry of the manifests of each SPEC (default: all that were rendered).

    The file is there, is the one that was written, decodes to its end, and lasts as recorded.
    """
    workspace = Session.open(project).workspace
    results = [f for m in _manifests(workspace, specs) for f in verify(m, workspace)]
    findings = [finding for finding in results if finding is not None]
    if as_json:
        found = [dataclasses.asdict(finding) for finding in findings]
        click.echo(json.dumps({"checked": len(results), "findings": found}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(printable(f"{finding.output}: {finding.problem}  [{finding.id}]"))
        said = count(len(findings), "problem") if findings else "all as recorded"
        click.echo(f"{count(len(results), 'output')} checked: {said}.")
    return 1 if findings else 0


def _manifests(workspace: Workspace, wanted: Sequence[str]) -> list[Manifest]:
    """Return the manifests of the wanted specs; the spec itself need not exist any more."""
    found = [m for engine in ENGINES for m in read_manifests(workspace, engine).values()]
    known = {manifest.spec for manifest in found}
    names = {name.removeprefix("specs/").removesuffix(".yaml") for name in wanted} or known
    for name in sorted(names - known):
        raise UsageError(
            f"nothing was rendered for {name!r}: outputs/ has no manifest of it",
            fix=did_you_mean(name, known) or "render it first",
        )
    return [manifest for manifest in found if manifest.spec in names]
