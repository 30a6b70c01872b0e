"""How a page reaches audio: by a path relative to itself, by an address, or by carrying it."""

from __future__ import annotations

import base64
import os
import posixpath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import msgspec

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


class EmbeddedLinks(msgspec.Struct, frozen=True):
    """For a page that carries all audio in itself; `read` returns the bytes of a project's file."""

    read: Callable[[str], bytes]

    def to(self, file: str) -> str:
        """Return the file as a data URL."""
        kind = _TYPES.get(posixpath.splitext(file)[1].lower(), "audio/mpeg")
        return f"data:{kind};base64,{base64.b64encode(self.read(file)).decode()}"


class ServedLinks(msgspec.Struct, frozen=True):
    """For a page that a server answers beside the project's files, which lie below `prefix`."""

    prefix: str
    files: set[str] = msgspec.field(default_factory=set)
    """What was linked to so far."""

    def to(self, file: str) -> str:
        """Return the file's path on the server."""
        self.files.add(file)
        return f"{self.prefix}/{quote(file)}"
