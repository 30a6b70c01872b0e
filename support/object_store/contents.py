"""What a store has, read and written behind the backs of its clients."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any, Protocol


class Contents(Protocol):
    """Names below the store's address, and their bytes; the same of both kinds of store."""

    @property
    def address(self) -> str:
        """What `--store` takes."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables a client needs."""

    def names(self) -> list[str]:
        """Return all names, sorted."""

    def read(self, name: str) -> bytes:
        """Return what stands under a name that there is."""

    def write(self, name: str, content: bytes) -> None:
        """Put this there, whatever was there."""

    def remove(self, name: str) -> None:
        """Delete what is there."""

    def age(self, name: str, seconds: float) -> None:
        """Let it be that old by the store's clock, until it is written again."""


def matching(contents: Contents, pattern: str) -> list[str]:
    """Return the names that a pattern as for files fits; its `*` fits slashes, too."""
    return [name for name in contents.names() if fnmatchcase(name, pattern)]


def everything(contents: Contents) -> dict[str, bytes]:
    """Return all that a store has, by name."""
    return {name: contents.read(name) for name in contents.names()}


def note(contents: Contents, name: str) -> dict[str, Any]:
    """Return a note of the store, which is a JSON object."""
    found = json.loads(contents.read(name))
    assert isinstance(found, dict)
    return found


def write_note(contents: Contents, name: str, value: object) -> None:
    """Write a value as JSON."""
    contents.write(name, json.dumps(value).encode())


def put_back(contents: Contents, before: dict[str, bytes]) -> None:
    """Let a store be as it was when `everything` returned this."""
    for name in contents.names():
        if name not in before:
            contents.remove(name)
    for name, content in before.items():
        contents.write(name, content)
