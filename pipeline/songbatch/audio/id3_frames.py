"""Frames of ID3v2.2, 2.3 and 2.4 tags as they lie in a tag, brought into the form of 2.4.

Sources: the ID3v2.2.0, 2.3.0 and 2.4.0 documents at id3.org. Sizes of 2.4 are "synchsafe", seven
bits a byte, and those of 2.3 are not; programs confuse the two. As tag libraries do, this takes a
size that leads to no frame in the other way if that one does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from songbatch.audio.envelope import id3v2_size, unsynchsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
# Flags of a 2.4 frame: a group's byte, compressed, encrypted, unsynchronised, its length.
GROUPED = 0x40
PACKED = 0x08
ENCRYPTED = 0x04
_STUFFED = 0x02
MEASURED = 0x01
# The same of a 2.3 frame.
_OLD_PACKED, _OLD_ENCRYPTED, _OLD_GROUPED = 0x80, 0x40, 0x20
_LOOK = 4096
"""Bytes of padding that are looked at: there may be many."""
_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]")
"""Some programs write names of 2.2, filled up, into newer tags."""
_NAMES_OF_2_2 = {
    b"TT2": b"TIT2", b"TP1": b"TPE1", b"TP2": b"TPE2", b"TAL": b"TALB", b"TRK": b"TRCK",
    b"TYE": b"TYER", b"TCO": b"TCON", b"TCM": b"TCOM", b"TLA": b"TLAN", b"TXX": b"TXXX",
    b"COM": b"COMM", b"ULT": b"USLT", b"PIC": b"APIC", b"GEO": b"GEOB", b"UFI": b"UFID",
    b"TSS": b"TSSE", b"TEN": b"TENC", b"TCR": b"TCOP", b"TPB": b"TPUB", b"TRC": b"TSRC",
    b"TBP": b"TBPM", b"TKE": b"TKEY", b"TPA": b"TPOS", b"WXX": b"WXXX", b"WCP": b"WCOP",
    b"WAR": b"WOAR", b"WAF": b"WOAF", b"WAS": b"WOAS", b"POP": b"POPM", b"CNT": b"PCNT",
}  # fmt: skip
_PICTURES = {b"PNG": b"image/png", b"JPG": b"image/jpeg"}


class TagFrame(NamedTuple):
    """A frame: four letters, what it holds as it is stored, and its two bytes of flags in 2.4."""

    identity: bytes
    body: bytes
    flags: bytes = b"\0\0"


def stored_frames(data: bytes) -> Iterator[TagFrame]:
    """Yield the frames of the tag that `data` begins with, if any, up to its padding."""
    size = id3v2_size(data)
    if not 0 < size <= len(data) or data[3] not in {2, 3, 4}:
        return iter(())
    version, flags = data[3], data[5]
    body = data[10 : size - (10 if flags & _FOOTER else 0)]
    is_stuffed = bool(flags & _UNSYNCHRONISED)
    if is_stuffed and version < 4:
        body = _synchronised(body)
    if flags & _EXTENDED and version > 2:
        body = body[_extension(body[:4], version) :]
    if version == 2:
        return _frames_of_2_2(body)
    frames = _frames(body, version)
    if version == 3:
        return (_from_2_3(frame) for frame in frames)
    return (_without_stuffing(frame, is_stuffed=is_stuffed) for frame in frames)


def _synchronised(data: bytes) -> bytes:
    """Return bytes as they were before zeros were put behind those of eight ones."""
    return data.replace(b"\xff\x00", b"\xff")


def synchsafe(number: int) -> bytes:
    """Return a number below 2²⁸ as four bytes of seven bits."""
    return bytes((number >> 21, number >> 14 & 0x7F, number >> 7 & 0x7F, number & 0x7F))


def _extension(size: bytes, version: int) -> int:
    if version == 4:
        return unsynchsafe(size.ljust(4, b"\0"))
    return 4 + int.from_bytes(size, "big")


def _frames(body: bytes, version: int) -> Iterator[TagFrame]:
    """Yield frames as they are, up to padding or to anything that is not a frame."""
    position = 0
    while position + 10 < len(body) and _NAME.match(body, position):
        head = body[position : position + 10]
        begin = position + 10
        position = begin + _size(body, begin, head[4:8], version)
        yield TagFrame(head[:4], body[begin:position], head[8:10])


def _size(body: bytes, begin: int, digits: bytes, version: int) -> int:
    """Return the length of the frame whose content begins at `begin`."""
    plain = int.from_bytes(digits, "big")
    safe = unsynchsafe(digits) if max(digits) < 0x80 else plain
    usual, other = (safe, plain) if version == 4 else (plain, safe)
    if usual != other:
        for leads_on in (_is_frame_or_end, _is_padding):
            for size in (usual, other):
                if leads_on(body, begin + size, version):
                    return size
    return usual


def _is_frame_or_end(body: bytes, position: int, version: int) -> bool:
    """Return whether the tag ends there, or a frame begins: its name alone may be any words."""
    if position >= len(body) or not _NAME.match(body, position):
        return position == len(body)
    head = body[position : position + 10]
    left = len(body) - position - 10
    sizes = (int.from_bytes(head[4:8], "big"), unsynchsafe(head[4:8]))
    has_known_flags = not any(
        flag & unknown for flag, unknown in zip(head[8:], _UNKNOWN_FLAGS[version], strict=False)
    )
    return left > 0 and has_known_flags and min(sizes) <= left


_UNKNOWN_FLAGS = {3: (0x1F, 0x1F), 4: (0x8F, 0xB0)}
"""Bits of the two bytes of a frame's flags that the standards leave unset, by version."""


