"""Writing a file so that it is there whole or not at all, also after a power cut.

The order that survived being cut off: write to a temporary file in the same folder, fsync it,
rename it over the final name, fsync the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from io import BufferedWriter, FileIO
from pathlib import Path

Piece = bytes | memoryview
"""Bytes to be written, perhaps after others."""

TEMPORARY_SUFFIX = ".part"
_BUFFER_BYTES = 64 * 2**10
_CANNOT_RESERVE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


def write_atomically(path: Path, *pieces: Piece) -> None:
    """Replace `path` by a file with these bytes; parent folders are made. Raises OSError."""
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        with BufferedWriter(begin(temporary), _BUFFER_BYTES) as file:
            file.writelines(pieces)
            file.flush()
            flush(file.fileno())
        move(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def begin(path: Path) -> FileIO:
    """Open a new file without a buffer; parent folders are made. Raises OSError."""
    try:
        return FileIO(str(path), "x")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileIO(str(path), "x")


def write_whole(file: FileIO, data: Piece) -> None:
    """Write all of `data`, in as many calls as the system wants. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def reserve(file: FileIO, size: int) -> None:
    """Make an empty file `size` bytes long, with room for them on the disk. Raises OSError.

    Where the system cannot set room aside, being told of free room must do.
    """
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", errno.ENOSYS) not in _CANNOT_RESERVE:
            raise
        if shutil.disk_usage(Path(str(file.name)).parent).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def move(source: Path, target: Path) -> None:
    """Rename `source` to `target`, replacing it, so that the new name survives a power cut."""
    os.replace(source, target)
    flush_folder(target.parent)


def flush(descriptor: int) -> None:
    """Bring what was written through `descriptor` to the disk."""
    os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can (Windows cannot and need not)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
