"""How the spec room asks for text files. It opens none itself; the workspace does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.diagnostics import Source


class Unreadable(Exception):
    """A file that cannot be had; `reason` says why, `fix` what to do, each in a few words."""

    def __init__(self, reason: str, fix: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix


class Files(Protocol):
    """Where text files come from."""

    def read(self, path: str) -> Source:
        """Return the file at `path`: relative to the project, POSIX. Raises Unreadable."""
