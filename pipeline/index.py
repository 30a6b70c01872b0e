"""What every file was when a run last looked at it: `.songbatch/index`.

A file whose marks (size, times, inode) are those of the record has the recorded contents, so it is
not read again; and while nothing at all has changed, a run that had nothing to do is not planned
again. A clock ticks: a file that changes twice within a tick has the same marks both times. So
marks are believed only where they are clearly older than the record itself, as git does it.

Format, version 2: the line `songbatch-index 2`, the CRC-32 of the rest, then a line with three
numbers and five parts: the settled commands, the paths, the marks, the digests, and for every file
a byte whose n-th bit tells whether the n-th command rests on it. Whatever is odd about the file, it
counts as missing: it only ever saves time.

Nothing that is slow to import is used here: this is read before anything else is.
"""

from __future__ import annotations

import os
import stat
import zlib

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.tree import Tree

    Marks = tuple[int, int, int, int]
    """Size in bytes; times of the last change of contents, and of anything, in ns; inode."""
    Sighting = tuple[str, Marks, bytes]
    """A file's path from the project's folder, its marks, and the SHA-256 of its contents."""

STATE_FOLDER = ".songbatch"
NAME = "index"
MAX_BYTES = 256 * 2**20
HEADER = b"songbatch-index 2\n"
MOST_SETTLED = 8
"""Commands that are remembered: a byte has so many bits."""

CLEARLY_OLDER = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system in use (FAT) ticks every two seconds."""

ABSENT: Marks = (-1, 0, 0, 0)
"""The marks of a file that was looked for and is not there."""

NO_DIGEST = b"\0" * 32
_MARKS_BYTES = 4 * 8
_PIECE = 2**20


class Record:
    """The record as it was read. `written` is when, by the clock of the file system, in ns.

    `settled` are commands that had nothing to do, the last one first: how many renders were up to
    date, then who they are (see `pipeline.quick`).
    """

    __slots__ = ("_places", "_rests", "digests", "marks", "paths", "settled", "written")

    def __init__(self, body: bytes, written: int) -> None:
        numbers, _, parts = body.partition(b"\n")
        settled, paths, count = map(int, numbers.split())
        ends = (settled, settled + paths, settled + paths + count * _MARKS_BYTES)
        self.settled = _commands(_split(parts[: ends[0]]))
        self.paths = _split(parts[ends[0] : ends[1]])
        self.marks = memoryview(parts[ends[1] : ends[2]]).cast("q")
        self.digests = parts[ends[2] : -count or None]
        self._rests = parts[-count or len(parts) :]
        self.written = written
        self._places: dict[str, int] | None = None
        if len(self.paths) != count or len(parts) != ends[2] + count * (len(NO_DIGEST) + 1):
            raise ValueError(count)

    @property
    def believed_before(self) -> int:
        """The time, in ns, before which files must have changed for their marks to be believed."""
        return self.written - CLEARLY_OLDER

    def digest(self, path: str, marks: Marks) -> bytes | None:
        """Return the SHA-256 of a file with these marks, or None where it has to be read."""
        if self._places is None:
            self._places = {known: place for place, known in enumerate(self.paths)}
        place = self._places.get(path)
        if place is None or tuple(self.marks[4 * place : 4 * place + 4]) != marks:
            return None
        found = self.digest_at(place)
        return found if found != NO_DIGEST and max(marks[1:3]) < self.believed_before else None

    def digest_at(self, place: int) -> bytes:
        """Return the recorded SHA-256 of the file at a place of `paths`."""
        return self.digests[32 * place : 32 * place + 32]

    def marks_at(self, place: int) -> Marks:
        """Return the recorded marks of the file at a place of `paths`."""
        size, changed, touched, inode = self.marks[4 * place : 4 * place + 4]
        return size, changed, touched, inode

    def is_old(self, place: int) -> bool:
        """Tell whether the marks of the file at a place are believed."""
        return max(self.marks[4 * place + 1 : 4 * place + 3]) < self.believed_before

    def rests(self, command: int) -> bytes:
        """Return a byte for every file: whether a command of `settled` rests on it."""
        return self._rests.translate(bytes(byte >> command & 1 for byte in range(256)))


def read(state: Tree) -> Record | None:
    """Return the record in a project's state folder, or None where there is none to believe."""
    try:
        with state.open(NAME, MAX_BYTES) as file:
            written = os.fstat(file.fileno()).st_mtime_ns
            data = state.read_from(file, NAME, MAX_BYTES)
        header, crc, body = _cut(data)
        if header != HEADER or int(crc, 16) != zlib.crc32(body):
            return None
        return Record(body, written)
    except (OSError, ValueError, TypeError):
        return None


def packed(settled: Sequence[Sequence[str]], files: Sequence[tuple[Sighting, int]]) -> bytes:
    """Return a record's bytes: the commands, and the files, each with what rests on it as bits."""
    from array import array  # noqa: PLC0415  (needed only to write)

    words = [word for command in settled for word in (str(len(command)), *command)]
    what, paths = _joined(words), _joined([path for (path, _, _), _ in files])
    numbers = b"%d %d %d\n" % (len(what), len(paths), len(files))
    marks = array("q", [number for (_, four, _), _ in files for number in four]).tobytes()
    digests = b"".join([digest for (_, _, digest), _ in files])
    rests = bytes([bits for _, bits in files])
    body = b"".join([numbers, what, paths, marks, digests, rests])
    return HEADER + b"%08x\n" % zlib.crc32(body) + body


def marks_of(status: os.stat_result) -> Marks:
    """Return the marks of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def contents(tree: Tree, path: str, size: int) -> bytes | None:
    """Return the SHA-256 of a plain file of `size` bytes, or of a folder's names; else None."""
    import hashlib  # noqa: PLC0415  (needed only where a change might not show)

    try:
        place = tree.resolved(path)
        if stat.S_ISDIR(tree.status(place).st_mode):
            return hashlib.sha256(_joined([name for name, _ in tree.entries(place)])).digest()
        digest, left = hashlib.sha256(), size + 1
        with tree.open(place) as file:
            while piece := file.read(min(left, _PIECE)):
                digest.update(piece)
                left -= len(piece)
    except OSError:
        return None
    return digest.digest() if left == 1 else None


def _commands(words: list[str]) -> list[list[str]]:
    commands, start = [], 0
    while start < len(words):
        end = start + 1 + int(words[start])
        commands.append(words[start + 1 : end])
        start = end
    return commands


def _cut(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the first two lines and the rest."""
    first = data.find(b"\n") + 1
    second = data.find(b"\n", first) + 1
    return data[:first], data[first:second], data[second:]


def _joined(texts: Sequence[str]) -> bytes:
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)


def _split(joined: bytes) -> list[str]:
    return joined.decode("utf-8", "surrogateescape").split("\0")[:-1]
