"""ID3v2 tags as lists of frames: written as version 2.4.0, read as 2.3.0 or 2.4.0.

Sources: the ID3v2.3.0 and ID3v2.4.0 structure and native frames documents at id3.org. What is
written is UTF-8, without padding, unsynchronisation or extended header, so equal frames give equal
bytes. Reading believes no size beyond the tag and takes any bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from songbatch.audio.envelope import id3v2_size, unsynchsafe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UTF8 = b"\x03"
WRITTEN_KIND = b"\x04\x00\x00"
"""Version 2.4.0 with no flags."""

_LIMIT = 1 << 28
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_UNSYNCHRONISED, _EXTENDED = 0x80, 0x40
# Flags of a 2.4 frame: a group's byte, compressed, encrypted, unsynchronised, its length.
_GROUPED = 0x40
_PACKED = 0x08
_ENCRYPTED = 0x04
_STUFFED = 0x02
_MEASURED = 0x01
_OLD_UNREADABLE, _OLD_GROUPED = 0xC0, 0x20
"""Flags of a 2.3 frame: compressed or encrypted; a group's byte."""


class TagFrame(NamedTuple):
    """A frame: four letters and what they hold."""

    identity: bytes
    body: bytes


def write(frames: Iterable[TagFrame]) -> bytes | None:
    """Return the tag of these frames, or None if it would be larger than a tag can be."""
    frames = tuple(frames)
    size = sum(10 + len(frame.body) for frame in frames)
    if size >= _LIMIT:
        return None
    written = (f.identity + synchsafe(len(f.body)) + b"\0\0" + f.body for f in frames)
    return b"".join((b"ID3", WRITTEN_KIND, synchsafe(size), *written))


def synchsafe(number: int) -> bytes:
    """Return a number below 2²⁸ as four bytes of seven bits."""
    return bytes((number >> 21, number >> 14 & 0x7F, number >> 7 & 0x7F, number & 0x7F))


def read(data: bytes) -> list[TagFrame]:
    """Return the readable frames of the tag that `data` begins with, if any."""
    size = id3v2_size(data)
    if not 0 < size <= len(data) or data[3] not in {3, 4}:
        return []
    version, flags, body = data[3], data[5], data[10:size]
    if flags & _UNSYNCHRONISED and version == 3:
        body = _synchronised(body)
    if flags & _EXTENDED:
        body = body[_extension(body[:4], version) :]
    return list(_frames(body, version))


def _extension(size: bytes, version: int) -> int:
    return unsynchsafe(size.ljust(4, b"\0")) if version == 4 else 4 + int.from_bytes(size, "big")


def _frames(body: bytes, version: int) -> Iterator[TagFrame]:
    """Yield frames up to padding or to anything that is not a frame."""
    position = 0
    while position + 10 < len(body) and body[position] != 0:
        head = body[position : position + 10]
        size = unsynchsafe(head[4:8]) if version == 4 else int.from_bytes(head[4:8], "big")
        content = body[position + 10 : position + 10 + size]
        plain = _plain(content, head[9]) if version == 4 else _old_plain(content, head[9])
        if plain is not None:
            yield TagFrame(head[:4], plain)
        position += 10 + size


def _plain(content: bytes, flags: int) -> bytes | None:
    if flags & (_PACKED | _ENCRYPTED):
        return None
    content = content[1 if flags & _GROUPED else 0 :]
    content = content[4 if flags & _MEASURED else 0 :]
    return _synchronised(content) if flags & _STUFFED else content


def _old_plain(content: bytes, flags: int) -> bytes | None:
    if flags & _OLD_UNREADABLE:
        return None
    return content[1 if flags & _OLD_GROUPED else 0 :]


def _synchronised(data: bytes) -> bytes:
    return data.replace(b"\xff\x00", b"\xff")


def texts(body: bytes, start: int = 1) -> list[str]:
    """Return the texts behind `start` in a frame whose first byte names their encoding."""
    encoding = _ENCODINGS.get(body[0] if body else -1)
    if encoding is None:
        return []
    texts = body[start:].decode(encoding, errors="replace").split("\0")
    # In UTF-16 every text of a list has a byte order mark of its own.
    return [t.removeprefix("\ufeff") for t in texts] if encoding == "utf-16" else texts
