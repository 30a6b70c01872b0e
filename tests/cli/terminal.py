"""A pseudo-terminal with a command in it: what it shows, what is typed, how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from support.kit import COMMAND, TIMEOUT, Project

CONTROL_C = b"\x03"
_CURSOR = re.compile(r"\x1b\[\?25([hl])")
_COLOUR = re.compile(r"\x1b\[([0-9;]*)m")


class Terminal:
    """`songbatch ARGUMENTS` on a terminal of its own: the keys that are typed reach it as signals.

    `stdout` is another file for standard output, such as a pipe.
    """

    def __init__(
        self,
        project: Project,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        stdout: int | None = None,
    ) -> None:
        self._ours, theirs = pty.openpty()
        inherited = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "TERM", "CI"}}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=project.root,
            env={
                **inherited,
                "TERM": "xterm-256color",
                "XDG_CONFIG_HOME": str(project.root / ".config"),
                **project.environment,
                **(environment or {}),
            },
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            # A session whose terminal this is, so that ^C is a signal.
            preexec_fn=lambda: _take(theirs),  # noqa: PLW1509  (no thread runs here)
        )
        os.close(theirs)
        self._received = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def shown(self) -> str:
        """Everything that the terminal got so far."""
        return self._received.decode("utf-8", "backslashreplace")

    @property
    def last(self) -> str:
        """The last of it, for a test that fails."""
        return repr(self.shown[-800:])

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def wait_for(self, seen: Callable[[str], bool] | str) -> None:
        """Read until something is shown."""
        until = time.monotonic() + TIMEOUT
        while not (seen in self.shown if isinstance(seen, str) else seen(self.shown)):
            assert time.monotonic() < until, self.last
            assert self._read(), self.last

    def end(self) -> int:
        """Read to the end; return the exit code."""
        while self._read():
            pass
        return self.process.wait(TIMEOUT)

    def _read(self) -> bool:
        # Linux reports the end of a terminal as an input/output error.
        try:
            if not select.select([self._ours], [], [], TIMEOUT)[0]:
                return False
            piece = os.read(self._ours, 65536)
        except OSError:
            return False
        self._received += piece
        return bool(piece)


def _take(terminal: int) -> None:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def is_left_in_order(shown: str) -> bool:
    """Return whether a terminal is as it was: cursor shown, line ended, no colours."""
    cursor = [match[1] for match in _CURSOR.finditer(shown)]
    colours = [match[1] for match in _COLOUR.finditer(shown)]
    is_plain = not colours or colours[-1] in {"", "0"}
    line = re.split(r"\n|\x1b\[2K", shown)[-1]
    return cursor[-1:] != ["l"] and is_plain and not re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", line)
