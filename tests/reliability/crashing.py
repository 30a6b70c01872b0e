"""songbatch, but the process kills itself right before a certain operation on the project.

    python -m tests.reliability.crashing N ARGUMENT...       the N-th one
    python -m tests.reliability.crashing NAME ARGUMENT...    a whole file gets its final name NAME
    python -m tests.reliability.crashing +NAME ARGUMENT...   a file NAME is opened

Operations are what Python reports of them: a file of the project is opened (for reading, too: the
moments around a read are moments as well), renamed, removed, cut; a folder is made or removed; a
piece of a request leaves. A NAME is a pattern as for files. The project is the current folder.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

FILE_OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}
OTHER_OPERATIONS = {"os.truncate", "http.client.connect", "http.client.send"}


def die_before(operation: str, project: str) -> None:
    """Let this process be killed right before that operation: its number from 1, or its name."""
    numbers = itertools.count(1)

    def on_event(event: str, arguments: tuple[Any, ...]) -> None:
        if not _counts(event, arguments, project):
            return
        if operation == str(next(numbers)) or fnmatchcase(_name(event, arguments), operation):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(on_event)


def _counts(event: str, arguments: tuple[Any, ...], project: str) -> bool:
    if event in OTHER_OPERATIONS:
        return True
    if event not in FILE_OPERATIONS or not isinstance(arguments[0], str | bytes):
        return False
    return os.path.abspath(os.fsdecode(arguments[0])).startswith(project + os.sep)


def _name(event: str, arguments: tuple[Any, ...]) -> str:
    if event == "os.rename":
        return os.path.basename(os.fsdecode(arguments[1]))
    return "+" + os.path.basename(os.fsdecode(arguments[0])) if event == "open" else ""


if __name__ == "__main__":
    from songbatch.__main__ import main

    die_before(sys.argv.pop(1), str(Path.cwd()))
    main()
