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
from songbatch.outputs.verify import below, count_own, verify
from songbatch.outputs.wanted import count_left_overs, without_left_overs
from songbatch.run.session import Session
from songbatch.shell import shell_path, shell_word
from songbatch.spec_files import meant_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
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
    manifests = {_place(m): m for m in _manifests(workspace, specs, engine)}
    wanted = wanted_renders(session, manifests.values(), engine)
    left = count_left_overs(manifests, wanted)
    kept = without_left_overs(manifests, wanted).values()
    verified = [(m, list(verify(m, workspace, session.blobs.own_encodings))) for m in kept]
    shortfalls = [one for manifest, _ in verified for one in below(manifest)]
    fixes = _fixes(session, manifests, {_place(m) for m, found in verified if any(found)})
    own = sum(count_own(m, workspace, session.blobs.own_encodings) for m in kept)
    result = VerifyResult(verified, shortfalls, left, *fixes, own)
    click.echo(show(result))
    return EXIT_FAILED if result.problems else EXIT_DONE


def _place(manifest: Manifest) -> ManifestId:
    return manifest.spec, manifest.engine.name


def _fixes(
    session: Session, manifests: Mapping[ManifestId, Manifest], broken: Collection[ManifestId]
) -> tuple[list[str], dict[str, str]]:
    """Return what to do about `broken` manifests, and about folders whose spec is gone.

    Neither, if nobody knows which specs there are.
    """
    try:
        existing = session.workspace.spec_names
    except UsageError:
        return [], {}
    # A spec that lies elsewhere is not gone.
    has_strays = bool(session.workspace.stray_specs())
    gone = [place for place in sorted(manifests) if place[0] not in existing and not has_strays]
    if not gone and not broken:
        return [], {}
    used = _used_engines(session)
    if not existing:  # then no command but this one has anything to go by
        return [], {output_folder(*one): _deletion(session, manifests[one]) for one in gone}
    mended = (_render(engine, used) for spec, engine in sorted(broken) if spec in existing)
    removed = {output_folder(*one): _removal(session, manifests[one], used) for one in gone}
    return list(dict.fromkeys(mended)), removed


def _used_engines(session: Session) -> frozenset[str] | None:
    """Return the engines that the specs name now; None if they cannot be read."""
    try:
        batch = session.load((), None, {})
    except UsageError:
        return None
    if batch.has_errors:
        return None
    return frozenset(render.inputs.engine.name for render in batch.renders)


def _render(engine: str, used: Collection[str] | None) -> str:
    """Return the command that mends outputs of an engine, without asking one that nobody uses."""
    if used is None or engine in used:
        return "songbatch render"
    return f"songbatch render --engine {shell_word(engine)} --frozen"


def _removal(session: Session, last: Manifest, used: Collection[str] | None) -> str:
    fix = f"{_render(last.engine.name, used)} removes or moves it"
    is_used = used is None or last.engine.name in used
    if is_used or not _is_stored(session, last):
        return fix
    return (
        f"{fix}; if songs would have to be asked for (the store keeps these): "
        f"rm -r {shell_path(output_folder(*_place(last)))}"
    )


def _is_stored(session: Session, last: Manifest) -> bool:
    return all(
        entry.audio_sha256 is None or session.blobs.has(entry.audio_sha256) for entry in last
    )


def _deletion(session: Session, last: Manifest) -> str:
    """Return how to remove outputs where no spec is left, which every run would refuse."""
    kept = (
        "the store keeps its songs" if _is_stored(session, last) else "its songs are nowhere else"
    )
    return (
        f"no spec is left to render; bring specs/{last.spec}.yaml back, or remove it ({kept}): "
        f"rm -r {shell_path(output_folder(*_place(last)))}"
    )


def _manifests(workspace: Workspace, wanted: Sequence[str], only: str | None) -> list[Manifest]:
    """Return the manifests of the wanted specs; the spec itself need not exist any more."""
    engines = [only] if only else recorded_engines(workspace)
    manifests = [m for engine in engines for m in read_manifests(workspace, engine).values()]
    known = frozenset(manifest.spec for manifest in manifests)
    names = {(meant_spec(word, known) or (word,))[0] for word in wanted} or known
    for name in sorted(names - known):
        _demand_spec(name, known | workspace.spec_names)
        raise UsageError(
            f"nothing was rendered for {name!r}: outputs/ has no manifest of it",
            fix="render it first",
        )
    return [manifest for manifest in manifests if manifest.spec in names]


def _demand_spec(name: str, known: frozenset[str]) -> None:
    if meant_spec(name, known) is None:
        there = f"this project has {', '.join(sorted(known))}" if known else "write one first"
        raise UsageError(f"there is no spec {name!r}", fix=did_you_mean(name, known) or there)
