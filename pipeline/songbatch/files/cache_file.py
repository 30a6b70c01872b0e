"""Cache files: the header, version, tool and checksum that every one of them is held to.

A cache only ever saves time. So a file counts as missing whatever is odd about it: it cannot be
read or is too long, its header, version or tool is another one, its checksum is wrong, its contents
make no sense. It may come from a stranger, with a clone.

Two forms are in use. Bytes begin with the line `songbatch-NAME VERSION` and have a line with a
CRC-32, behind this header or at the end. JSON has its version, and which tool wrote it, in keys.

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

import zlib

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from songbatch.files.tree import Tree

    T = TypeVar("T")

CHECKSUM_BYTES = 9
"""Eight hexadecimal digits and a line feed."""


def read(state: Tree, path: str, limit: int) -> bytes | None:
    """Return the bytes of a file of at most `limit` bytes in a state folder, or None."""
    try:
        return state.read(path, limit)
    except OSError:
        return None


def decoded(
    data: bytes | None, decode: Callable[[bytes], T], is_ours: Callable[[T], bool]
) -> T | None:
    """Return what `decode` makes of a file's bytes, or None if there are none or they are odd.

    `is_ours`: whether version and tool are those of this run.
    """
    if data is None:
        return None
    try:
        contents = decode(data)
    except (ValueError, TypeError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return contents if is_ours(contents) else None


class CacheFormat:
    """A form of bytes: `header` is its first line; the checksum follows it, or ends the file."""

    __slots__ = ("header",)

    def __init__(self, name: str, version: int) -> None:
        self.header = f"songbatch-{name} {version}\n".encode()

    def seal(self, body: bytes) -> bytes:
        """Return a file's bytes: the checksum of the body behind the header."""
        return b"".join([self.header, _checksum([body]), body])

    def unseal(self, data: bytes) -> bytes | None:
        """Return the body of a sealed file, or None unless it is whole and of this form."""
        start = len(self.header) + CHECKSUM_BYTES
        body = data[start:]
        return body if data[:start] == self.header + _checksum([body]) else None

    def seal_at_end(self, pieces: Iterable[bytes]) -> bytes:
        """Return a file's bytes: the checksum of everything at the end."""
        whole = [self.header, *pieces]
        return b"".join([*whole, _checksum(whole)])

    def is_whole(self, data: bytes) -> bool:
        """Return whether a file with its checksum at the end is whole and of this form."""
        body = memoryview(data)[:-CHECKSUM_BYTES]
        return data.startswith(self.header) and data[-CHECKSUM_BYTES:] == _checksum([body])


def _checksum(pieces: Iterable[bytes | memoryview]) -> bytes:
    crc = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
    return b"%08x\n" % crc
