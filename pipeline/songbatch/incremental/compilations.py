"""Compilations: the compiled specs of a project, `.songbatch/compiled/NAME`, as bytes.

Cache files (`cache_file`); `compiled_record` reads what is in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.files.cache_file import read

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
        return read(self._tree, f"{FOLDER}/{spec}", MAX_BYTES)

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
