"""`songbatch gc`: drop stored bytes that no manifest needs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import project_option
from pipeline.cli.session import Session, now
from pipeline.engines.catalog import ENGINES
from pipeline.phrases import count, size
from pipeline.run.snapshot import read_manifests
from pipeline.store.lock import project_lock

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.store.blobs import Blob
    from pipeline.workspace import Workspace


@click.command("gc")
@project_option
@click.option("--dry-run", is_flag=True, help="Only list what would be dropped.")
@click.option("--no-wait", is_flag=True, help="Exit 4 where another run works on the project.")
def command(project: Path | None, dry_run: bool, no_wait: bool) -> None:
    """Drop audio and downloads that no manifest under outputs/ names.

    That is also the audio of songs that a spec no longer has: bringing such a song back would ask
    for it, and pay for it, again.
    """
    session = Session.open(project)
    if dry_run:
        _collect(session, drop=False)
        return
    with project_lock(
        session.workspace.state,
        started=now(),
        wait=not no_wait,
        on_wait=lambda holder: click.echo(f"waiting for another run: {holder}", err=True),
    ):
        _collect(session, drop=True)


def _collect(session: Session, *, drop: bool) -> None:
    needed = _needed(session.workspace)
    with contextlib.closing(session.desk().ledger) as ledger:
        receipts = {receipt.audio_sha256: receipt for receipt in ledger.state.receipts.values()}
    unneeded = [blob for blob in session.blobs if blob.sha256 not in needed]
    for blob in unneeded:
        receipt = receipts.get(blob.sha256)
        received = f", received {receipt.at}" if receipt else ""
        click.echo(f"  {blob.sha256[:16]}  {size(blob.bytes)}{received}")
        if drop:
            session.blobs.drop(blob.sha256)
    verb = "Dropped" if drop else "Would drop"
    click.echo(f"{verb} {count(len(unneeded), 'blob')}, {size(_total(unneeded))}.")


def _total(blobs: list[Blob]) -> int:
    return sum(blob.bytes for blob in blobs)


def _needed(workspace: Workspace) -> set[str]:
    needed = set()
    for engine in ENGINES:
        for manifest in read_manifests(workspace, engine).values():
            needed |= {entry.audio_sha256 for entry in manifest if entry.audio_sha256}
            needed |= {reference.sha256 for reference in manifest.references.values()}
    return needed
