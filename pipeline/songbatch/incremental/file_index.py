"""What every file was when a run last looked at it: `.songbatch/index`.

A file whose stat (size, times, inode) is that of the record has the recorded contents, so it is
not read again; and while nothing at all has changed, a run that had nothing to do is not planned
again. A clock ticks: a file that changes twice within a tick has the same stat both times. So
a stat is believed only where it is clearly older than the record itself, as git does it.

Format, version 3: the line `songbatch-index 3`, the CRC-32 of the rest, then a line with five
numbers and six parts. The numbers are the project's folder (its inode: a record counts only where
it was written, not in a copy or a clone) and how long the parts are: the bytes of the commands and
of the paths, the number of files, the bytes of the texts. The parts are the remembered commands,
the paths, the stats, the digests, for every file a byte whose n-th bit tells whether the n-th
command depends on it, and the commands' texts. Whatever is odd about the file, it counts as
missing: it only ever saves time. It may come from a stranger, with a clone: no path in it leads out
of the project, and no number is believed.

Nothing that is slow to import is used here: this is read before anything else is.
"""

from __future__ import annotations

import os
import stat
import zlib
from itertools import accumulate, pairwise

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.files.tree import Tree

    FileStat = tuple[int, int, int, int]
    """Size in bytes; times of the last change of contents, and of anything, in ns; inode."""
    Sighting = tuple[str, FileStat, bytes]
    """A file's path from the project's folder, its stat, and the SHA-256 of its contents."""
    Command = tuple[int, bytes, list[str]]
    """Exit code and texts (`printed`) of a command that prints only, and who it is."""

NAME = "index"
MAX_BYTES = 256 * 2**20
"""Of a record; one of 100,000 songs has 13 MB."""
MAX_CONTENT_BYTES = 2**30
"""Of a file that is read to see whether it is as it was."""
HEADER = b"songbatch-index 3\n"
MOST_COMMANDS = 8
"""Commands that are remembered: a byte has so many bits."""

CLEARLY_OLDER = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system in use (FAT) ticks every two seconds."""

ABSENT: FileStat = (-1, 0, 0, 0)
"""The stat of a file that was looked for and is not there."""

NO_DIGEST = b"\0" * 32
_STAT_BYTES = 4 * 8
_PIECE = 2**20


class FileIndex:
    """The record as it was read. `written` is when, by the clock of the file system, in ns.

    `up_to_date_commands` would do nothing but print; the last one comes first. Raises ValueError
    for a body that makes no sense, or is of another home.
    """

    __slots__ = (
        "_depends_on",
        "_positions",
        "digests",
        "paths",
        "stats",
        "up_to_date_commands",
        "written",
    )

    def __init__(self, body: bytes, written: int, home: int) -> None:
        numbers, _, parts = body.partition(b"\n")
        there, words, names, count, texts = _naturals(numbers.split())
        sizes = (words, names, count * _STAT_BYTES, count * len(NO_DIGEST), count, texts)
        if there != home or sum(sizes) != len(parts):
            raise ValueError(numbers)
        ends = list(accumulate(sizes, initial=0))
        each = [parts[start:end] for start, end in pairwise(ends)]
        self.up_to_date_commands = _commands(_split(each[0]), each[5])
        self.paths = _paths(each[1])
        self.stats = memoryview(each[2]).cast("q")
        self.digests = each[3]
        self._depends_on = each[4]
        self.written = written
        self._positions: dict[str, int] | None = None
        if len(self.paths) != count:
            raise ValueError(count)

    @property
    def believed_before(self) -> int:
        """The time, in ns, before which files must have changed for their stat to be believed."""
        return self.written - CLEARLY_OLDER

    def digest(self, path: str, file_stat: FileStat) -> bytes | None:
        """Return the SHA-256 of a file with this stat, or None where it has to be read."""
        if self._positions is None:
            self._positions = {known: position for position, known in enumerate(self.paths)}
        position = self._positions.get(path)
        if position is None or tuple(self.stats[4 * position : 4 * position + 4]) != file_stat:
            return None
        found = self.digest_at(position)
        return found if found != NO_DIGEST and max(file_stat[1:3]) < self.believed_before else None

    def digest_at(self, position: int) -> bytes:
        """Return the recorded SHA-256 of the file at a position of `paths`."""
        return self.digests[32 * position : 32 * position + 32]

    def stat_at(self, position: int) -> FileStat:
        """Return the recorded stat of the file at a position of `paths`."""
        size, changed, touched, inode = self.stats[4 * position : 4 * position + 4]
        return size, changed, touched, inode

    def is_old(self, position: int) -> bool:
        """Tell whether the stat of the file at a position is believed."""
        return max(self.stats[4 * position + 1 : 4 * position + 3]) < self.believed_before

    def depends_on(self, command: int) -> bytes:
        """Return a byte for every file: whether the command of this number depends on it."""
        return self._depends_on.translate(bytes(byte >> command & 1 for byte in range(256)))


def home(root: str) -> int:
    """Return what tells a project's folder from its copies. Raises OSError."""
    return os.stat(root).st_ino


