"""Schemas for editors that lie in a project, renewed where an earlier songbatch made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.pasting import pasteable
from songbatch.diagnostics import UsageError, printable
from songbatch.documents.schema_copies import COPIES, MAX_BYTES, copy_of, is_old_copy
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.workspace import Workspace


def renew_schemas(workspace: Workspace) -> Iterator[str]:
    """Renew old copies of schemas; yield what to say of each.

    Copies that are not there are not made, and one that cannot be written does not matter.
    """
    for path, kind in COPIES.items():
        if not _is_old(workspace, path):
            continue
        try:
            workspace.write(path, copy_of(kind))
        except (UsageError, OSError) as error:
            reason = f"{path}: of an earlier songbatch, so editors complain wrongly: {error}"
            yield f"{printable(reason)}\n  fix: " + pasteable(f"songbatch schema {kind} > {path}")
        else:
            yield f"{path}: renewed; it was of an earlier songbatch"


def _is_old(workspace: Workspace, path: str) -> bool:
    try:
        return is_old_copy(workspace.read_bytes(path, MAX_BYTES), COPIES[path])
    except Unreadable:
        return False
