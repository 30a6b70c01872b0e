"""Bringing what was written to the disk itself, and not only as far as its own memory.

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

import os

try:
    import fcntl
except ImportError:  # Windows
    FULL_SYNC = None
else:
    FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)
"""The request by which macOS empties the disk's own memory; its fsync does not."""


def sync(descriptor: int) -> None:
    """Return once an open file or folder survives a power cut. Raises OSError."""
    if FULL_SYNC is not None:
        try:
            fcntl.fcntl(descriptor, FULL_SYNC)
        except OSError:
            pass  # a file system that has no such request; a disk that fails does so below, too
        else:
            return
    os.fsync(descriptor)