def read(state: Tree, home: int) -> FileIndex | None:
    """Return the record in a project's state folder, or None where there is none to believe."""
    try:
        with state.open(NAME, MAX_BYTES) as file:
            written = os.fstat(file.fileno()).st_mtime_ns
            data = state.read_from(file, NAME, MAX_BYTES)
        header, crc, body = data.split(b"\n", 2)
        if header + b"\n" != HEADER or int(crc, 16) != zlib.crc32(body):
            return None
        return FileIndex(body, written, home)
    except (OSError, ValueError):
        return None


def packed(home: int, settled: Sequence[Command], files: Sequence[tuple[Sighting, int]]) -> bytes:
    """Return an index's bytes: commands, and files, each with what depends on it as bits."""
    from array import array  # noqa: PLC0415  (needed only to write)

    words = [
        word
        for code, texts, who in settled
        for word in (str(len(who)), str(code), str(len(texts)), *who)
    ]
    what, paths = _joined(words), _joined([path for (path, _, _), _ in files])
    texts = b"".join([texts for _, texts, _ in settled])
    numbers = b"%d %d %d %d %d\n" % (home, len(what), len(paths), len(files), len(texts))
    stats = array("q", [number for (_, four, _), _ in files for number in four]).tobytes()
    digests = b"".join([digest for (_, _, digest), _ in files])
    depends_on = bytes([bits for _, bits in files])
    body = b"".join([numbers, what, paths, stats, digests, depends_on, texts])
    return HEADER + b"%08x\n" % zlib.crc32(body) + body


def are_plain(paths: Sequence[str]) -> bool:
    """Tell whether all paths are relative and lead nowhere else, so that a record may hold them."""
    joined = _joined(paths)
    return joined.count(b"\0") == len(paths) and _lead_inside(joined)


def stat_of(status: os.stat_result) -> FileStat:
    """Return the stat of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def contents(tree: Tree, path: str, size: int) -> bytes | None:
    """Return the SHA-256 of a plain file of `size` bytes, or of a folder's names; else None."""
    import hashlib  # noqa: PLC0415  (needed only where a change might not show)

    try:
        position = tree.resolved(path)
        if stat.S_ISDIR(tree.status(position).st_mode):
            return hashlib.sha256(_joined([name for name, _ in tree.entries(position)])).digest()
        digest, left = hashlib.sha256(), size + 1
        with tree.open(position, MAX_CONTENT_BYTES) as file:
            while piece := file.read(min(left, _PIECE)):
                digest.update(piece)
                left -= len(piece)
    except OSError:
        return None
    return digest.digest() if left == 1 else None


def _commands(words: list[str], texts: bytes) -> list[Command]:
    commands: list[Command] = []
    start = used = 0
    while start < len(words):
        many, code, size = _naturals(words[start : start + 3])
        end = start + 3 + many
        commands.append((code, texts[used : used + size], words[start + 3 : end]))
        start, used = end, used + size
    if start != len(words) or used != len(texts) or len(commands) > MOST_COMMANDS:
        raise ValueError(words)
    return commands


def _naturals(words: Sequence[bytes | str]) -> list[int]:
    numbers = [int(word) for word in words]
    if any(number < 0 for number in numbers):
        raise ValueError(words)
    return numbers


def _paths(joined: bytes) -> list[str]:
    paths = _split(joined)
    # One that stands there again and again would have to be read as often.
    if not _lead_inside(joined) or len(set(paths)) != len(paths):
        raise ValueError(joined)
    return paths


def _lead_inside(paths: bytes) -> bool:
    """Tell whether none of the joined paths is absolute, goes upward or has an empty part."""
    parts = b"\0" + paths.replace(b"/", b"\0")
    return b"\0\0" not in parts and b"\0..\0" not in parts


def _joined(texts: Sequence[str]) -> bytes:
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)


def _split(joined: bytes) -> list[str]:
    return joined.decode("utf-8", "surrogateescape").split("\0")[:-1]
