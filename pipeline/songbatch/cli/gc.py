"""`songbatch gc`: drop stored bytes that neither a manifest nor a spec needs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import project_option
from songbatch.cli.session import print_diagnostics
from songbatch.diagnostics import InvalidSpecs, Severity, printable
from songbatch.formatting import count, size
from songbatch.layout import SETTINGS_NAME
from songbatch.outputs.garbage import garbage
from songbatch.outputs.manifests import recorded_manifests
from songbatch.run.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.batch.loading import Batch


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
    with session.lock(
        wait=not no_wait,
        on_wait=lambda waiting: click.echo(
            f"waiting for another run: {printable(waiting.holder)}", err=True
        ),
    ):
        _collect(session, drop=True)


def _collect(session: Session, *, drop: bool) -> None:
    batch = session.load((), None, {})
    unread = _unread(session, batch)
    with contextlib.closing(session.run_context().ledger) as ledger:
        by_key, ids = ledger.state.receipts, ledger.state.names
    manifests = recorded_manifests(session.workspace).values()
    unneeded = garbage(list(session.blobs), batch, manifests, by_key, ids, unread)
    receipts = {receipt.audio_sha256: receipt for receipt in by_key.values()}
    for blob in unneeded:
        receipt = receipts.get(blob.sha256)
        received = f", received {printable(receipt.at)}" if receipt else ""
        click.echo(f"  {blob.sha256[:16]}  {size(blob.bytes)}{received}")
        if drop:
            session.blobs.drop(blob.sha256)
    verb = "Dropped" if drop else "Would drop"
    total = sum(blob.bytes for blob in unneeded)
    click.echo(f"{verb} {count(len(unneeded), 'blob')}, {size(total)}.")


def _unread(session: Session, batch: Batch) -> set[str]:
    """Return the specs whose engine is not there any more: nobody knows what they want.

    Raises InvalidSpecs for any other mistake.
    """
    print_diagnostics(batch.diagnostics)
    errors = [found for found in batch.diagnostics if found.severity is Severity.ERROR]
    if any(found.code not in {"engine.unknown", "engine.settings"} for found in errors):
        raise InvalidSpecs(batch.diagnostics)
    specs = {spec.name for spec in session.workspace.specs()}
    if any(found.span.path == SETTINGS_NAME for found in errors):
        return specs
    return specs - {spec.name for spec in batch.specs}
