"""True sizes for WAVE files, and the way back to the bytes as they were received.

A program that writes WAVE to a pipe cannot go back to fill in its length, and leaves 0, 0xFFFFFFFF
or the like; strict programs then refuse the file, or show hours. The true sizes are written here,
and what stood there instead goes into a chunk of ours at the end, which readers skip: the bytes as
they were received can be had back.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING

from songbatch.audio.riff import MAX_CHUNKS, chunks
from songbatch.audio.wav import read_wav

if TYPE_CHECKING:
    from songbatch.audio.riff import Chunk
    from songbatch.audio.wav import Wav

_OURS = b"sgbh"
_OWNER = b"songbatch\0"
_ORIGINAL = struct.Struct("<IIII")
"""The number that stood as the file's size; the start of the samples, and the number that stood as
their size; how many of the bytes came in front of this chunk. Those that came behind follow."""
_MOST_BEHIND = 1000
"""Chunks behind the samples that are kept as chunks."""


def sized(received: bytes) -> tuple[bytes, memoryview, bytes]:
    """Return a received WAVE file with its true sizes, in three pieces that follow each other.

    They are the bytes as they are if its header is right. Raises AudioProblem for a file whose
    samples cannot be found.
    """
    wav, whole = read_wav(received), memoryview(received)
    end = _end(received, wav) if wav.size >= wav.block else None
    if end is None:
        return b"", whole, b""
    riff = int.from_bytes(received[4:8], "little")
    original = _ORIGINAL.pack(riff, wav.start, wav.declared, end) + whole[end:]
    added = bytes(end & 1) + _chunk(_OURS, _OWNER + original)
    samples = wav.declared if _is_right(wav) else end - wav.start
    head = b"".join(
        (b"RIFF", _number(end + len(added) - 8), whole[8 : wav.start - 4], _number(samples))
    )
    return head, whole[wav.start : end], added


def unsized(output: bytes) -> bytes:
    """Return what `sized` was given, or `output` itself if the last chunk is not ours."""
    last = _last(output)
    content = output[last.start : last.start + last.declared] if last is not None else b""
    if last is None or last.name != _OURS or not content.startswith(_OWNER):
        return output
    original, behind = content[len(_OWNER) :][: _ORIGINAL.size], len(_OWNER) + _ORIGINAL.size
    if len(original) < _ORIGINAL.size:
        return output
    riff, start, declared, end = _ORIGINAL.unpack(original)
    return b"".join(
        (
            b"RIFF",
            _number(riff),
            output[8 : start - 4],
            _number(declared),
            output[start:end],
            content[behind:],
        )
    )


def _end(received: bytes, wav: Wav) -> int | None:
    """Return where the whole chunks of a file end whose header is wrong, or None if it is right."""
    if not _is_right(wav):
        return wav.start + wav.size // wav.block * wav.block
    riff_end = 8 + int.from_bytes(received[4:8], "little")
    if wav.start + wav.size <= riff_end <= len(received):
        return None
    end = wav.start + wav.size
    for chunk in islice(chunks(received, end + (end & 1)), _MOST_BEHIND):
        # Samples again, of no size, would swallow everything.
        if chunk.name == b"data" or chunk.start + chunk.declared > len(received):
            break
        end = chunk.start + chunk.declared
    return end


def _is_right(wav: Wav) -> bool:
    return wav.declared == wav.size


def _last(output: bytes) -> Chunk | None:
    """Return the chunk that a file ends with, to the byte."""
    if output[:4] != b"RIFF" or output[8:12] != b"WAVE":
        return None
    for chunk in chunks(output, most=MAX_CHUNKS + _MOST_BEHIND + 1):
        if chunk.start + chunk.declared + (chunk.declared & 1) == len(output):
            return chunk
    return None


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + _number(len(content)) + content + bytes(len(content) & 1)


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")
