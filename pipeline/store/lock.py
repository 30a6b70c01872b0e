"""One run at a time on a project: a lock the system frees when its holder dies."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pipeline.diagnostics import Locked
from pipeline.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def project_lock(
    state: Path, *, started: str, wait: bool, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock of the project whose state folder is `state`.

    Where another run holds it, `on_wait` is told who, and this waits; without `wait` it raises
    pipeline.diagnostics.Locked. `started` is written down for others to read.
    """
    state.mkdir(parents=True, exist_ok=True)
    # The holder's name lies beside the lock: waiting for a lock file empties it.
    holder = state / "lock.json"
    lock = FileLock(state / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = _who(holder)
        if not wait:
            raise Locked(f"another run works on this project: {who}") from None
        on_wait(who)
        lock.acquire()
    try:
        # Not before: the holder sweeps away what others seem to have left unfinished.
        _keep_out_of_version_control(state)
        holder.write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": started}),
            encoding="utf-8",
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _keep_out_of_version_control(state: Path) -> None:
    ignore = state / ".gitignore"
    if not ignore.exists():
        write_atomically(ignore, b"# What songbatch keeps on this machine.\n*\n")


def _who(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {told['pid']} on {told['host']}, started {told['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not said its name"
