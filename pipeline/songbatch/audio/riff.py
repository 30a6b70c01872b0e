"""Chunks of RIFF files that hold WAVE, as programs write them: also behind ID3 tags, or unpadded.

Sources: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991);
EBU Tech 3306 and ITU-R BS.2088 for RF64 and BW64, whose sizes of 64 bits lie in a chunk `ds64`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from songbatch.audio.envelope import frames_start

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHUNKS = 10_000
PLAIN = b"RIFF"
_LONG = (b"RF64", b"BW64")
NO_SIZE = 0xFFFF_FFFF
_KNOWN = {
    b"fmt ", b"data", b"fact", b"LIST", b"JUNK", b"junk", b"FLLR", b"PAD ", b"bext", b"iXML",
    b"id3 ", b"ID3 ", b"cue ", b"smpl", b"inst", b"acid", b"axml", b"chna", b"cart", b"PEAK",
    b"ds64", b"levl", b"umid", b"_PMX", b"wavl", b"slnt", b"plst", b"DISP",
}  # fmt: skip
"""Names by which it is told whether a chunk of odd length was padded."""


class Chunk(NamedTuple):
    """A part of a RIFF file: its name, where its content begins, and its length by the header."""

    name: bytes
    start: int
    declared: int


def wave_start(data: bytes | memoryview) -> int | None:
    """Return where a WAVE file begins, behind ID3 tags if need be; None if there is none."""
    start = 0
    if bytes(data[:3]) == b"ID3":
        start = frames_start(data)
    head = bytes(data[start : start + 12])
    return start if head[:4] in (PLAIN, *_LONG) and head[8:] == b"WAVE" else None


def chunks(data: bytes | memoryview, position: int = 12, most: int = MAX_CHUNKS) -> Iterator[Chunk]:
    """Yield the chunks of a WAVE file from `position` on; of the last, not all need be there."""
    long_size: int | None = None
    for _ in range(most):
        if position + 8 > len(data):
            return
        chunk = Chunk(
            bytes(data[position : position + 4]), position + 8, number(data, position + 4)
        )
        if chunk.name == b"ds64":
            long_size = number(data, chunk.start + 8, 8)
        elif chunk.name == b"data" and chunk.declared == NO_SIZE and long_size is not None:
            chunk = chunk._replace(declared=long_size)
        yield chunk
        taken = chunk.declared
        if chunk.name == b"data":
            taken = max(taken, size_of_samples(chunk, len(data)))
        position = _next(data, chunk.start + taken, taken)


def _next(data: bytes | memoryview, end: int, taken: int) -> int:
    """Return where the next chunk begins: behind a byte of padding if the last one was odd.

    Some programs forget it.
    """
    if taken % 2 == 0:
        return end
    is_forgotten = _likelihood(data, end) > _likelihood(data, end + 1)
    return end if is_forgotten else end + 1


def _likelihood(data: bytes | memoryview, position: int) -> int:
    """Return how much a place looks like the beginning of a chunk: 2 surely, 0 not at all."""
    name = bytes(data[position : position + 4])
    if name in _KNOWN:
        return 2
    is_name = len(name) == 4 and all(0x20 <= letter < 0x7F for letter in name)
    return int(is_name and position + 8 + number(data, position + 4) <= len(data))


def number(data: bytes | memoryview, position: int, size: int = 4) -> int:
    """Return the number that `size` bytes spell, the lowest first."""
    return int.from_bytes(data[position : position + size], "little")


def size_of_samples(chunk: Chunk, length: int) -> int:
    """Return how many bytes of a data chunk are there, in a file of `length` bytes.

    One of no size is what a stream leaves behind: it has all the rest.
    """
    left = length - chunk.start
    return min(chunk.declared or left, left)
