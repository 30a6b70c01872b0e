"""A FLAC with comments and cover in front of its frames. Source: RFC 9639, section 8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.envelope import frames_start
from songbatch.handover.carriers.errors import NotWritable
from songbatch.handover.carriers.vorbis import Fields, comments, picture, vendor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import AlbumCover

_MARK = b"fLaC"
_STREAM, _PADDING, _COMMENTS, _PICTURE = 0, 1, 4, 6
_LAST = 0x80
_MOST_BLOCKS = 1024
_LIMIT = 1 << 24


def with_fields(audio: bytes, fields: Fields, cover: AlbumCover | None) -> bytes:
    """Return a FLAC file with these comments and this cover only. Raises NotWritable."""
    start = frames_start(audio)
    blocks, end = _blocks(audio, start)
    vendor = next((vendor_of(body) for kind, body in blocks if kind == _COMMENTS), b"songbatch")
    kept = [block for block in blocks if block[0] not in {_PADDING, _COMMENTS, _PICTURE}]
    kept.append((_COMMENTS, comments(vendor, fields)))
    if cover is not None:
        kept.append((_PICTURE, picture(cover)))
    return b"".join((_MARK, *_written(kept), audio[end:]))


def _blocks(audio: bytes, start: int) -> tuple[list[tuple[int, bytes]], int]:
    """Return the metadata blocks, and where the frames begin."""
    if audio[start : start + 4] != _MARK:
        raise NotWritable("not a FLAC file")
    position, blocks = start + 4, list[tuple[int, bytes]]()
    for _ in range(_MOST_BLOCKS):
        head = audio[position : position + 4]
        end = position + 4 + int.from_bytes(head[1:4], "big")
        if len(head) < 4 or end > len(audio):
            break
        blocks.append((head[0] & 0x7F, audio[position + 4 : end]))
        position = end
        if head[0] & _LAST:
            if blocks[0][0] != _STREAM:
                break
            return blocks, position
    raise NotWritable("a FLAC file that is cut or damaged")


def _written(blocks: list[tuple[int, bytes]]) -> Iterator[bytes]:
    for number, (kind, body) in enumerate(blocks, 1):
        if len(body) >= _LIMIT:
            raise NotWritable("lyrics or a cover of 16 MiB and more do not go into FLAC")
        last = _LAST if number == len(blocks) else 0
        yield bytes((kind | last,)) + len(body).to_bytes(3, "big") + body
