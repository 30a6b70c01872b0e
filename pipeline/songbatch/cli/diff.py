"""`songbatch diff`: what changed since a revision, song by song, and what it costs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.batch.loading import Batch
from songbatch.cli.named import read_named, write_named
from songbatch.cli.options import (
    EXIT_CHANGES,
    engine_options,
    format_options,
    project_option,
    specs_argument,
)
from songbatch.cli.session import Session, demand_valid
from songbatch.cli.views.diff_json import diff_json
from songbatch.cli.views.diff_markdown import diff_markdown
from songbatch.cli.views.diff_messages import Report
from songbatch.cli.views.diff_text import diff_text
from songbatch.diagnostics import UsageError, did_you_mean, printable, printable_json
from songbatch.diff.baseline import FILE_SUFFIX, Baseline, from_commit, from_file
from songbatch.diff.compare import compare_manifests
from songbatch.diff.cost import add_up
from songbatch.diff.forecast import planned_manifests
from songbatch.diff.git import Repository
from songbatch.engines.catalog import ENGINES
from songbatch.outputs.audio_files import AudioFiles
from songbatch.outputs.manifests import recorded_manifests

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from songbatch.records import Manifest, ManifestId, Receipt


@click.command("diff")
@click.argument("revision", metavar="[REV]", default="HEAD")
@specs_argument
@project_option
@engine_options
@click.option(
    "--merge-base", is_flag=True, help="Compare with the commit where HEAD and REV diverged."
)
@click.option("--recorded", is_flag=True, help="Compare manifests only; leave out what is planned.")
@format_options
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
    merge_base: bool,
    recorded: bool,
    output: str,
    as_json: bool,
    page: Path | None,
    detailed_exitcode: bool,
) -> int:
    """Show what changed since REV (default: HEAD), why, and what rendering it costs.

    REV is a git revision or a manifest (a *.json file). What its manifests record is compared with
    what each SPEC (default: all) says now and what has been recorded of that.
    """
    session = Session.open(project)
    baseline = _baseline(revision, session, merge_base=merge_base)
    wanted = _wanted(specs, session, baseline)
    there = recorded_manifests(session.workspace)
    if recorded:
        batch, now = Batch(), there
    else:
        batch = session.load(_existing(wanted, session), engine or _engine_of(baseline), overrides)
        demand_valid(batch)
        now = planned_manifests(batch, there, _stored(session))
    report = _report(baseline, now, wanted, batch, is_recorded=recorded)
    everything = [*there.values(), *baseline.manifests.values()]
    audio_files = AudioFiles(session.workspace, session.blobs, everything)
    if page is not None:
        _write_page(page, report, session.workspace.root, audio_files)
    _show(report, audio_files, "json" if as_json else output)
    return EXIT_CHANGES if report.totals.kinds and detailed_exitcode else 0


def _baseline(revision: str, session: Session, *, merge_base: bool) -> Baseline:
    if revision.endswith(FILE_SUFFIX):
        fix = f"name a manifest (*{FILE_SUFFIX}), or a git revision"
        return from_file(revision, read_named(Path(revision), fix=fix))
    repository = Repository(session.workspace.root)
    commit = repository.commit(revision)
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


def _wanted(specs: Sequence[str], session: Session, baseline: Baseline) -> frozenset[str]:
    """Return the names of the specs to compare; one may be gone by now, or be new."""
    if baseline.file:
        return baseline.specs
    known = baseline.specs | {spec.name for spec in session.workspace.specs()}
    names = {name.removeprefix("specs/").removesuffix(".yaml") for name in specs} or known
    for name in sorted(names - known):
        near = did_you_mean(name, known) or f"the specs are {', '.join(sorted(known))}"
        raise UsageError(f"there is no spec {name!r}, neither now nor at {baseline}", fix=near)
    return frozenset(names)


def _existing(wanted: Collection[str], session: Session) -> list[str]:
    existing = [spec.name for spec in session.workspace.specs() if spec.name in wanted]
    if not existing:
        raise UsageError(
            f"no longer among the specs: {', '.join(sorted(wanted))}",
            fix="compare what is recorded: --recorded",
        )
    return existing


def _engine_of(baseline: Baseline) -> str | None:
    """Return the engine of a manifest file: it is what the specs are to be held against."""
    engines = [engine for _, engine in baseline.manifests if baseline.file and engine in ENGINES]
    return engines[0] if engines else None


def _stored(session: Session) -> dict[str, Receipt]:
    receipts = session.run_context().ledger.state.receipts
    blobs = session.blobs
    return {key: one for key, one in receipts.items() if blobs.has(one.audio_sha256, one.bytes)}


def _report(
    baseline: Baseline,
    now: Mapping[ManifestId, Manifest],
    wanted: Collection[str],
    batch: Batch,
    *,
    is_recorded: bool,
) -> Report:
    places = baseline.manifests.keys() if baseline.file else baseline.manifests.keys() | now.keys()
    comparisons = tuple(
        compare_manifests(baseline.manifests.get(place), now.get(place))
        for place in sorted(places)
        if place[0] in wanted
    )
    engines = {name: one.configured(batch.engines.get(name)) for name, one in ENGINES.items()}
    return Report(baseline, comparisons, add_up(comparisons, engines), is_recorded)


def _write_page(page: Path, report: Report, root: Path, audio_files: AudioFiles) -> None:
    from songbatch.cli.views.diff_html import diff_html  # noqa: PLC0415  (few ask for it)
    from songbatch.report.links import RelativeLinks  # noqa: PLC0415

    links = RelativeLinks(root, Path(os.path.realpath(page)).parent)
    html = diff_html(report, audio_files, links).encode()
    write_named(page, html, fix="name a file in a folder that exists")


def _show(report: Report, audio_files: AudioFiles, output: str) -> None:
    if output == "json":
        click.echo(printable_json(diff_json(report, audio_files)))
    else:
        view = diff_markdown if output == "markdown" else diff_text
        click.echo("\n".join(view(report)))
