"""Writing a file so that it is there whole or not at all, also after a power cut.

The order that survived being cut off: write to a temporary file in the same folder, fsync it,
rename it over the final name, fsync the folder.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY_SUFFIX = ".part"


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by a file with these bytes; parent folders are made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            flush(file.fileno())
        move(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


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
