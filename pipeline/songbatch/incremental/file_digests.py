"""Digests of files by their stat: what need not be read again.

A file whose stat (size, times, inode) is the recorded one has the recorded contents. A clock ticks:
a file that changes twice within a tick has the same stat both times. So a stat is believed only if
it is clearly older than the record itself, as git does it.

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

import stat

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from songbatch.files.tree import Tree

    FileStat = tuple[int, int, int, int]
    """Size in bytes; times of the last change of contents, and of anything, in ns; inode."""
    FileDigest = tuple[str, FileStat, bytes]
    """A file's path from the project's folder, its stat, and the SHA-256 of its contents."""

MAX_CONTENT_BYTES = 2**30
"""Of a file that is read to see whether it is as it was."""

CLEARLY_OLDER = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system in use (FAT) ticks every two seconds."""

ABSENT: FileStat = (-1, 0, 0, 0)
"""The stat of a file that was looked for and is not there."""

NO_DIGEST = b"\0" * 32
STAT_BYTES = 4 * 8
_PIECE_BYTES = 2**20


class FileDigests:
    """What files were when they were last looked at, in the order of `paths`.

    `written` is when that was recorded, by the clock of the file system, in ns. Raises ValueError
    for paths that lead out of the project or are there twice, and for parts that do not fit.
    """

    __slots__ = ("_positions", "digests", "paths", "stats", "written")

    def __init__(self, paths: bytes, stats: bytes, digests: bytes, written: int) -> None:
        self.paths = _plain_paths(paths)
        self.stats = memoryview(stats).cast("q")
        self.digests = digests
        self.written = written
        self._positions: dict[str, int] | None = None
        if not STAT_BYTES * len(self.paths) == len(stats) == len(digests):
            raise ValueError(len(stats))

    @property
    def believed_before(self) -> int:
        """The time, in ns, before which files must have changed for their stat to be believed."""
        return self.written - CLEARLY_OLDER

    def digest(self, path: str, file_stat: FileStat) -> bytes | None:
        """Return the SHA-256 of a file with this stat, or None if it has to be read."""
        if self._positions is None:
            self._positions = {known: position for position, known in enumerate(self.paths)}
        position = self._positions.get(path)
        if position is None or tuple(self.stats[4 * position : 4 * position + 4]) != file_stat:
            return None
        digest = self.digest_at(position)
        is_believed = digest != NO_DIGEST and max(file_stat[1:3]) < self.believed_before
        return digest if is_believed else None

    def digest_at(self, position: int) -> bytes:
        """Return the recorded SHA-256 of the file at a position of `paths`."""
        return self.digests[32 * position : 32 * position + 32]

    def stat_at(self, position: int) -> FileStat:
        """Return the recorded stat of the file at a position of `paths`."""
        size, changed, touched, inode = self.stats[4 * position : 4 * position + 4]
        return size, changed, touched, inode

    def is_old(self, position: int) -> bool:
        """Return whether the stat of the file at a position is believed."""
        return max(self.stats[4 * position + 1 : 4 * position + 3]) < self.believed_before


def packed(files: Sequence[FileDigest]) -> tuple[bytes, bytes, bytes]:
    """Return the paths, the stats and the digests of files as bytes."""
    from array import array  # noqa: PLC0415  (needed only to write)

    paths = joined([path for path, _, _ in files])
    stats = array("q", [number for _, four, _ in files for number in four]).tobytes()
    return paths, stats, b"".join([digest for _, _, digest in files])


def are_plain(paths: Sequence[str]) -> bool:
    """Return whether all paths are relative and stay inside, so that a record may hold them."""
    names = joined(paths)
    return names.count(b"\0") == len(paths) and _lead_inside(names)


def stat_of(status: os.stat_result) -> FileStat:
    """Return the stat of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def digest_of(tree: Tree, path: str, size: int) -> bytes | None:
    """Return the SHA-256 of a plain file of `size` bytes, or of a folder's names; else None."""
    import hashlib  # noqa: PLC0415  (needed only if a change might not show)

    try:
        resolved = tree.resolved(path)
        if stat.S_ISDIR(tree.status(resolved).st_mode):
            return hashlib.sha256(joined([name for name, _ in tree.entries(resolved)])).digest()
        digest, left = hashlib.sha256(), size + 1
        with tree.open(resolved, MAX_CONTENT_BYTES) as file:
            while piece := file.read(min(left, _PIECE_BYTES)):
                digest.update(piece)
                left -= len(piece)
    except OSError:
        return None
    return digest.digest() if left == 1 else None


def joined(texts: Sequence[str]) -> bytes:
    """Return texts as bytes, each with a zero behind it."""
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)


def split(data: bytes) -> list[str]:
    """Return joined texts."""
    return data.decode("utf-8", "surrogateescape").split("\0")[:-1]


def _plain_paths(data: bytes) -> list[str]:
    paths = split(data)
    # One that stands there again and again would have to be read as often.
    if not _lead_inside(data) or len(set(paths)) != len(paths):
        raise ValueError(data)
    return paths


def _lead_inside(paths: bytes) -> bool:
    """Return whether none of the joined paths is absolute, goes upward or has an empty part."""
    parts = b"\0" + paths.replace(b"/", b"\0")
    return b"\0\0" not in parts and b"\0..\0" not in parts
