"""Ogg files with equal bytes for equal contents: libsndfile numbers streams by chance.

Source: RFC 3533, the page header and its checksum.
"""

from __future__ import annotations

import zlib

_PAGE = b"OggS"
_HEAD = 27
_SERIAL, _CHECKSUM, _SEGMENTS = slice(14, 18), slice(22, 26), 26
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def with_serial(data: bytes, serial: int) -> bytes:
    """Return an Ogg file of one stream under this number. Raises ValueError for anything else."""
    out = bytearray(data)
    at = 0
    while at < len(out):
        if out[at : at + 4] != _PAGE or at + _HEAD > len(out):
            raise ValueError("not an Ogg file")
        lacing = out[at + _HEAD : at + _HEAD + out[at + _SEGMENTS]]
        end = at + _HEAD + len(lacing) + sum(lacing)
        page = out[at:end]
        page[_SERIAL] = serial.to_bytes(4, "little")
        page[_CHECKSUM] = bytes(4)
        page[_CHECKSUM] = checksum(page).to_bytes(4, "little")
        out[at:end] = page
        at = end
    return bytes(out)


def checksum(page: bytes | bytearray) -> int:
    """Return a page's CRC, which is that of zlib with every bit the other way round."""
    mirrored = zlib.crc32(bytes(page).translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED), "big")
