"""An Ogg Opus file with another comment header; its pages of audio only get other numbers.

Sources: RFC 3533 (Ogg pages, lacing, checksums), RFC 7845 (OpusTags, gains to -23 LUFS).
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from songbatch.handover.carriers.errors import NotWritable
from songbatch.handover.carriers.vorbis import Fields, comments, picture, vendor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import AlbumCover
    from songbatch.handover.texts import ReplayGain

_R128_BELOW_REPLAYGAIN = 5.0
"""dB: gains here go to -23 LUFS, those of ReplayGain 2.0 to -18."""
_HEAD, _TAGS = b"OpusHead", b"OpusTags"
_SEGMENTS, _LACED = 255, 255
_CONTINUED = 1
_UNFINISHED = b"\xff" * 8
_REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


class OggPage(NamedTuple):
    """A page: its flags and granule position, its lacing values and what they divide."""

    flags: int
    granule: bytes
    serial: bytes
    laces: bytes
    body: bytes


def with_fields(
    audio: bytes, fields: Fields, cover: AlbumCover | None, gains: ReplayGain | None
) -> bytes:
    """Return an Opus file with these comments, gains and cover only. Raises NotWritable."""
    pages = list(_pages(audio))
    if len({page.serial for page in pages}) != 1 or not pages[0].body.startswith(_HEAD):
        raise NotWritable("not an Opus file with one stream")
    header, after = _comment_header(pages)
    said = (*fields, *_gains(gains))
    if cover is not None:
        said = (*said, ("METADATA_BLOCK_PICTURE", base64.b64encode(picture(cover)).decode()))
    packet = _TAGS + comments(vendor_of(header[len(_TAGS) :]), said)
    written = (pages[0], *_paged(packet, pages[0].serial), *pages[after:])
    return b"".join(_bytes(page, number) for number, page in enumerate(written))


def _gains(gains: ReplayGain | None) -> Fields:
    if gains is None:
        return ()
    return (
        ("R128_TRACK_GAIN", _fixed(gains.track_gain - _R128_BELOW_REPLAYGAIN)),
        ("R128_ALBUM_GAIN", _fixed(gains.album_gain - _R128_BELOW_REPLAYGAIN)),
    )


def _fixed(decibels: float) -> str:
    return str(min(max(round(256 * decibels), -32768), 32767))


def _pages(audio: bytes) -> Iterator[OggPage]:
    position = 0
    while position < len(audio):
        head = audio[position : position + 27]
        if len(head) < 27 or head[:5] != b"OggS\0":
            raise NotWritable("not an Ogg file, or one that is damaged")
        laces = audio[position + 27 : position + 27 + head[26]]
        begin = position + 27 + head[26]
        position = begin + sum(laces)
        if position > len(audio):
            raise NotWritable("an Ogg file whose end is missing")
        yield OggPage(head[5], head[6:14], head[14:18], laces, audio[begin:position])


def _comment_header(pages: list[OggPage]) -> tuple[bytes, int]:
    """Return the second packet, and the number of the page behind it."""
    packet = b""
    for number, page in enumerate(pages[1:], 1):
        packet += page.body
        if page.laces and page.laces[-1] < _LACED:
            if packet.startswith(_TAGS):
                return packet, number + 1
            break
    raise NotWritable("an Opus file without its second header")


def _paged(packet: bytes, serial: bytes) -> Iterator[OggPage]:
    """Yield the pages of a header: the last one ends with it, and has a granule position of 0."""
    full, rest = divmod(len(packet), _LACED)
    laces = bytes((_LACED,)) * full + bytes((rest,))
    begin = 0
    for number in range(0, len(laces), _SEGMENTS):
        mine = laces[number : number + _SEGMENTS]
        end = begin + sum(mine)
        granule = bytes(8) if number + _SEGMENTS >= len(laces) else _UNFINISHED
        yield OggPage(_CONTINUED if number else 0, granule, serial, mine, packet[begin:end])
        begin = end


def _bytes(page: OggPage, number: int) -> bytes:
    head = struct.pack("<4sBB8s4sI", b"OggS", 0, page.flags, page.granule, page.serial, number)
    rest = bytes((len(page.laces),)) + page.laces + page.body
    return b"".join((head, struct.pack("<I", checksum(head + bytes(4) + rest)), rest))


def checksum(page: bytes) -> int:
    """Return Ogg's CRC-32 of a page whose field for it is zero.

    It is that of zlib with bits in the other order, and with nothing before or after.
    """
    crc = zlib.crc32(page.translate(_REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_REVERSED), "big")
