"""Standard output and error of a run that must not die of them.

A reader may leave, a terminal may close, a disk may fill: whoever writes then gets no exception,
for it may be a thread that has just been answered. The run is stopped once, and ends gently.
Standard error that was closed beforehand was not wanted, and stops nothing.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Outlet:
    """Writes lines until standard output or error breaks; then `broken` says why."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self._on_break: Callable[[], None] = lambda: None
        if sys.stdout is None or sys.stdout.closed:
            self.break_off("standard output is closed")

    def on_break(self, stop: Callable[[], None]) -> None:
        """Call `stop` once something breaks, or now if it has. It may come from any thread."""
        self._on_break = stop
        if self.broken is not None:
            stop()

    def print(self, line: str) -> None:
        """Write a line to standard output, unless that is broken."""
        if self.broken is None:
            with self.survived():
                click.echo(line)

    def say_why(self) -> None:
        """Say on standard error, if that still works, why the run has ended."""
        if self.broken is not None:
            with self.survived():
                click.echo(f"stopped: {unwritten(self.broken)}", err=True)

    @contextlib.contextmanager
    def survived(self) -> Iterator[None]:
        """Let output break inside, and remember it. ValueError is what a closed file raises."""
        try:
            yield
        except (OSError, ValueError) as error:
            self.break_off(str(error))

    def break_off(self, why: str) -> None:
        """Remember why nothing can be written any more, and have the run stopped."""
        if self.broken is None:
            self.broken = why
            silence()
            self._on_break()


def unwritten(why: str) -> str:
    """Return what is said of output that cannot be written."""
    return f"output cannot be written: {why}"


class Guarded(io.TextIOBase):
    """A stream in front of another, for libraries that write from threads of their own."""

    def __init__(self, stream: TextIO, outlet: Outlet) -> None:
        self._stream = stream
        self._outlet = outlet

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream behind."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """Return whether the stream behind is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor of the stream behind."""
        return self._stream.fileno()

    def write(self, text: str, /) -> int:
        """Write, unless output is broken."""
        if self._outlet.broken is None:
            with self._outlet.survived():
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, unless output is broken."""
        if self._outlet.broken is None:
            with self._outlet.survived():
                self._stream.flush()


def silence() -> None:
    """Let what is written to streams that are broken go nowhere, what is buffered, too."""
    nowhere = os.open(os.devnull, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, io.StringIO())
            continue
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
            continue
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            setattr(sys, name, io.StringIO())
    os.close(nowhere)
