"""How the spec room asks for text files. It opens none itself; the workspace does."""

from __future__ import annotations

from typing import Protocol

from songbatch.diagnostics import Source


class Unreadable(Exception):
    """A file that cannot be had; `reason` says why, `fix` what to do, each in a few words."""

    def __init__(self, reason: str, fix: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix


class Files(Protocol):
    """Where text files come from."""

    def read(self, path: str) -> Source:
        """Return the file at `path`: relative to the project, POSIX. Raises Unreadable."""


def as_source(path: str, data: bytes) -> Source:
    """Return the text of a file's bytes. Raises Unreadable where they are none."""
    try:
        return Source(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"it is not UTF-8 text: line {line} has the byte 0x{data[error.start]:02x}",
            fix="save the file with the encoding UTF-8",
        ) from error
