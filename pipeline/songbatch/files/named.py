"""Files that a user names, and what writing any file takes.

A file that somebody names on the command line is followed wherever links lead: the user says so.
What lies in a project is reached in another way (`songbatch.files.tree`).
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

from songbatch.files.handles import Odd
from songbatch.files.tree import Tree

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from songbatch.files.tree import Piece

_CANNOT_RESERVE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_PIECE_BYTES = 2**20
_PIPES = "/dev/"
"""Where a shell puts the pipes of <(a command)."""


def read_named(path: Path, limit: int) -> bytes:
    """Return the bytes of a file that a user named, at most `limit`. Raises OSError.

    Devices and pipes, which may never end, are refused, unless the user's shell made the pipe.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
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


def write_whole(file: FileIO, data: Piece) -> None:
    """Write all of `data`, in as many calls as the system wants. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def reserve(file: FileIO, size: int, folder: str) -> None:
    """Make an empty file `size` bytes long, with room for them on the disk. Raises OSError.

    Where the system cannot set room aside, free room in `folder` must do.
    """
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", errno.ENOSYS) not in _CANNOT_RESERVE:
            raise
        if shutil.disk_usage(folder).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
