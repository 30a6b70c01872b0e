"""Files that a user names: read and written, or refused with a reason; and what any write takes.

A file that somebody names on the command line is followed wherever links lead: the user chose it.
What lies in a project is reached in another way (`songbatch.files.tree`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.files.handles import Odd
from songbatch.files.lookalikes import existing_path
from songbatch.files.tree import Tree

if TYPE_CHECKING:
    from io import FileIO

    from songbatch.files.tree import Piece

MAX_NAMED_BYTES = 256 * 2**20
_CANNOT_RESERVE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_PIECE_BYTES = 2**20
_PIPES = "/dev/"
"""Where a shell puts the pipes of <(a command)."""


def reason_of(error: OSError) -> str:
    """Return what the system says of a file or a program, as the end of a sentence."""
    return (error.strerror or "the system refuses").lower()


class UnusableFile(UsageError):
    """A named file cannot be read or written. `reason` is the message without the path."""

    def __init__(self, path: Path, error: OSError, *, fix: str) -> None:
        self.reason = reason_of(error)
        super().__init__(f"{path}: {self.reason}", fix=fix)


class FolderGone(UsageError):
    """The folder that the command was called in has been removed."""

    def __init__(self) -> None:
        super().__init__(
            "the current folder does not exist any more", fix="cd to a folder that does"
        )


def current_folder() -> Path:
    """Return the folder that the command was called in. Raises FolderGone."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise FolderGone from error


def read_named(path: Path, *, fix: str, limit: int = MAX_NAMED_BYTES) -> bytes:
    """Return the bytes of a file. Raises UnusableFile, with this `fix`, if it cannot be read.

    `limit` is the size in bytes from which on a file is refused.
    """
    try:
        return _read(path, limit)
    except OSError as error:
        raise UnusableFile(path, error, fix=fix) from error


def read_if_there(path: Path, *, fix: str, limit: int = MAX_NAMED_BYTES) -> bytes | None:
    """Return the bytes of a file, or None if there is no such file. Raises UnusableFile."""
    try:
        return _read(path, limit)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnusableFile(path, error, fix=fix) from error


def write_named(path: Path, data: Piece, *, fix: str) -> None:
    """Write a file whole or not at all; what the system keeps, as /dev/stdout, is never replaced.

    Raises UnusableFile, with this `fix`, if it cannot be.
    """
    try:
        if _takes_bytes(path):
            with open(path, "ab", buffering=0) as file:
                write_whole(file, data)
        else:
            write_atomically(path, data)
    except OSError as error:
        raise UnusableFile(path, error, fix=fix) from error


def _takes_bytes(path: Path) -> bool:
    """Return whether what lies at a path is the system's, and only takes bytes: a device, a pipe.

    Elsewhere such a thing may be a stranger's, and is replaced, as a link is.
    """
    if not os.path.abspath(path).startswith((_PIPES, "/proc/")):
        return False
    with contextlib.suppress(OSError):
        return not stat.S_ISREG(os.lstat(path).st_mode) and not path.is_dir()
    return False


def write_page(path: Path, data: Piece, *, fix: str) -> None:
    """Write a page, but not over a file that is none: a name that was completed too early.

    Raises UsageError for such a file, and as `write_named` does.
    """
    with contextlib.suppress(OSError):
        if path.is_file() and _first(path) not in {b"", b"<"}:
            raise UsageError(f"{path} is no page, and is not replaced by one", fix=fix)
    write_named(path, data, fix=fix)


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1)


def _read(path: Path, limit: int) -> bytes:
    """Return the bytes of a file, at most `limit`. Raises OSError.

    Devices and pipes, which may never end, are refused, unless the user's shell made the pipe.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    path = existing_path(path)
    descriptor = os.open(path, os.O_RDONLY | flags)
    mode = os.fstat(descriptor).st_mode
    is_pipe = stat.S_ISFIFO(mode) and str(path).startswith(_PIPES)
    if not is_pipe and not stat.S_ISREG(mode):
        os.close(descriptor)
        raise Odd(str(path), "it is not a plain file", "name a file")
    with open(descriptor, "rb") as file:
        if is_pipe:
            os.set_blocking(descriptor, True)
        data = bytearray()
        while len(data) <= limit and (piece := file.read(_PIECE_BYTES)):
            data += piece
    if len(data) > limit:
        raise Odd(str(path), f"it has more than {limit} bytes", "name a smaller file")
    return bytes(data)


def write_atomically(path: Path, *pieces: Piece) -> None:
    """Replace `path` by a file with these bytes; parent folders are made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Tree(path.parent).write(path.name, *pieces)


def make_folder(path: Path) -> None:
    """Make a folder that a user names, and those above it, unless they are there."""
    path.mkdir(parents=True, exist_ok=True)


def write_whole(file: FileIO, data: Piece) -> None:
    """Write all of `data`, in as many calls as the system wants. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def reserve(file: FileIO, size: int, folder: str) -> None:
    """Make an empty file `size` bytes long, with room for them on the disk. Raises OSError.

    If the system cannot set room aside, free room in `folder` must do.
    """
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", errno.ENOSYS) not in _CANNOT_RESERVE:
            raise
        if shutil.disk_usage(folder).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
