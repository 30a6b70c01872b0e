"""Gapless MP3: a first frame without music that says where the sound begins and ends.

An MP3 is longer than what was encoded: its encoder begins late, and its last frame is filled up.
Players drop both where a header of Xing's kind, with LAME's part behind it, says how much that is.
"""

from __future__ import annotations

import struct

import numpy as np

from songbatch.audio.mpeg import parse

DELAY = 576
"""Samples by which LAME begins late; decoders add 529, and know that."""
_HEADER = 4
_SAID = 0b1111
"""Frames, bytes, a table of places and a quality are there."""
_CONSTANT = 1
"""The bit rate does not change."""
_MOST_KBITS = 255
_ROWS = 4096
_CRC = [0] * 256
for _byte in range(256):
    _crc = _byte
    for _ in range(8):
        _crc = _crc >> 1 ^ (0xA001 if _crc & 1 else 0)
    _CRC[_byte] = _crc


def with_gapless_header(music: bytes, frames: int, bitrate: int) -> bytes:
    """Return an MP3 of LAME's, of so many bits a second all through, with such a frame before it.

    `frames` are the samples of each channel that were encoded. Players that do not know it play
    a frame of silence more.
    """
    first = parse(music[:_HEADER])
    if first is None:
        raise ValueError("not an MP3")
    count = _count(music)
    padding = count * first.samples - DELAY - frames
    padded = music[2] >> 1 & 1
    length = first.length - padded
    head = bytes((music[0], music[1] | 1, music[2] & ~2, music[3])) + bytes(first.side_info)
    size = length + len(music)
    places = bytes(256 * part // 100 for part in range(100))
    xing = struct.pack(">4sIII100sI", b"Info", _SAID, count, size, places, 0)
    # Lowpass, peak, gains and source are left at 0, which is: not told.
    kbits = min(_MOST_KBITS, bitrate // 1000)
    trim = (DELAY << 12 | padding).to_bytes(3, "big")
    lame = struct.pack(
        ">9sB10xB3s4xIH", b"LAME3.100", _CONSTANT, kbits, trim, size, _checksum(music)
    )
    said = head + xing + lame
    return (said + struct.pack(">H", _checksum(said))).ljust(length, b"\0") + music


def _count(music: bytes) -> int:
    """Return how many frames an MP3 without tags has."""
    count = at = 0
    while (frame := parse(music[at : at + _HEADER])) is not None and frame.length:
        at += frame.length
        count += 1
    return count


def _checksum(data: bytes) -> int:
    """Return the CRC-16 of such headers: x¹⁶ + x¹⁵ + x² + 1, low bits first, from 0.

    Rows of the data are done side by side, and then put together: it is linear, and zeros in
    front change nothing.
    """
    columns = -(-len(data) // _ROWS)
    rows = np.frombuffer(data.rjust(_ROWS * columns, b"\0"), np.uint8).reshape(_ROWS, columns)
    table = np.array(_CRC, np.uint16)
    crcs = np.zeros(_ROWS, np.uint16)
    for column in np.ascontiguousarray(rows.T):
        crcs = crcs >> 8 ^ table[(crcs ^ column) & 0xFF]
    over = np.uint16(1) << np.arange(16, dtype=np.uint16)  # a row of zeros, behind each bit
    for _ in range(columns):
        over = over >> 8 ^ table[over & 0xFF]
    bits = [int(one) for one in over]
    crc = 0
    for row in crcs:
        moved = 0
        for bit in range(16):
            if crc >> bit & 1:
                moved ^= bits[bit]
        crc = moved ^ int(row)
    return crc
