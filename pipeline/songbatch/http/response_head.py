"""The head of an HTTP response, rewritten so that the standard library can read it.

The library gives up on a response for its head alone: for more than a hundred fields, a long line,
`HTTP/2 200`. And after a line that is not a field it ignores the rest, even a price. The bytes
behind such a head may be paid for.
"""

from __future__ import annotations

import re
from http.client import HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAX_INTERIM = 1000
"""Interim responses to one request: more than one a second while a song is made."""

MAX_HEAD_BYTES = 2**20
"""Of all heads of one response together."""

MAX_LINE_BYTES = 32 * 2**10
"""A longer field is left out; a longer status line is cut."""

MAX_FIELDS = 90
"""The library takes a hundred lines."""

_SWITCHING_PROTOCOLS = 101
_STATUS = re.compile(
    rb"[ \t]*HTTP/(?P<version>[0-9](?:\.[0-9])?)[ \t]+(?P<rest>(?P<code>[0-9]{3})(?![^ \t\r\n]).*)",
    re.IGNORECASE | re.DOTALL,
)
_FIELD = re.compile(rb"[!-9;-~]++[ \t]*+:")
_WANTED = re.compile(
    rb"(?:connection|content-|date|location|retry-after|transfer-encoding|x-aimlapi-|x-inference-id)",
    re.IGNORECASE,
)


def final_head(file: BinaryIO) -> bytes:
    """Read heads until that of the final response, and return it; what follows it is left.

    101 is final: what follows it is another protocol. A first line that is no status is returned
    alone, and nothing at all if nothing came. Raises HTTPException if there is no end.
    """
    lines = _lines(file)
    for _ in range(MAX_INTERIM):
        first = next((line for line in lines if line.strip()), b"")
        status = _STATUS.match(first)
        if status is None:
            return first
        fields = _fields(lines)
        code = int(status["code"])
        if code // 100 != 1 or code == _SWITCHING_PROTOCOLS:
            version = b"1.0" if status["version"] == b"1.0" else b"1.1"
            return b"HTTP/%b %b\r\n%b\r\n" % (version, status["rest"].strip(), b"".join(fields))
    raise HTTPException("interim answers without end")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines, with their ends; of long ones the beginning."""
    left = MAX_HEAD_BYTES
    while line := file.readline(MAX_LINE_BYTES):
        left -= len(line)
        yield line
        while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES)):
            left -= len(line)
        if left < 0:
            raise HTTPException("a head without end")


def _fields(lines: Iterator[bytes]) -> list[bytes]:
    """Return the fields up to the empty line, each on one line; the wanted ones first, if many."""
    fields: list[bytes] = []
    for line in lines:
        text = line.rstrip(b"\r\n")
        if not text:
            break
        if text[:1] in b" \t" and fields:
            fields[-1] += b" " + text.strip()
        elif _FIELD.match(text) and line.endswith(b"\n"):
            fields.append(text)
    if len(fields) > MAX_FIELDS:
        fields.sort(key=lambda field: _WANTED.match(field) is None)
    return [field.replace(b"\r", b" ") + b"\r\n" for field in fields[:MAX_FIELDS]]
