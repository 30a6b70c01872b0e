"""Songs that a worker on the run's own machine writes where the run keeps them.

Each is received, hashed and synced once, and does not pass through the scheduler.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from typing import TYPE_CHECKING

from songbatch.cluster.messages import NearPlace, NearSong
from songbatch.files.named import write_whole
from songbatch.files.syncing import sync
from songbatch.files.tree import TEMPORARY_SUFFIX, Tree

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from songbatch.engines.base import Answer
    from songbatch.store.blobs import Incoming


class NearFile:
    """A worker's file for one song. Use it as a context: what is not finished is removed.

    No other worker ever writes to it, not even one that has the same order: a run may have given
    up one that was only stopped. The first one has the file with the room that was set aside.
    """

    def __init__(self, place: NearPlace) -> None:
        """Open it. Raises OSError."""
        self._tree = Tree(place.base, place.folder)
        stem = place.part.removesuffix(TEMPORARY_SUFFIX)
        self._path = f"{stem}.{uuid.uuid4().hex}{TEMPORARY_SUFFIX}"
        self._digest = hashlib.sha256()
        self._size = 0
        self._is_finished = False
        try:
            self._tree.move(place.part, self._path)
        except OSError:
            self._file = self._tree.create(self._path)
        else:
            self._file = self._tree.overwrite(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self._is_finished:
            self._tree.remove(self._path)

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        write_whole(self._file, data)
        self._digest.update(data)
        self._size += len(data)

    def restart(self) -> None:
        """Forget what was taken: the call is made once more."""
        self._file.seek(0)
        self._digest, self._size = hashlib.sha256(), 0

    def carried(self, *, is_refused: bool) -> bytes:
        """Return the song if it came with a refusal: the run keeps it apart."""
        if not is_refused:
            return b""
        with self._tree.open(self._path) as file:
            return file.read(self._size) or b""

    def finish(self, answer: Answer) -> NearSong:
        """Bring all of it to the disk. Raises OSError."""
        self._file.truncate(self._size)
        sync(self._file.fileno())
        self._is_finished = True
        return NearSong(self._path, self._digest.hexdigest(), self._size, answer)


def near_place(incoming: Incoming) -> NearPlace:
    """Return where a worker on this machine writes a song that is expected."""
    return NearPlace(os.path.abspath(incoming.tree.base), incoming.tree.folder, incoming.part)
