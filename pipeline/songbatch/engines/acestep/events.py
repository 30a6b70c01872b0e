"""Server-sent events, as a stream of JSON objects: lines `data: {…}`, at the end `data: [DONE]`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DATA = b"data:"
_DONE = b"[DONE]"


class NotAnEvent(Exception):
    """A line of data that is not a JSON object; `line` has its beginning."""

    def __init__(self, line: bytes) -> None:
        super().__init__("an event is not a JSON object")
        self.line = line[:1000].decode("utf-8", "replace")


def events(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the objects in a stream, up to its `[DONE]` or its end. Raises NotAnEvent.

    Comments, other fields and empty lines are passed over. A song is one line of many megabytes.
    """
    for line in _lines(pieces):
        if not line.startswith(_DATA):
            continue
        data = line[len(_DATA) :].strip()
        if data == _DONE:
            return
        if data:
            yield parsed_object(data)


def parsed_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object in some bytes. Raises NotAnEvent."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise NotAnEvent(data) from None
    if not isinstance(found, dict):
        raise NotAnEvent(data)
    return found


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in pieces:
        first, *rest = piece.split(b"\n")
        held.append(first)
        for each in rest:
            yield b"".join(held).rstrip(b"\r")
            held = [each]
    if any(held):
        yield b"".join(held).rstrip(b"\r")
