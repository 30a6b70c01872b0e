"""One run at a time on a project: a lock the system frees when its holder dies."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from songbatch.diagnostics import Locked
from songbatch.files.handles import Odd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.files.tree import Tree

LOCK = "lock"
HOLDER = "lock.json"
"""Beside the lock: waiting for a lock file empties it."""
IGNORE = ".gitignore"
MAX_BYTES = 2**16


@contextlib.contextmanager
def project_lock(
    state: Tree, *, started: str, wait: bool, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock of the project whose state folder is `state`.

    If another run holds it, `on_wait` is called with who does, and this waits; without `wait` it
    raises songbatch.diagnostics.Locked. `started` is written down for others to read. Raises
    songbatch.files.handles.Odd if something else lies where the lock belongs.
    """
    state.make()
    _demand_plain(state)
    lock = FileLock(state.place(LOCK))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = _who(state)
        if not wait:
            raise Locked(
                f"another run is working on this project: {who}",
                fix="omit --no-wait to wait until it has ended",
            ) from None
        on_wait(who)
        lock.acquire()
    try:
        # Not before: the holder sweeps away what others seem to have left unfinished.
        _keep_out_of_version_control(state)
        me = {"pid": os.getpid(), "host": socket.gethostname(), "started": started}
        # Not under another name first: a run that dies here must leave nothing to be swept away.
        state.remove(HOLDER)
        with state.create(HOLDER) as file:
            file.write(json.dumps(me).encode())
        yield
    finally:
        state.remove(HOLDER)
        lock.release()


def lock_holder(state: Tree) -> str | None:
    """Return who holds the lock of the project whose state folder is `state`; None for nobody.

    Takes it for a moment if it is free. Raises songbatch.files.handles.Odd as `project_lock` does.
    """
    _demand_plain(state)
    if not state.is_there(LOCK):
        return None
    try:
        with FileLock(state.place(LOCK), timeout=0):
            return None
    except Timeout:
        return _who(state)


def _demand_plain(state: Tree) -> None:
    """Raise Odd if taking the lock would touch anything but a file of ours.

    The library opens the file by its path, and empties it: one with another name would be emptied
    there, too.
    """
    with contextlib.suppress(FileNotFoundError), state.open(LOCK) as file:
        if os.fstat(file.fileno()).st_nlink > 1:
            raise Odd(state.name(LOCK), "it has a second name (a hard link)", "remove it")


def _keep_out_of_version_control(state: Tree) -> None:
    if not state.is_there(IGNORE):
        state.write(IGNORE, b"# What songbatch keeps on this machine.\n*\n")


def _who(state: Tree) -> str:
    try:
        holder = json.loads(state.read(HOLDER, MAX_BYTES))
        return f"process {holder['pid']} on {holder['host']}, started {holder['started']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "an unknown process"
