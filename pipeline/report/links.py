"""How a page reaches audio: by a path relative to itself, by an address, or by carrying it."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
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
    """For a page that carries all audio of the project in `root` in itself."""

    root: Path

    def to(self, file: str) -> str:
        """Return the file as a data URL."""
        path = self.root / file
        kind = _TYPES.get(path.suffix.lower(), "audio/mpeg")
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


class ServedLinks(msgspec.Struct, frozen=True):
    """For a page that a server answers beside the project's files, which lie below `prefix`."""

    prefix: str
    files: set[str] = msgspec.field(default_factory=set)
    """What was linked to so far."""

    def to(self, file: str) -> str:
        """Return the file's path on the server."""
        self.files.add(file)
        return f"{self.prefix}/{quote(file)}"
