"""What one run looks at, file by file, and what the runs before it remembered of the same files."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pipeline import index
from pipeline.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.index import Marks, Sighting


class Sightings:
    """The files below `root` that were looked at. Paths are relative to it, digests SHA-256.

    Marks are always taken before contents are read: a file that changes in between is read again.
    Safe to use from several threads at once.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._record: index.Record | None = None
        self._seen: dict[str, tuple[Marks, bytes]] = {}
        self._young: set[str] = set()

    def remember(self, state: Path) -> None:
        """Take the record of earlier runs in a state folder into account."""
        self._record = index.read(str(state))

    def digest(self, path: str, status: os.stat_result) -> bytes | None:
        """Return the digest of a file whose contents need not be read again, or None."""
        marks = index.marks_of(status)
        digest = self._record.digest(path, marks) if self._record is not None else None
        if digest is not None:
            self._seen[path] = marks, digest
        return digest

    def saw(self, path: str, status: os.stat_result, digest: bytes) -> None:
        """Note the contents of a file that had this status before it was read."""
        self._seen[path] = index.marks_of(status), digest
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        if changed > time.time_ns() - index.CLEARLY_OLDER:
            self._young.add(path)

    def wrote(self, path: str, status: os.stat_result, digest: bytes) -> None:
        """Note the contents of a file that was written just now."""
        self._seen[path] = index.marks_of(status), digest
        self._young.discard(path)

    def missed(self, path: str) -> None:
        """Note that there is no such file."""
        self._seen[path] = index.ABSENT, index.NO_DIGEST

    def look(self, path: str) -> None:
        """Look at a folder's names, or at a file's contents."""
        try:
            status = os.stat(self._root / path)
        except OSError:
            self.missed(path)
            return
        digest = index.contents(str(self._root / path), status.st_size)
        if digest is not None:
            self.saw(path, status, digest)

    def keep(self, state: Path, settled: Sequence[str]) -> None:
        """Write down what was seen; `settled`, if anything, rests on all of it."""
        if settled and not self._still_so():
            settled = ()
        seen = [(path, marks, digest) for path, (marks, digest) in self._seen.items()]
        resting = seen if settled else []
        others = [] if settled else [one for one in seen if one[1] != index.ABSENT]
        data = index.packed(settled, resting, [*others, *self._unseen()])
        write_atomically(state / index.NAME, data)

    def _still_so(self) -> bool:
        """Read the files again that were seen just after a change: another may look the same."""
        return all(
            index.contents(str(self._root / path), self._seen[path][0][0]) == self._seen[path][1]
            for path in self._young
            if self._seen[path][0] != index.ABSENT
        )

    def _unseen(self) -> Iterable[Sighting]:
        # A run of part of the project must not make the next one read all the rest again.
        if self._record is None:
            return []
        known = self._record.sightings()
        return [one for one in known if one[0] not in self._seen and one[1] != index.ABSENT]
