"""What is kept of specs that were read: `.songbatch/compiled/NAME`, bytes to this room.

They only ever save time: what cannot be read counts as missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from songbatch.files.tree import Tree

FOLDER = "compiled"
MAX_BYTES = 256 * 2**20


class Compilations:
    """The compiled specs of a project, by the names of the specs; in `state`, what is kept."""

    def __init__(self, state: Tree) -> None:
        self._tree = state
        self._new: dict[str, bytes] = {}

    def get(self, spec: str) -> bytes | None:
        """Return what was kept of a spec, or None."""
        try:
            return self._tree.read(f"{FOLDER}/{spec}", MAX_BYTES)
        except OSError:
            return None

    def put(self, spec: str, data: bytes) -> None:
        """Keep something of a spec from the next `write` on."""
        self._new[spec] = data

    def write(self) -> None:
        """Write what is new. For the lock's holder."""
        for spec, data in self._new.items():
            self._tree.write(f"{FOLDER}/{spec}", data)
        self._new.clear()

    def drop_all_but(self, specs: Collection[str]) -> None:
        """Forget what is of no spec in `specs`. For the lock's holder."""
        for name in self._tree.files(FOLDER):
            if name not in specs:
                self._tree.remove(f"{FOLDER}/{name}")
