"""Notes of this project's own claims in shared stores: `.songbatch/claims/STORE/KEY`.

A note is made before its claim and removed when everybody can see what came of that. What a run
leaves when it is cut off, the next run of the same folder settles, so that no song has to wait for
a run that will never come back. A note that is lost costs nothing but that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.files.tree import Tree

FOLDER = "claims"
_KEY = re.compile("[0-9a-f]{64}")
_MOST_BYTES = 4096


class NotedClaim(msgspec.Struct, frozen=True):
    """Under which name the run went that claimed a key, and in which folder.

    `doubts` is how many requests for the key may have been paid before it, `boot` the start of the
    system that it ran under, "" where that is not known.
    """

    who: str
    folder: int
    doubts: int = 0
    boot: str = ""


class ClaimNotes:
    """Notes of claims in one shared store, which goes by its address."""

    def __init__(self, state: Tree, store: str) -> None:
        self._tree = state.below(FOLDER)
        self._folder = sha256(store.encode())[:16]

    def __iter__(self) -> Iterator[tuple[str, NotedClaim]]:
        """Yield the notes by their keys; what is damaged is left out, and removed."""
        for key in filter(_KEY.fullmatch, self._tree.files(self._folder)):
            try:
                data = self._tree.read(f"{self._folder}/{key}", _MOST_BYTES)
                yield key, msgspec.json.decode(data, type=NotedClaim)
            except (OSError, msgspec.MsgspecError):
                self.remove(key)

    def write(self, key: str, note: NotedClaim) -> None:
        """Write a note. It outlives this process, but is not synced to the disk."""
        self._tree.remove(f"{self._folder}/{key}")
        with self._tree.create(f"{self._folder}/{key}") as file:
            file.write(msgspec.json.encode(note))

    def remove(self, key: str) -> None:
        """Remove a note, if there is any."""
        self._tree.remove(f"{self._folder}/{key}")


def has_claims(state: Tree) -> bool:
    """Return whether a run left claims that nobody has settled, in any store."""
    tree = state.below(FOLDER)
    return any(tree.files(folder) for folder in tree.folders())
