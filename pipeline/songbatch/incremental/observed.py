"""Observed files: what one run looks at, and what earlier runs recorded of the same files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from songbatch.incremental import file_digests, file_index
from songbatch.incremental.up_to_date import MOST_COMMANDS
from songbatch.layout import folder_id

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from songbatch.files.tree import Tree
    from songbatch.incremental.file_digests import FileDigest, FileDigests, FileStat
    from songbatch.incremental.file_index import FileIndex
    from songbatch.incremental.up_to_date import Command

MOST_LOOKED_AT_AGAIN = 64 * 2**20
"""Bytes that are read once more so that other commands stay remembered."""


class ObservedFiles:
    """The files of a project that were looked at. Paths are relative to it, digests SHA-256.

    A stat is always taken before contents are read: a file that changes in between is read again.
    Safe to use from several threads at once.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._index: FileIndex | None = None
        self._seen: dict[str, tuple[FileStat, bytes]] = {}
        self._young: set[str] = set()

    def remember(self, state: Tree) -> None:
        """Take the record of earlier runs in a state folder into account."""
        self._index = file_index.read(state, folder_id(self._tree.base))

    def digest(self, path: str, status: os.stat_result) -> bytes | None:
        """Return the digest of a file whose contents need not be read again, or None."""
        stat = file_digests.stat_of(status)
        digest = self._index.files.digest(path, stat) if self._index is not None else None
        if digest is not None:
            self._seen[path] = stat, digest
        return digest

    def record(self, path: str, status: os.stat_result, digest: bytes) -> None:
        """Note the contents of a file that had this status before it was read."""
        self._seen[path] = file_digests.stat_of(status), digest
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        if changed > time.time_ns() - file_digests.CLEARLY_OLDER:
            self._young.add(path)

    def record_written(self, path: str, status: os.stat_result, digest: bytes) -> None:
        """Note the contents of a file that was written just now."""
        self._seen[path] = file_digests.stat_of(status), digest
        self._young.discard(path)

    def record_absent(self, path: str) -> None:
        """Note that there is no such file."""
        self._seen[path] = file_digests.ABSENT, file_digests.NO_DIGEST

    def observe(self, path: str) -> None:
        """Look at a folder's names, or at a file's contents."""
        try:
            status = self._tree.status(self._tree.resolved(path))
        except OSError:
            self.record_absent(path)
            return
        if self.digest(path, status) is not None:
            return
        digest = file_digests.digest_of(self._tree, path, status.st_size)
        if digest is not None:
            self.record(path, status, digest)

    @property
    def stats(self) -> dict[str, FileStat]:
        """The stat of every file and folder that was looked at, taken before its contents."""
        return {path: stat for path, (stat, _) in self._seen.items()}

    def keep(self, state: Tree, command: Command | None) -> None:
        """Write down what was seen; `command`, if there is one, depends on all of it.

        Commands that were remembered before still are if all they depend on is as it was.
        """
        mine = [*self._seen]
        self._observe_again()
        up_to_date: list[tuple[Command, list[str]]] = []
        if self._still_so():
            # A broken manifest may name other paths.
            up_to_date = [(command, mine)] if command and file_digests.are_plain(mine) else []
            up_to_date += self._still_up_to_date(command)
        del up_to_date[MOST_COMMANDS:]
        depends_on: dict[str, int] = {}
        for number, (_, paths) in enumerate(up_to_date):
            for path in paths:
                depends_on[path] = depends_on.get(path, 0) | 1 << number
        commands = [command for command, _ in up_to_date]
        home = folder_id(self._tree.base)
        state.write(file_index.NAME, file_index.packed(home, commands, [*self._files(depends_on)]))

    def _files(self, depends_on: Mapping[str, int]) -> Iterator[tuple[FileDigest, int]]:
        """Yield what is written down of files, each with the bits of what depends on it."""
        files = self._unseen() | self._seen
        all_plain = file_digests.are_plain([*files])
        for path, (stat, digest) in files.items():
            if path in depends_on or (
                stat != file_digests.ABSENT and (all_plain or file_digests.are_plain([path]))
            ):
                yield (path, stat, digest), depends_on.get(path, 0)

    def _observe_again(self) -> None:
        """Look at what other commands depend on and was too young to count, if it is little."""
        if self._index is None:
            return
        record = self._index.files
        young = [
            position
            for position, path in enumerate(record.paths)
            if path not in self._seen and not record.is_old(position)
        ]
        if sum(record.stat_at(position)[0] for position in young) <= MOST_LOOKED_AT_AGAIN:
            for position in young:
                self.observe(record.paths[position])

    def _still_so(self) -> bool:
        """Read the files again that were seen just after a change: another may look the same."""
        return all(
            file_digests.digest_of(self._tree, path, self._seen[path][0][0]) == self._seen[path][1]
            for path in self._young
            if self._seen[path][0] != file_digests.ABSENT
        )

    def _still_up_to_date(self, command: Command | None) -> Iterator[tuple[Command, list[str]]]:
        """Yield other recorded commands that still hold, and the paths they depend on."""
        if self._index is None:
            return
        files, up_to_date = self._index.files, self._index.up_to_date
        for number, other in enumerate(up_to_date.commands):
            if command is not None and other[2] == command[2]:
                continue
            positions = [at for at, depends in enumerate(up_to_date.depends_on(number)) if depends]
            if all(self._is_as_recorded(files, position) for position in positions):
                yield other, [files.paths[position] for position in positions]

    def _is_as_recorded(self, record: FileDigests, position: int) -> bool:
        seen = self._seen.get(record.paths[position])
        if seen is None:
            return record.is_old(position)
        is_absent = record.stat_at(position) == file_digests.ABSENT
        return seen[1] == record.digest_at(position) and is_absent == (
            seen[0] == file_digests.ABSENT
        )

    def _unseen(self) -> dict[str, tuple[FileStat, bytes]]:
        """Return what earlier runs saw and this one did not, as far as it is believed.

        A run of part of the project must not make the next one read all the rest again.
        """
        if self._index is None:
            return {}
        record = self._index.files
        return {
            path: (record.stat_at(position), record.digest_at(position))
            for position, path in enumerate(record.paths)
            if path not in self._seen and record.is_old(position)
        }
