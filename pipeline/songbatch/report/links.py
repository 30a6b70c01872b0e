"""Links from a page to audio: relative paths, addresses on a server, or the audio itself."""

from __future__ import annotations

import base64
import os
import posixpath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.formatting import size
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TYPES = {".mp3": "audio/mpeg", ".wav": "audio/wav"}


class Links(Protocol):
    """What a page that is put somewhere needs to know."""

    def to(self, file: str) -> str:
        """Return how the page names a file of the project (relative to it, POSIX)."""


class RelativeLinks(msgspec.Struct, frozen=True):
    """For a page that is a file in `folder`, of the project in `root`."""

    root: Path
    folder: Path

    def to(self, file: str) -> str:
        """Return a path relative to the page."""
        try:
            return quote(os.path.relpath(self.root / file, self.folder).replace(os.sep, "/"))
        except ValueError:  # on another drive
            return (self.root / file).as_uri()


MAX_EMBEDDED_BYTES = 192 * 2**20
"""Of audio in one page; making it takes seven times that in memory."""


class EmbeddedLinks(msgspec.Struct):
    """For a page that carries all audio in itself; `read` returns the bytes of a project's file."""

    read: Callable[[str], bytes]
    left: int = MAX_EMBEDDED_BYTES
    """Bytes that there is room for."""

    def to(self, file: str) -> str:
        """Return the file as a data URL.

        Raises UsageError if the page becomes too large, or the file cannot be read any more.
        """
        kind = _TYPES.get(posixpath.splitext(file)[1].lower(), "audio/mpeg")
        try:
            data = self.read(file)
        except Unreadable as error:
            raise UsageError(f"cannot read {file}: {error.reason}", fix=error.fix) from error
        self.left -= len(data)
        if self.left < 0:
            raise UsageError(
                f"a page holds at most {size(MAX_EMBEDDED_BYTES)} of audio, and {file} is too much",
                fix="name fewer specs, or omit --embed",
            )
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"


class ServedLinks(msgspec.Struct, frozen=True):
    """For a page that a server answers beside the project's files, which lie below `prefix`."""

    prefix: str
    files: set[str] = msgspec.field(default_factory=set)
    """What was linked to so far."""

    def to(self, file: str) -> str:
        """Return the file's path on the server."""
        self.files.add(file)
        return f"{self.prefix}/{quote(file)}"
