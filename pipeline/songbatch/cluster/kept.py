"""Cache of a worker on its disk: references by digest, and what engines keep; the oldest go first.

A worker can lose all of it: it gets a reference again that it needs.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

from songbatch.digest import sha256

if TYPE_CHECKING:
    from songbatch.files.tree import Tree

MOST_BYTES = 2 * 2**30
MAX_REFERENCE_BYTES = 256 * 2**20
REFERENCES = "references"
ENGINES = "engines"
DIR_VARIABLE = "SONGBATCH_WORKER_DIR"
"""Names the folder, for a worker that was not started by `songbatch worker`."""

_LOOK_SECONDS = 60.0
"""How often at most the size of everything is looked at."""
_DEPTH = 8


def usual_folder() -> str:
    """Return the folder in which workers of this user keep things, unless another is named."""
    caches = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(caches):
        caches = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(caches, "songbatch", "worker")


class WorkerCache:
    """References of a worker, in the folder that its engines' things are in, too.

    `most` bytes of both stay. Safe from several threads, and for several processes of one folder.
    """

    def __init__(self, tree: Tree, most: int = MOST_BYTES) -> None:
        self._tree = tree
        self._most = most
        self._lock = threading.Lock()
        self._looked_at = float("-inf")

    @property
    def engines(self) -> Tree:
        """Where engines keep what they have."""
        return self._tree.below(ENGINES)

    def get(self, digest: str) -> bytes | None:
        """Return a reference, if it is here and whole."""
        path = _path(digest)
        try:
            data = self._tree.read(path, MAX_REFERENCE_BYTES)
            if sha256(data) != digest:
                return None
            self._tree.touch(path)
        except OSError:
            return None
        return data

    def keep(self, data: bytes) -> None:
        """Keep a reference, if the disk lets us."""
        with contextlib.suppress(OSError):
            self._tree.write(_path(sha256(data)), data)
        self.trim()

    def trim(self) -> None:
        """Remove what is oldest until all the rest fits; looks at most once a minute."""
        with self._lock:
            if time.monotonic() - self._looked_at < _LOOK_SECONDS:
                return
            self._looked_at = time.monotonic()
            self._trim()

    def _trim(self) -> None:
        files = []
        for path in (*self._tree.walk(REFERENCES, _DEPTH), *self._tree.walk(ENGINES, _DEPTH)):
            with contextlib.suppress(OSError):
                status = self._tree.status(path)
                files.append((status.st_mtime, path, status.st_size))
        total = sum(size for _, _, size in files)
        for _, path, size in sorted(files):
            if total <= self._most:
                return
            with contextlib.suppress(OSError):
                self._tree.remove(path)
                total -= size


def _path(digest: str) -> str:
    return f"{REFERENCES}/{digest[:2]}/{digest}"
