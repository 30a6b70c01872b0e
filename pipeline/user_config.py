"""The user's own configuration: `config.yaml` in the folder that the system keeps for it.

It holds for every project of this user, so no project can widen what it says.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pipeline.spec import Unreadable, as_source

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.diagnostics import Source

NAME = "config.yaml"
MAX_BYTES = 64 * 2**10


def read_user_config(folder: Path) -> Source | None:
    """Return the file in `folder`, or None where there is none. Raises Unreadable."""
    path = folder / NAME
    try:
        # A FIFO would block on open; whatever is not a plain file is refused after it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            return as_source(str(path), _contents(descriptor))
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreadable(
            f"it cannot be read: {os.strerror(error.errno or 0)}", fix="check its permissions"
        ) from error


def _contents(descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Unreadable("it is not a plain file", fix="make it one, or remove it")
    data = b""
    while len(data) <= MAX_BYTES:
        piece = os.read(descriptor, MAX_BYTES + 1 - len(data))
        if not piece:
            return data
        data += piece
    raise Unreadable(f"it is larger than {MAX_BYTES} bytes", fix="keep settings only in it")
