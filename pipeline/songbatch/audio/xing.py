"""Xing, LAME and VBRI headers: a first frame without music that states the length of the file.

Sources: the Xing VBR header and the "Mp3 info tag" descriptions (LAME); VBRI by Fraunhofer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from songbatch.audio.mpeg import MpegFrame

_ENCODERS = (b"LAME", b"Lavf", b"Lavc")
"""Encoders whose header also states delay and padding."""


class Promise(msgspec.Struct, frozen=True):
    """A header's contents: frames of music (0 if not stated), samples to drop at start and end."""

    frames: int = 0
    delay: int = 0
    padding: int = 0


NO_PROMISE = Promise()


def read_promise(data: bytes, frame: MpegFrame) -> Promise | None:
    """Return what the frame in `data` promises, or None if it is a frame of music."""
    if data[36:40] == b"VBRI":
        return Promise(frames=int.from_bytes(data[50:54], "big"))
    plain = 4 + frame.side_info
    for start in (plain, plain + 2) if frame.has_checksum else (plain,):
        if data[start : start + 4] in (b"Xing", b"Info"):
            return _xing(data[start:])
    return None


def _xing(data: bytes) -> Promise:
    flags = int.from_bytes(data[4:8], "big")
    frames = int.from_bytes(data[8:12], "big") if flags & 1 else 0
    sizes = ((1, 4), (2, 4), (4, 100), (8, 4))
    encoder = 8 + sum(size for flag, size in sizes if flags & flag)
    if data[encoder : encoder + 4] not in _ENCODERS or len(data) < encoder + 24:
        return Promise(frames)
    trim = int.from_bytes(data[encoder + 21 : encoder + 24], "big")
    return Promise(frames, delay=trim >> 12, padding=trim & 0xFFF)
