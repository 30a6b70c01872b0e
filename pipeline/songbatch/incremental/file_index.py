"""The file index `.songbatch/index`: digests of files, and commands that had nothing to do.

They are two plain things (`file_digests`, `up_to_date`) in one file, because the second depends on
the first: while no file has changed that a command depends on, it prints the same again.

Format, version 3: the line `songbatch-index 3`, the CRC-32 of the rest, then a line with five
numbers and six parts. The numbers are the project's folder (its inode: a record counts only where
it was written, not in a copy or a clone) and how long the parts are: the bytes of the commands and
of the paths, the number of files, the bytes of the texts. The parts are the remembered commands,
the paths, the stats, the digests, for every file a byte whose n-th bit shows whether the n-th
command depends on it, and the commands' texts. It is a cache file (`cache_file`): whatever is odd
about it, it counts as missing. No path in it leads out of the project, and no number is believed.

Nothing that is slow to import is used here: this is read before anything else is.
"""

from __future__ import annotations

import os
from itertools import accumulate, pairwise

from songbatch.files.cache_file import CacheFormat
from songbatch.incremental import file_digests, up_to_date
from songbatch.incremental.file_digests import NO_DIGEST, STAT_BYTES, FileDigests
from songbatch.incremental.up_to_date import UpToDateCommands, naturals

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.files.tree import Tree
    from songbatch.incremental.file_digests import FileDigest
    from songbatch.incremental.up_to_date import Command

NAME = "index"
MAX_BYTES = 256 * 2**20
"""Of a record; one of 100,000 songs has 13 MB."""
FORMAT = CacheFormat(NAME, 3)


class FileIndex:
    """The record as it was read: `files` and `up_to_date`.

    `written` is when it was written, by the clock of the file system, in ns. Raises ValueError for
    a body that makes no sense, or is of another home.
    """

    __slots__ = ("files", "up_to_date")

    def __init__(self, body: bytes, written: int, home: int) -> None:
        numbers, _, parts = body.partition(b"\n")
        folder, words, names, count, texts = naturals(numbers.split())
        sizes = (words, names, count * STAT_BYTES, count * len(NO_DIGEST), count, texts)
        if folder != home or sum(sizes) != len(parts):
            raise ValueError(numbers)
        ends = list(accumulate(sizes, initial=0))
        each = [parts[start:end] for start, end in pairwise(ends)]
        self.up_to_date = UpToDateCommands(each[0], each[5], each[4])
        self.files = FileDigests(each[1], each[2], each[3], written)


def read(state: Tree, home: int) -> FileIndex | None:
    """Return the record in a project's state folder, or None if there is none to believe."""
    try:
        with state.open(NAME, MAX_BYTES) as file:
            written = os.fstat(file.fileno()).st_mtime_ns
            body = FORMAT.unseal(state.read_from(file, NAME, MAX_BYTES))
        return FileIndex(body, written, home) if body is not None else None
    except (OSError, ValueError):
        return None


def packed(
    home: int, commands: Sequence[Command], files: Sequence[tuple[FileDigest, int]]
) -> bytes:
    """Return an index's bytes: commands, and files, each with what depends on it as bits."""
    words, texts = up_to_date.packed(commands)
    paths, stats, digests = file_digests.packed([file for file, _ in files])
    depends_on = bytes([bits for _, bits in files])
    numbers = b"%d %d %d %d %d\n" % (home, len(words), len(paths), len(files), len(texts))
    return FORMAT.seal(b"".join([numbers, words, paths, stats, digests, depends_on, texts]))
