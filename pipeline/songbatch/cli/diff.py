"""`songbatch diff`: what changed since a revision, song by song, and what it costs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.batch.loading import Batch
from songbatch.cli.options import (
    engine_options,
    format_options,
    profile_option,
    project_option,
    specs_argument,
)
from songbatch.cli.session import demand_valid, load_specs
from songbatch.cli.views.choice import diff_formats
from songbatch.cli.views.results import DiffResult
from songbatch.diagnostics import printable
from songbatch.diff.baseline import FILE_SUFFIX, Baseline, from_commit, from_file
from songbatch.diff.forecast import planned_manifests
from songbatch.diff.git import Repository, UnknownRevision
from songbatch.diff.report import (
    DiffReport,
    engine_of,
    make_report,
    specs_to_compare,
    specs_to_plan,
)
from songbatch.exit_codes import EXIT_CHANGES, EXIT_DONE
from songbatch.files.named import read_named, write_page
from songbatch.outputs.audio_files import AudioFiles
from songbatch.outputs.manifests import recorded_manifests
from songbatch.report.selects import read_selects
from songbatch.run.session import Session
from songbatch.shell import shell_word
from songbatch.spec.layers import Layer
from songbatch.spec_files import meant_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.cli.views.choice import Show

FORMATS = diff_formats()


@click.command("diff")
@click.argument("revision", metavar="[REV]", default="HEAD")
@specs_argument
@project_option
@engine_options
@profile_option
@click.option(
    "--merge-base", is_flag=True, help="Compare with the commit where HEAD and REV diverged."
)
@click.option("--recorded", is_flag=True, help="Compare manifests only; leave out what is planned.")
@format_options(FORMATS, "For people, for programs, or for a pull request.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write a page with players for before and now.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 if anything differs.")
def command(
    *,
    revision: str,
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    profile: str | None,
    merge_base: bool,
    recorded: bool,
    show: Show[DiffResult],
    page: Path | None,
    detailed_exitcode: bool,
) -> int:
    """Show what changed since REV (default: HEAD), why, and what rendering it costs.

    REV is a git revision or a manifest (a *.json file). What its manifests record is compared with
    what each SPEC (default: all) says now and what has been recorded of that.
    """
    session = Session.open(project)
    baseline = _baseline(revision, session, merge_base=merge_base)
    existing = (
        []
        if baseline.file and recorded
        else [s.name for s in session.workspace.specs() if not s.problem]
    )
    compared = specs_to_compare(specs, existing, baseline)
    manifests = recorded_manifests(session.workspace)
    if recorded:
        batch, now = Batch(), manifests
    else:
        planned = specs_to_plan(compared, existing)
        layer = Layer(profile)
        batch = load_specs(session, planned, engine, overrides, layer=layer)
        named = engine_of(baseline)
        if engine is None and named and not _is_used(named, batch):
            batch = load_specs(session, planned, named, overrides, layer=layer)
        demand_valid(batch)
        now = planned_manifests(batch, manifests, session.stored_receipts())
    report = make_report(
        baseline,
        now,
        compared,
        batch.engines,
        is_recorded=recorded,
        selects=read_selects(session.workspace).selects if recorded else batch.selects,
    )
    everything = [*manifests.values(), *baseline.manifests.values()]
    audio_files = AudioFiles(session.workspace, session.blobs, everything)
    if page is not None:
        _write_page(page, report, session.workspace.root, audio_files)
    click.echo(show(DiffResult(report, audio_files)))
    return EXIT_CHANGES if report.differs and detailed_exitcode else EXIT_DONE


def _is_used(engine: str, batch: Batch) -> bool:
    return any(render.inputs.engine.name == engine for render in batch.renders)


def _baseline(revision: str, session: Session, *, merge_base: bool) -> Baseline:
    if revision.endswith(FILE_SUFFIX):
        fix = f"name a manifest (*{FILE_SUFFIX}), or a git revision"
        return from_file(revision, read_named(Path(revision), fix=fix))
    repository = Repository(session.workspace.root)
    try:
        commit = repository.commit(revision)
    except UnknownRevision as error:
        meant = _what_was_meant(revision, session)
        raise UnknownRevision(str(error), fix=meant or error.fix) from error
    if merge_base:
        commit = repository.merge_base(commit)
    baseline = from_commit(commit, repository)
    if not baseline.manifests:
        click.echo(
            f"warning: {printable(str(commit))} has no manifest below outputs/, "
            "so everything counts as added\n"
            "  fix: commit outputs/*/*/manifest.json (audio stays out), or name another revision",
            err=True,
        )
    return baseline


def _what_was_meant(revision: str, session: Session) -> str:
    """Return the command for a spec or a range of commits in place of a revision, or ""."""
    older, dots, newer = revision.partition("..")
    if dots:
        since = "--merge-base " if newer.startswith(".") else ""
        command = f"songbatch diff {since}{shell_word(older or 'HEAD')}"
        return f"one revision is compared with what is now: {command}"
    if meant_spec(revision, session.workspace.spec_names) is None:
        return ""
    return f"a spec stands behind a revision: songbatch diff HEAD {shell_word(revision)}"


def _write_page(page: Path, report: DiffReport, root: Path, audio_files: AudioFiles) -> None:
    from songbatch.cli.views.diff_html import diff_html  # noqa: PLC0415  (few ask for it)
    from songbatch.report.links import RelativeLinks  # noqa: PLC0415

    links = RelativeLinks(root, Path(os.path.realpath(page)).parent)
    html = diff_html(report, audio_files, links).encode()
    write_page(page, html, fix="name another file, in a folder that exists")
