"""`songbatch gc`: drop stored bytes that neither a manifest nor a spec needs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from songbatch.batch.inputs import render_inputs
from songbatch.cli.options import project_option
from songbatch.cli.session import Session, demand_valid, now
from songbatch.diagnostics import printable
from songbatch.engines.catalog import ENGINES
from songbatch.formatting import count, size
from songbatch.outputs.manifests import read_manifests
from songbatch.store.lock import project_lock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.records import Receipt
    from songbatch.store.blobs import Blob
    from songbatch.workspace import Workspace


@click.command("gc")
@project_option
@click.option("--dry-run", is_flag=True, help="Only list what would be dropped.")
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
def command(project: Path | None, dry_run: bool, no_wait: bool) -> None:
    """Drop audio and downloads that no manifest under outputs/ names and no spec asks for.

    That includes the audio of songs that are no longer in a spec: bringing such a song back would
    request it, and pay for it, again.
    """
    session = Session.open(project)
    if dry_run:
        _collect(session, drop=False)
        return
    with project_lock(
        session.workspace.state,
        started=now(),
        wait=not no_wait,
        on_wait=lambda holder: click.echo(
            f"waiting for another run: {printable(holder)}", err=True
        ),
    ):
        _collect(session, drop=True)


def _collect(session: Session, *, drop: bool) -> None:
    # Before a run that died is recovered, no manifest names what it received; the specs do.
    batch = session.load((), None, {})
    demand_valid(batch)
    with contextlib.closing(session.run_context().ledger) as ledger:
        by_key = ledger.state.receipts
    needed = _named(session.workspace) | _asked_for(batch, by_key)
    receipts = {receipt.audio_sha256: receipt for receipt in by_key.values()}
    unneeded = [blob for blob in session.blobs if blob.sha256 not in needed]
    for blob in unneeded:
        receipt = receipts.get(blob.sha256)
        received = f", received {printable(receipt.at)}" if receipt else ""
        click.echo(f"  {blob.sha256[:16]}  {size(blob.bytes)}{received}")
        if drop:
            session.blobs.drop(blob.sha256)
    verb = "Dropped" if drop else "Would drop"
    click.echo(f"{verb} {count(len(unneeded), 'blob')}, {size(_total(unneeded))}.")


def _total(blobs: list[Blob]) -> int:
    return sum(blob.bytes for blob in blobs)


def _asked_for(batch: Batch, receipts: Mapping[str, Receipt]) -> set[str]:
    """Return the digests of what the specs want, whichever engine they are rendered with."""
    keys = {
        render_inputs(
            render.unresolved, render.inputs.voice, render.inputs.instrumental, engine
        ).key
        for render in batch.renders
        for engine in ENGINES.values()
    }
    references = {r.sha256 for named in batch.references.values() for r in named.values()}
    received = {receipts[key].audio_sha256 for key in keys & receipts.keys()}
    chosen = {heard.audio_sha256 for heard in batch.selects.chosen}
    return received | chosen | {digest for digest in references if digest}


def _named(workspace: Workspace) -> set[str]:
    needed = set()
    for engine in ENGINES:
        for manifest in read_manifests(workspace, engine).values():
            needed |= {entry.audio_sha256 for entry in manifest if entry.audio_sha256}
            needed |= {reference.sha256 for reference in manifest.references.values()}
    return needed
