"""ID3v2 tags as lists of frames: written as version 2.4.0, read as any (`id3_frames`).

Sources: the ID3v2.3.0 and ID3v2.4.0 structure and native frames documents at id3.org. What is
written is UTF-8, without padding, unsynchronisation or extended header, so equal frames give equal
bytes. Reading believes no size beyond the tag and takes any bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.envelope import id3v2_size
from songbatch.audio.id3_frames import (
    ENCRYPTED,
    GROUPED,
    MEASURED,
    PACKED,
    TagFrame,
    stored_frames,
    synchsafe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UTF8 = b"\x03"
WRITTEN_KIND = b"\x04\x00\x00"
"""Version 2.4.0 with no flags."""

_LIMIT = 1 << 28
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def write(frames: Iterable[TagFrame]) -> bytes | None:
    """Return the tag of these frames, or None if it would be larger than a tag can be."""
    frames = tuple(frames)
    size = sum(10 + len(frame.body) for frame in frames)
    if size >= _LIMIT:
        return None
    written = (f.identity + synchsafe(len(f.body)) + f.flags + f.body for f in frames)
    return b"".join((b"ID3", WRITTEN_KIND, synchsafe(size), *written))


def read(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return names and contents of the readable frames of the tag that `data` begins with."""
    plain = ((frame.identity, _plain(frame)) for frame in stored_frames(data))
    return [(identity, content) for identity, content in plain if content is not None]


def read_all(data: bytes) -> Iterator[tuple[TagFrame, bytes]]:
    """Yield the frames of all leading tags as stored, each with its readable content.

    The content is b"" if it cannot be read.
    """
    position = 0
    while size := id3v2_size(data, position):
        for frame in stored_frames(data[position : position + size]):
            yield frame, _plain(frame) or b""
        position += size


def _plain(frame: TagFrame) -> bytes | None:
    flags, content = frame.flags[1], frame.body
    if flags & (PACKED | ENCRYPTED):
        return None
    content = content[1 if flags & GROUPED else 0 :]
    return content[4 if flags & MEASURED else 0 :]


def texts(body: bytes, start: int = 1) -> list[str]:
    """Return the texts behind `start` in a frame whose first byte names their encoding."""
    encoding = _ENCODINGS.get(body[0] if body else -1)
    if encoding is None:
        return []
    texts = body[start:].decode(encoding, errors="replace").split("\0")
    # In UTF-16 every text of a list has a byte order mark of its own.
    return [t.removeprefix("\ufeff") for t in texts] if encoding == "utf-16" else texts
