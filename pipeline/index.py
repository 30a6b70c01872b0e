"""What every file was when a run last looked at it: `.songbatch/index`.

A file whose marks (size, times, inode) are those of the record has the recorded contents, so it is
not read again; and while nothing at all has changed, a run that had nothing to do is not planned
again. A clock ticks: a file that changes twice within a tick has the same marks both times. So
marks are believed only where they are clearly older than the record itself, as git does it.

Format, version 1: the line `songbatch-index 1`, the CRC-32 of the rest, then a line with four
numbers and four parts: what is settled, the paths, the marks, the digests. Whatever is odd about
the file, it counts as missing: it only ever saves time.

Nothing that is slow to import is used here: this is read before anything else is.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

    Marks = tuple[int, int, int, int]
    """Size in bytes; times of the last change of contents, and of anything, in ns; inode."""
    Sighting = tuple[str, Marks, bytes]
    """A file's path from the project's folder, its marks, and the SHA-256 of its contents."""

STATE_FOLDER = ".songbatch"
NAME = "index"
HEADER = b"songbatch-index 1\n"

CLEARLY_OLDER = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system in use (FAT) ticks every two seconds."""

ABSENT: Marks = (-1, 0, 0, 0)
"""The marks of a file that was looked for and is not there."""

NO_DIGEST = b"\0" * 32
_MARKS_BYTES = 4 * 8
_PIECE = 2**20


class Record:
    """The record as it was read. `written` is when, by the clock of the file system, in ns.

    `settled` says what rests on the first `resting` files (see `pipeline.quick`).
    """

    __slots__ = ("_places", "digests", "marks", "paths", "resting", "settled", "written")

    def __init__(self, body: bytes, written: int) -> None:
        numbers, _, parts = body.partition(b"\n")
        self.resting, settled, paths, count = map(int, numbers.split())
        ends = (settled, settled + paths, settled + paths + count * _MARKS_BYTES)
        self.settled = _split(parts[: ends[0]])
        self.paths = _split(parts[ends[0] : ends[1]])
        self.marks = memoryview(parts[ends[1] : ends[2]]).cast("q")
        self.digests = parts[ends[2] :]
        self.written = written
        self._places: dict[str, int] | None = None
        if len(self.paths) != count or len(self.digests) != count * len(NO_DIGEST):
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

    def sightings(self) -> list[Sighting]:
        """Return everything that is recorded."""
        each = iter(self.marks)
        marks = zip(each, each, each, each, strict=True)
        digests = (self.digest_at(place) for place in range(len(self.paths)))
        return list(zip(self.paths, marks, digests, strict=True))


def read(state: str) -> Record | None:
    """Return the record in a project's state folder, or None where there is none to believe."""
    try:
        with open(f"{state}/{NAME}", "rb") as file:
            header, crc, body = file.readline(), file.readline(), file.read()
            written = os.fstat(file.fileno()).st_mtime_ns
        if header != HEADER or int(crc, 16) != zlib.crc32(body):
            return None
        return Record(body, written)
    except (OSError, ValueError, TypeError):
        return None


def packed(
    settled: Sequence[str], resting: Sequence[Sighting], others: Sequence[Sighting]
) -> bytes:
    """Return a record's bytes; `settled` rests on the files in `resting`."""
    files = [*resting, *others]
    what, paths = _joined(settled), _joined([path for path, _, _ in files])
    numbers = b"%d %d %d %d\n" % (len(resting), len(what), len(paths), len(files))
    marks = b"".join(
        number.to_bytes(8, sys.byteorder, signed=True) for _, four, _ in files for number in four
    )
    body = b"".join([numbers, what, paths, marks, *(digest for _, _, digest in files)])
    return HEADER + b"%08x\n" % zlib.crc32(body) + body


def marks_of(status: os.stat_result) -> Marks:
    """Return the marks of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def contents(path: str, size: int) -> bytes | None:
    """Return the SHA-256 of a plain file of `size` bytes, or of a folder's names; else None."""
    import hashlib  # noqa: PLC0415  (needed only where a change might not show)

    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            return hashlib.sha256(_joined(sorted(os.listdir(path)))).digest()
        if not stat.S_ISREG(mode):
            return None
        digest, left = hashlib.sha256(), size + 1
        with open(path, "rb") as file:
            while piece := file.read(min(left, _PIECE)):
                digest.update(piece)
                left -= len(piece)
    except OSError:
        return None
    return digest.digest() if left == 1 else None


def _joined(texts: Sequence[str]) -> bytes:
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)


def _split(joined: bytes) -> list[str]:
    return joined.decode("utf-8", "surrogateescape").split("\0")[:-1]
