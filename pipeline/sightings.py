"""What one run looks at, file by file, and what the runs before it remembered of the same files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipeline import index

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from pipeline.index import Marks, Record
    from pipeline.tree import Tree


class Sightings:
    """The files of a project that were looked at. Paths are relative to it, digests SHA-256.

    Marks are always taken before contents are read: a file that changes in between is read again.
    Safe to use from several threads at once.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._record: index.Record | None = None
        self._seen: dict[str, tuple[Marks, bytes]] = {}
        self._young: set[str] = set()

    def remember(self, state: Tree) -> None:
        """Take the record of earlier runs in a state folder into account."""
        self._record = index.read(state)

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
            status = self._tree.status(self._tree.resolved(path))
        except OSError:
            self.missed(path)
            return
        digest = index.contents(self._tree, path, status.st_size)
        if digest is not None:
            self.saw(path, status, digest)

    def keep(self, state: Tree, settled: Sequence[str]) -> None:
        """Write down what was seen; `settled`, if anything, is a command that rests on all of it.

        Commands that were settled before are still so where all they rest on is as it was.
        """
        is_sure = self._still_so()
        commands = [settled] if settled and is_sure else []
        rests = dict.fromkeys(self._seen, 1) if commands else {}
        for command, paths in self._settled_before(settled) if is_sure else ():
            if len(commands) < index.MOST_SETTLED:
                for path in paths:
                    rests[path] = rests.get(path, 0) | 1 << len(commands)
                commands.append(command)
        files = [
            ((path, marks, digest), rests.get(path, 0))
            for path, (marks, digest) in (self._unseen() | self._seen).items()
            if path in rests or marks != index.ABSENT
        ]
        state.write(index.NAME, index.packed(commands, files))

    def _still_so(self) -> bool:
        """Read the files again that were seen just after a change: another may look the same."""
        return all(
            index.contents(self._tree, path, self._seen[path][0][0]) == self._seen[path][1]
            for path in self._young
            if self._seen[path][0] != index.ABSENT
        )

    def _settled_before(self, settled: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the recorded commands that are still settled, and the paths they rest on."""
        record = self._record
        for number, command in enumerate(record.settled if record is not None else ()):
            if record is None or command[1:] == [*settled[1:]]:
                continue
            places = [place for place, rests in enumerate(record.rests(number)) if rests]
            if all(self._is_as_recorded(record, place) for place in places):
                yield command, [record.paths[place] for place in places]

    def _is_as_recorded(self, record: Record, place: int) -> bool:
        seen = self._seen.get(record.paths[place])
        if seen is None:
            return record.is_old(place)
        is_absent = record.marks_at(place) == index.ABSENT
        return seen[1] == record.digest_at(place) and is_absent == (seen[0] == index.ABSENT)

    def _unseen(self) -> dict[str, tuple[Marks, bytes]]:
        """Return what earlier runs saw and this one did not, as far as it is believed.

        A run of part of the project must not make the next one read all the rest again.
        """
        record = self._record
        if record is None:
            return {}
        return {
            path: (record.marks_at(place), record.digest_at(place))
            for place, path in enumerate(record.paths)
            if path not in self._seen and record.is_old(place)
        }