def _is_padding(body: bytes, position: int, _version: int) -> bool:
    return position < len(body) and not body[position : position + _LOOK].strip(b"\0")


def _without_stuffing(frame: TagFrame, *, is_stuffed: bool) -> TagFrame:
    if not (is_stuffed or frame.flags[1] & _STUFFED):
        return frame
    flags = bytes((frame.flags[0], frame.flags[1] & ~_STUFFED))
    return TagFrame(frame.identity, _synchronised(frame.body), flags)


def _from_2_3(frame: TagFrame) -> TagFrame:
    """Return a frame with the flags of 2.4, and what they announce in the order of 2.4."""
    status, old = frame.flags
    announced = 4 * bool(old & _OLD_PACKED) + bool(old & _OLD_ENCRYPTED) + bool(old & _OLD_GROUPED)
    if not old or len(frame.body) < announced:
        return frame._replace(flags=bytes((status >> 1, 0)))
    rest, new, length = frame.body, 0, b""
    if old & _OLD_PACKED:
        measured = int.from_bytes(rest[:4], "big") & 0x0FFF_FFFF
        length, rest, new = synchsafe(measured), rest[4:], PACKED | MEASURED
    method = rest[: bool(old & _OLD_ENCRYPTED)]
    group = rest[len(method) :][: bool(old & _OLD_GROUPED)]
    content = rest[len(method) + len(group) :]
    new |= ENCRYPTED * len(method) | GROUPED * len(group)
    return TagFrame(frame.identity, group + method + length + content, bytes((status >> 1, new)))


def _frames_of_2_2(body: bytes) -> Iterator[TagFrame]:
    """Yield the frames of 2.2 that have another name in 2.4."""
    position = 0
    while position + 6 < len(body) and body[position] != 0:
        name = body[position : position + 3]
        begin = position + 6
        position = begin + int.from_bytes(body[position + 3 : begin], "big")
        content = body[begin:position]
        if name == b"PIC":
            kind = _PICTURES.get(content[1:4], b"image/")
            content = content[:1] + kind + b"\0" + content[4:]
        if name in _NAMES_OF_2_2:
            yield TagFrame(_NAMES_OF_2_2[name], content)
