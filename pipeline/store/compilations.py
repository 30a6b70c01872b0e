"""What is kept of specs that were read: `.songbatch/compiled/NAME`, bytes to this room.

They only ever save time: what cannot be read counts as missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class Compilations:
    """The compiled specs of a project, by the names of the specs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._new: dict[str, bytes] = {}

    def get(self, spec: str) -> bytes | None:
        """Return what was kept of a spec, or None."""
        try:
            return (self._folder / spec).read_bytes()
        except OSError:
            return None

    def put(self, spec: str, data: bytes) -> None:
        """Keep something of a spec from the next `write` on."""
        self._new[spec] = data

    def write(self) -> None:
        """Write what is new. For the lock's holder."""
        for spec, data in self._new.items():
            write_atomically(self._folder / spec, data)
        self._new.clear()

    def drop_all_but(self, specs: Collection[str]) -> None:
        """Forget what is of no spec in `specs`. For the lock's holder."""
        for path in self._folder.glob("*"):
            if path.name not in specs and path.is_file():
                path.unlink()
