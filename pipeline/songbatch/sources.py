"""Text files and places in them: how they are asked for, and what was read. Opens none itself."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A text file as it was read: `path` as people know it (relative to the project, POSIX)."""

    path: str
    text: str

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its line end, or "" past the end."""
        lines = _lines(self)
        return lines[number - 1].removesuffix("\r") if 0 < number <= len(lines) else ""


@functools.lru_cache(maxsize=16)
def _lines(source: Source) -> list[str]:
    # Only \n and \r\n end a line for YAML and Jinja2; str.splitlines() knows too many.
    return source.text.split("\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source. Lines and columns count from 1, columns in characters; end exclusive.

    `line == 0` means the file as a whole.
    """

    source: Source
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    @property
    def path(self) -> str:
        """The path of the file this points into."""
        return self.source.path

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Unreadable(Exception):
    """A file that cannot be had; `reason` says why, `fix` what to do, each in a few words.

    `is_missing`: there is none.
    """

    def __init__(self, reason: str, fix: str = "", *, is_missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
        self.is_missing = is_missing


class Files(Protocol):
    """Where text files come from."""

    def read(self, path: str) -> Source:
        """Return the file at `path`: relative to the project, POSIX. Raises Unreadable."""

    def read_data(self, path: str) -> bytes:
        """Return the bytes of a text file in whatever encoding. Raises Unreadable."""

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, for messages; none if there is no such."""
