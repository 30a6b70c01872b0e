"""News for a page that is open: whether anything was rendered since it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.digest import sha256
from songbatch.layout import MANIFEST_NAME, OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.workspace import Workspace


def rendered_as_of(workspace: Workspace) -> str:
    """Return a text that is another one once any manifest is written: its files are not read."""
    return sha256(repr(sorted(_stats(workspace))).encode())


def _stats(workspace: Workspace) -> Iterator[tuple[str, int, int, int]]:
    for spec in workspace.tree.folders(OUTPUTS):
        for engine in workspace.tree.folders(f"{OUTPUTS}/{spec}"):
            path = f"{OUTPUTS}/{spec}/{engine}/{MANIFEST_NAME}"
            try:
                status = workspace.tree.status(path)
            except OSError:
                continue
            yield path, status.st_size, status.st_mtime_ns, status.st_ino
