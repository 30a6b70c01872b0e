"""Files that a user names on the command line: read and written, or refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.files.named import read_named as read
from songbatch.files.named import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256 * 2**20


def read_named(path: Path, *, fix: str, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a file. Raises UsageError, with what to do, if it cannot be read."""
    try:
        return read(path, limit)
    except OSError as error:
        raise UsageError(f"{path}: {_reason(error)}", fix=fix) from error


def write_named(path: Path, data: bytes, *, fix: str) -> None:
    """Write a file whole. Raises UsageError, with what to do, if it cannot be written."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UsageError(f"{path}: {_reason(error)}", fix=fix) from error


def _reason(error: OSError) -> str:
    return (error.strerror or "the system refuses").lower()
