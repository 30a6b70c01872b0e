"""`songbatch verify`: check outputs against their manifests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import (
    format_options,
    profile_option,
    project_option,
    specs_argument,
)
from songbatch.cli.package_verification import verify_packages
from songbatch.cli.session import engine_of_profile, wanted_renders
from songbatch.cli.views.choice import verify_formats
from songbatch.cli.views.results import VerifyResult
from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.handover.package_reading import is_package
from songbatch.layout import output_folder
from songbatch.outputs.manifests import read_manifests, recorded_engines
from songbatch.outputs.verify import below, count_own, verify
from songbatch.outputs.wanted import count_left_overs, without_left_overs
from songbatch.run.session import Session
from songbatch.shell import shell_path, shell_word
from songbatch.spec_files import meant_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from songbatch.cli.views.choice import Show
    from songbatch.records import Manifest, ManifestId
    from songbatch.workspace import Workspace

FORMATS = verify_formats()
FEW = 3
"""Ids that a command has; of more, their spec stands for all of them."""

_JSON_OF_PACKAGES = {"text": False, "json": True}
"""The formats that packages have, and whether they are JSON."""


@click.command("verify")
@specs_argument
@project_option
@click.option("--engine", metavar="NAME[/MODEL]", help="Only what this engine rendered.")
@profile_option
@format_options(FORMATS, "For people, for programs, or as the XML that CI systems show.")
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    profile: str | None,
    show: Show[VerifyResult],
) -> int:
    """Check every entry of the manifests of each SPEC (default: all that were rendered).

    Its file must exist, be the one that was written, decode to its end, and last as long as
    recorded. Audio that is less than was asked for is reported too, but is not a problem; nor is
    what has no audio and is not asked for by any spec now.

    A SPEC may also be a package of songbatch deliver, a folder or a zip, also where no project is:
    it is held against its own record.
    """
    packages = [Path(word) for word in specs if is_package(Path(word))]
    if packages or any(word.lower().endswith(".zip") for word in specs):
        return _verify_packages(packages, specs, show)
    session = Session.open(project)
    engine = engine_of_profile(session, specs, engine, profile)
    workspace = session.workspace
    manifests = {_place(m): m for m in _manifests(workspace, specs, engine)}
    wanted = wanted_renders(session, manifests.values(), engine)
    left = count_left_overs(manifests, wanted)
    kept = without_left_overs(manifests, wanted).values()
    verified = [(m, list(verify(m, workspace, session.blobs))) for m in kept]
    shortfalls = [one for manifest, _ in verified for one in below(manifest)]
    broken = {_place(m): [one.id for one in found if one] for m, found in verified if any(found)}
    fixes = _fixes(session, manifests, broken)
    own = sum(count_own(m, workspace, session.blobs.own_encodings) for m in kept)
    result = VerifyResult(verified, shortfalls, left, *fixes, own)
    click.echo(show(result))
    return EXIT_FAILED if result.problems else EXIT_DONE


def _verify_packages(packages: list[Path], words: Sequence[str], show: Show[VerifyResult]) -> int:
    form = next(name for name, one in FORMATS.items() if one is show)
    others = [word for word in words if Path(word) not in packages]
    if others:
        raise UsageError(
            f"{others[0]} is no package of songbatch deliver",
            fix="name only folders and zips of it",
        )
    if form not in _JSON_OF_PACKAGES:
        raise UsageError(f"packages have no form {form}", fix="use --format json")
    return verify_packages(packages, as_json=_JSON_OF_PACKAGES[form])


def _place(manifest: Manifest) -> ManifestId:
    return manifest.spec, manifest.engine.name


def _fixes(
    session: Session,
    manifests: Mapping[ManifestId, Manifest],
    broken: Mapping[ManifestId, Sequence[str]],
) -> tuple[list[str], dict[str, str]]:
    """Return what to do about `broken` ids of manifests, and about folders whose spec is gone.

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
    renders = _wanted_ids(session)
    used = frozenset(engine for _, engine in renders) if renders is not None else None
    if not existing:  # then no command but this one has anything to go by
        return [], {output_folder(*one): _deletion(session, manifests[one]) for one in gone}
    mended = [
        command
        for place, ids in sorted(broken.items())
        if place[0] in existing
        for command in _mending(place, ids, renders, used)
    ]
    removed = {output_folder(*one): _removal(session, manifests[one], used) for one in gone}
    return list(dict.fromkeys(mended)), removed


def _wanted_ids(session: Session) -> frozenset[tuple[str, str]] | None:
    """Return the ids of the renders that the specs have now, with their engines.

    None if they cannot be read.
    """
    try:
        batch = session.load((), None, {})
    except UsageError:
        return None
    if batch.has_errors:
        return None
    return frozenset((render.id, render.inputs.engine.name) for render in batch.renders)


def _mending(
    place: ManifestId,
    ids: Sequence[str],
    renders: Collection[tuple[str, str]] | None,
    used: Collection[str] | None,
) -> Iterator[str]:
    """Yield the commands that mend outputs of a spec on an engine."""
    spec, engine = place
    if renders is None or used is None or engine not in used:
        yield _render(engine, used)
        return
    known = {name for name, _ in renders}
    moved = [one for one in ids if one in known and (one, engine) not in renders]
    if len(moved) < len(ids):
        yield _render(engine, used)
    if moved:  # to another engine, and this one is still in use
        named = " ".join(map(shell_word, moved if len(moved) <= FEW else [spec]))
        yield f"songbatch render {named} --engine {shell_word(engine)} --frozen"


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
