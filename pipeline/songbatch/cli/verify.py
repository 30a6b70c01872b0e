"""`songbatch verify`: check outputs against their manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.options import format_options, project_option, specs_argument
from songbatch.cli.session import wanted_renders
from songbatch.cli.views.choice import verify_formats
from songbatch.cli.views.results import VerifyResult
from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.layout import output_folder
from songbatch.outputs.manifests import read_manifests, recorded_engines
from songbatch.outputs.verify import below, verify
from songbatch.outputs.wanted import count_left_overs, without_left_overs
from songbatch.run.session import Session
from songbatch.spec_files import meant_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from songbatch.cli.views.choice import Show
    from songbatch.records import Manifest, ManifestId
    from songbatch.workspace import Workspace

FORMATS = verify_formats()


@click.command("verify")
@specs_argument
@project_option
@click.option("--engine", metavar="NAME[/MODEL]", help="Only what this engine rendered.")
@format_options(FORMATS, "For people, for programs, or as the XML that CI systems show.")
def command(
    specs: tuple[str, ...], project: Path | None, engine: str | None, show: Show[VerifyResult]
) -> int:
    """Check every entry of the manifests of each SPEC (default: all that were rendered).

    Its file must exist, be the one that was written, decode to its end, and last as long as
    recorded. Audio that is less than was asked for is reported too, but is not a problem; nor is
    what has no audio and is not asked for by any spec now.
    """
    session = Session.open(project)
    workspace = session.workspace
    manifests = {(m.spec, m.engine.name): m for m in _manifests(workspace, specs, engine)}
    wanted = wanted_renders(session, manifests.values(), engine)
    left = count_left_overs(manifests, wanted)
    kept = without_left_overs(manifests, wanted).values()
    verified = [(m, list(verify(m, workspace))) for m in kept]
    shortfalls = [one for manifest, _ in verified for one in below(manifest)]
    result = VerifyResult(verified, shortfalls, left, _gone(session, manifests))
    click.echo(show(result))
    return EXIT_FAILED if result.problems else EXIT_DONE


def _gone(session: Session, manifests: Iterable[ManifestId]) -> list[str]:
    """Return the folders of outputs whose spec is not there any more, as far as that is known."""
    try:
        existing = session.workspace.spec_names
    except UsageError:
        return []
    if session.workspace.stray_specs():
        return []
    return sorted(output_folder(*place) for place in manifests if place[0] not in existing)


def _manifests(workspace: Workspace, wanted: Sequence[str], only: str | None) -> list[Manifest]:
    """Return the manifests of the wanted specs; the spec itself need not exist any more."""
    engines = [only] if only else recorded_engines(workspace)
    manifests = [m for engine in engines for m in read_manifests(workspace, engine).values()]
    known = {manifest.spec for manifest in manifests}
    names = {(meant_spec(word, known) or (word,))[0] for word in wanted} or known
    for name in sorted(names - known):
        raise UsageError(
            f"nothing was rendered for {name!r}: outputs/ has no manifest of it",
            fix=did_you_mean(name, known) or "render it first",
        )
    return [manifest for manifest in manifests if manifest.spec in names]
