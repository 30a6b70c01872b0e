"""True sizes for WAVE files, and the way back to the bytes as they were received.

A program that writes WAVE to a pipe cannot go back to fill in its length, and leaves 0, 0xFFFFFFFF
or the like; strict programs then refuse the file, or show hours. The true sizes are written here,
and what stood there instead goes into a chunk of ours at the end, which readers skip: the bytes as
they were received can be had back.

So can those of a file that strict programs do not know for WAVE: behind an ID3 tag, RF64, or with
odd chunks that are not padded. Its whole head goes into that chunk, in another form.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING

from songbatch.audio.riff import MAX_CHUNKS, PLAIN, chunks, number
from songbatch.audio.wav import plain_head, read_wav

if TYPE_CHECKING:
    from songbatch.audio.riff import Chunk
    from songbatch.audio.wav import Wav

_OURS = b"sgbh"
_OWNER = b"songbatch\0"
_ORIGINAL = struct.Struct("<IIII")
"""The number that stood as the file's size; the start of the samples, and the number that stood as
their size; how many of the bytes came in front of this chunk. Those that came behind follow."""
_OWNER_OF_HEAD = b"songbatch head\0"
_OTHER_HEAD = struct.Struct("<III")
"""The start and the end of the samples in this file, and the length of the head that stood in front
of them. The head follows, then what came behind the samples."""
_MOST_BEHIND = 1000
"""Chunks behind the samples that are kept as chunks."""


def sized(received: bytes) -> tuple[bytes, memoryview, bytes]:
    """Return a received WAVE file with its true sizes, in three pieces that follow each other.

    They are the bytes as they are if its header is right. Raises AudioProblem for a file whose
    samples cannot be found.
    """
    wav, whole = read_wav(received), memoryview(received)
    if not wav.is_strict:
        return _with_another_head(whole, wav)
    end = _end(received, wav) if wav.size >= wav.block else None
    if end is None:
        return b"", whole, b""
    riff = number(received, 4)
    original = _ORIGINAL.pack(riff, wav.start, wav.declared, end) + whole[end:]
    added = bytes(end & 1) + _chunk(_OURS, _OWNER + original)
    samples = wav.declared if _is_right(wav) else end - wav.start
    head = b"".join((PLAIN, _four(end + len(added) - 8), whole[8 : wav.start - 4], _four(samples)))
    return head, whole[wav.start : end], added


def _with_another_head(received: memoryview, wav: Wav) -> tuple[bytes, memoryview, bytes]:
    end = wav.start + wav.size // wav.block * wav.block
    samples, head = received[wav.start : end], plain_head(wav, end - wav.start)
    places = _OTHER_HEAD.pack(len(head), len(head) + len(samples), wav.start)
    kept = b"".join((_OWNER_OF_HEAD, places, received[: wav.start], received[end:]))
    added = bytes(len(samples) & 1) + _chunk(_OURS, kept)
    riff = _four(len(head) + len(samples) + len(added) - 8)
    return head[:4] + riff + head[8:], samples, added


def unsized(output: bytes) -> bytes:
    """Return what `sized` was given, or `output` itself if the last chunk is not ours."""
    last = _last(output)
    if last is None or last.name != _OURS:
        return output
    content = output[last.start : last.start + last.declared]
    if content.startswith(_OWNER_OF_HEAD):
        return _with_its_head(output, content[len(_OWNER_OF_HEAD) :])
    behind = len(_OWNER) + _ORIGINAL.size
    if not content.startswith(_OWNER) or len(content) < behind:
        return output
    riff, start, declared, end = _ORIGINAL.unpack(content[len(_OWNER) : behind])
    return b"".join(
        (
            PLAIN,
            _four(riff),
            output[8 : start - 4],
            _four(declared),
            output[start:end],
            content[behind:],
        )
    )


def _with_its_head(output: bytes, kept: bytes) -> bytes:
    if len(kept) < _OTHER_HEAD.size:
        return output
    start, end, length = _OTHER_HEAD.unpack(kept[: _OTHER_HEAD.size])
    rest = kept[_OTHER_HEAD.size :]
    return b"".join((rest[:length], output[start:end], rest[length:]))


def _end(received: bytes, wav: Wav) -> int | None:
    """Return where the whole chunks of a file end whose header is wrong, or None if it is right."""
    if not _is_right(wav):
        return wav.start + wav.size // wav.block * wav.block
    riff_end = 8 + number(received, 4)
    if wav.start + wav.size <= riff_end <= len(received):
        return None
    end = wav.start + wav.size
    for chunk in islice(chunks(received, end + (end & 1)), _MOST_BEHIND):
        # Samples again, of no size, would swallow everything. One at an odd place, before which a
        # byte of padding was forgotten, no strict program finds: it goes into our chunk.
        is_odd = chunk.start % 2 == 1
        if chunk.name == b"data" or is_odd or chunk.start + chunk.declared > len(received):
            break
        end = chunk.start + chunk.declared
    return end


def _is_right(wav: Wav) -> bool:
    return wav.declared == wav.size


def _last(output: bytes) -> Chunk | None:
    """Return the chunk that a file ends with, to the byte."""
    if output[:4] != PLAIN or output[8:12] != b"WAVE":
        return None
    for chunk in chunks(output, most=MAX_CHUNKS + _MOST_BEHIND + 1):
        if chunk.start + chunk.declared + (chunk.declared & 1) == len(output):
            return chunk
    return None


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + _four(len(content)) + content + bytes(len(content) & 1)


def _four(value: int) -> bytes:
    return value.to_bytes(4, "little")
