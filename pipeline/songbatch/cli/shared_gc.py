"""`songbatch gc --shared`: songs of the shared store that no branch names any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from songbatch.cli.pasting import pasteable
from songbatch.cli.session import print_diagnostics
from songbatch.diagnostics import InvalidSpecs, Refused, printable
from songbatch.diff.git import Repository
from songbatch.formatting import count, size
from songbatch.layout import repository_of
from songbatch.outputs.manifests import recorded_manifests
from songbatch.run.shared.garbage import needed
from songbatch.run.shared.stores import chosen_store, demand_store, project_name
from songbatch.sharing.shared_store import SharedStore
from songbatch.store import manifest as manifest_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.records import Manifest
    from songbatch.run.session import Session
    from songbatch.sharing.garbage import SharedGarbage

_FIX = "mend it on that branch, or delete the branch or tag: songs that it names may be lost else"
SHOWN = 12
"""Digits of a key."""


def collect_shared(session: Session, store: str | None, older_than: float, *, drops: bool) -> None:
    """List what may go, and drop it if that is asked for; `older_than` in seconds.

    Raises InvalidSpecs, UsageError, Refused, StoreTrouble.
    """
    batch = session.load((), None, {})
    print_diagnostics(batch.diagnostics)
    if batch.has_errors:
        raise InvalidSpecs(batch.diagnostics)
    if batch.strays:
        raise Refused(
            f"{batch.strays[0]} looks like a spec that was moved: nothing is dropped meanwhile",
            fix="move it back into specs/, or away",
        )
    chosen = chosen_store(batch.sharing, store, session.environment)
    address = demand_store(chosen, print_diagnostics)
    root = session.workspace.root
    shared = SharedStore.open(address, session.environment, project=project_name(root))
    found = shared.garbage(needed(batch, _manifests(session)), older_than)
    for line in _lines(found, session.ledger_state().names):
        click.echo(printable(line))
    what = f"{count(len(found.songs), 'song')}, {size(found.bytes)} of audio"
    if drops:
        freed = shared.drop(found)
        click.echo(printable(f"{address.text}: dropped {what}; {size(freed)} are free."))
        return
    click.echo(printable(f"{address.text}: would drop {what}."))
    if found.songs or found.blobs:
        hours = f"{older_than / 3600:g}h"
        click.echo(
            pasteable(f"If all of it may go: songbatch gc --shared --older-than {hours} --yes")
        )


def _manifests(session: Session) -> Iterator[Manifest]:
    """Yield the manifests as they are now, and those of every branch and tag.

    Raises UsageError, BrokenState: what cannot be read may name anything.
    """
    yield from recorded_manifests(session.workspace).values()
    if repository_of(session.workspace.root) is None:
        return
    repository, known = Repository(session.workspace.root), set[str]()
    for tip in repository.tips():
        for path, data in repository.manifests(tip, known):
            yield manifest_file.parse(data, f"{tip.name}:{path}", fix=_FIX)


def _lines(found: SharedGarbage, ids: Mapping[str, str]) -> Iterator[str]:
    """Yield what may go; `ids` are what this machine knows the songs by."""
    if found.songs:
        yield "named by no spec, branch or tag:"
    for key in sorted(found.songs, key=lambda key: (ids.get(key, ""), key)):
        yield f"  {key[:SHOWN]}  {ids.get(key, '')}".rstrip()
    if found.blobs:
        yield f"audio of those, or of no song: {count(len(found.blobs), 'file')}"
