"""Objects: what a shared store needs of the place where it lies, a folder or a bucket.

Only five requests: put if absent, get, head, list, delete. Folders and some servers have no more;
`replace` is for signs of life, and for damaged bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NOTE_BYTES = 64 * 2**10
MAX_BLOB_BYTES = 256 * 2**20
"""What is read and written: longer than any song, and as long as a reference may be."""


class Listed(NamedTuple):
    """An object: its path in the store, its size in bytes, when it was written.

    `modified` is in seconds, by the store's own clock.
    """

    path: str
    size: int
    modified: float


class Stored(NamedTuple):
    """The bytes of an object, and when they were written, in seconds by the store's clock."""

    data: bytes
    modified: float


class Objects(Protocol):
    """A folder or a bucket. Safe to use from several threads at once.

    Methods raise StoreTrouble; those that change something raise WriteForbidden, too. Paths are
    those of `songbatch.sharing.names`.
    """

    def create(self, path: str, data: bytes) -> bool:
        """Write an object, whole and only if there is none; return whether this call did.

        False may also come of a call that did, if its first answer was lost on the way.
        """

    def replace(self, path: str, data: bytes) -> None:
        """Write an object, whole, whatever is there."""

    def read(self, path: str, limit: int) -> Stored | None:
        """Return an object, None if there is none. Raises Withheld if it is larger than `limit`."""

    def look(self, path: str) -> Listed | None:
        """Return what is known of an object without reading it, None if there is none."""

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects below a path, in any order."""

    def remove(self, path: str) -> None:
        """Remove an object, if there is any."""
