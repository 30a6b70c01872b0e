"""A folder as a store, such as a share that several machines have mounted."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FolderStore:
    """The folder, which need not be there yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def address(self) -> str:
        """What `--store` takes."""
        return self.root.absolute().as_uri()

    @property
    def environment(self) -> dict[str, str]:
        """No variables."""
        return {}

    def names(self) -> list[str]:
        """Return the names of its plain files, sorted."""
        paths = [p for p in self.root.rglob("*") if p.is_file() and not p.is_symlink()]
        return sorted(str(path.relative_to(self.root)) for path in paths)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Write a file, making its folders."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def remove(self, name: str) -> None:
        """Delete a file."""
        (self.root / name).unlink()

    def age(self, name: str, seconds: float) -> None:
        """Let a file be that old."""
        then = time.time() - seconds
        os.utime(self.root / name, (then, then))
