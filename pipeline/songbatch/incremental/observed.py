"""What one run looks at, file by file, and what the runs before it remembered of the same files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from songbatch.incremental import file_index

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from songbatch.files.tree import Tree
    from songbatch.incremental.file_index import Command, Marks, Record, Sighting

MOST_LOOKED_AT_AGAIN = 64 * 2**20
"""Bytes that are read once more so that other commands stay remembered."""


class Sightings:
    """The files of a project that were looked at. Paths are relative to it, digests SHA-256.

    Marks are always taken before contents are read: a file that changes in between is read again.
    Safe to use from several threads at once.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._record: file_index.Record | None = None
        self._seen: dict[str, tuple[Marks, bytes]] = {}
        self._young: set[str] = set()

    def remember(self, state: Tree) -> None:
        """Take the record of earlier runs in a state folder into account."""
        self._record = file_index.read(state, file_index.home(self._tree.base))

    def digest(self, path: str, status: os.stat_result) -> bytes | None:
        """Return the digest of a file whose contents need not be read again, or None."""
        marks = file_index.marks_of(status)
        digest = self._record.digest(path, marks) if self._record is not None else None
        if digest is not None:
            self._seen[path] = marks, digest
        return digest

    def saw(self, path: str, status: os.stat_result, digest: bytes) -> None:
        """Note the contents of a file that had this status before it was read."""
        self._seen[path] = file_index.marks_of(status), digest
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        if changed > time.time_ns() - file_index.CLEARLY_OLDER:
            self._young.add(path)

    def wrote(self, path: str, status: os.stat_result, digest: bytes) -> None:
        """Note the contents of a file that was written just now."""
        self._seen[path] = file_index.marks_of(status), digest
        self._young.discard(path)

    def missed(self, path: str) -> None:
        """Note that there is no such file."""
        self._seen[path] = file_index.ABSENT, file_index.NO_DIGEST

    def look(self, path: str) -> None:
        """Look at a folder's names, or at a file's contents."""
        try:
            status = self._tree.status(self._tree.resolved(path))
        except OSError:
            self.missed(path)
            return
        if self.digest(path, status) is not None:
            return
        digest = file_index.contents(self._tree, path, status.st_size)
        if digest is not None:
            self.saw(path, status, digest)

    def keep(self, state: Tree, command: Command | None) -> None:
        """Write down what was seen; `command`, if there is one, rests on all of it.

        Commands that were remembered before still are where all they rest on is as it was.
        """
        mine = [*self._seen]
        self._look_again()
        settled: list[tuple[Command, list[str]]] = []
        if self._still_so():
            # A broken manifest may name other paths.
            settled = [(command, mine)] if command and file_index.are_plain(mine) else []
            settled += self._settled_before(command)
        del settled[file_index.MOST_SETTLED :]
        rests: dict[str, int] = {}
        for number, (_, paths) in enumerate(settled):
            for path in paths:
                rests[path] = rests.get(path, 0) | 1 << number
        commands = [command for command, _ in settled]
        home = file_index.home(self._tree.base)
        state.write(file_index.NAME, file_index.packed(home, commands, [*self._files(rests)]))

    def _files(self, rests: Mapping[str, int]) -> Iterator[tuple[Sighting, int]]:
        """Yield what is written down of files, each with the bits of what rests on it."""
        files = self._unseen() | self._seen
        all_plain = file_index.are_plain([*files])
        for path, (marks, digest) in files.items():
            if path in rests or (
                marks != file_index.ABSENT and (all_plain or file_index.are_plain([path]))
            ):
                yield (path, marks, digest), rests.get(path, 0)

    def _look_again(self) -> None:
        """Look at what other commands rest on and was too young to be believed, if it is little."""
        record = self._record
        if record is None:
            return
        young = [
            place
            for place, path in enumerate(record.paths)
            if path not in self._seen and not record.is_old(place)
        ]
        if sum(record.marks_at(place)[0] for place in young) <= MOST_LOOKED_AT_AGAIN:
            for place in young:
                self.look(record.paths[place])

    def _still_so(self) -> bool:
        """Read the files again that were seen just after a change: another may look the same."""
        return all(
            file_index.contents(self._tree, path, self._seen[path][0][0]) == self._seen[path][1]
            for path in self._young
            if self._seen[path][0] != file_index.ABSENT
        )

    def _settled_before(self, command: Command | None) -> Iterator[tuple[Command, list[str]]]:
        """Yield the recorded commands that are still settled, and the paths they rest on."""
        record = self._record
        for number, other in enumerate(record.settled if record is not None else ()):
            if record is None or (command is not None and other[2] == command[2]):
                continue
            places = [place for place, rests in enumerate(record.rests(number)) if rests]
            if all(self._is_as_recorded(record, place) for place in places):
                yield other, [record.paths[place] for place in places]

    def _is_as_recorded(self, record: Record, place: int) -> bool:
        seen = self._seen.get(record.paths[place])
        if seen is None:
            return record.is_old(place)
        is_absent = record.marks_at(place) == file_index.ABSENT
        return seen[1] == record.digest_at(place) and is_absent == (seen[0] == file_index.ABSENT)

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
