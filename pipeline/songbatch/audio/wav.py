"""WAVE probing from the chunks of RIFF files; samples are never looked at.

Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991) and
the description of WAVE_FORMAT_EXTENSIBLE.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from songbatch.audio.errors import AudioProblem
from songbatch.model import AudioFormat, AudioInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHUNKS = 10_000
_FLOAT = 3
_EXTENSIBLE = 0xFFFE
# Sub-formats of WAVE_FORMAT_EXTENSIBLE are the plain numbers with this tail.
_SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_SAMPLE_BITS = {1: (8, 16, 24, 32), 3: (32, 64), 6: (8,), 7: (8,)}
"""Bits per sample of the encodings that every decoder knows: PCM, float, A-law, µ-law."""
_COMPRESSED = {2: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x55: "MP3"}
# Programs that write to a pipe cannot go back and fill in the size; they leave one of these.
_STREAMED_SIZES = range(0x7FFFF000, 0x1_0000_0000)


class Wav(msgspec.Struct, frozen=True):
    """Position and format of the samples of a WAVE file.

    `sample_rate` in Hz; `block` bytes are a sample of all channels together. `is_float`: samples
    can lie beyond full scale. They begin at byte `start` and take `size` bytes; `declared` is their
    size by the header.
    """

    sample_rate: int
    channels: int
    block: int
    is_float: bool
    start: int
    size: int
    declared: int

    @property
    def is_cut(self) -> bool:
        """Whether samples that the header promises are missing."""
        return self.declared > self.size and self.declared not in _STREAMED_SIZES


def probe_wav(data: bytes | memoryview) -> AudioInfo:
    """Measure the WAVE file `data`, which starts with `RIFF….WAVE`. Raises AudioProblem."""
    wav = read_wav(data)
    samples = wav.size // wav.block
    if samples == 0 and not wav.is_cut:
        raise AudioProblem("no-audio", "the WAV file holds no samples")
    info = AudioInfo(
        format=AudioFormat.WAV,
        seconds=samples / wav.sample_rate,
        sample_rate=wav.sample_rate,
        channels=wav.channels,
        bitrate=wav.sample_rate * wav.block * 8,
    )
    if wav.is_cut:
        detail = f"{wav.size:,} of {wav.declared:,} bytes of samples are there"
        raise AudioProblem("truncated", f"the WAV file ends early: {detail}", info=info)
    return info


def read_wav(data: bytes | memoryview) -> Wav:
    """Return where the samples lie; chunks come in any order. Raises AudioProblem."""
    layout: _Layout | None = None
    samples: Chunk | None = None
    size = 0
    for chunk in chunks(data):
        if chunk.name == b"fmt ":
            layout = _layout(bytes(data[chunk.start : chunk.start + min(chunk.declared, 40)]))
        elif chunk.name == b"data":
            samples, size = chunk, size_of_samples(chunk, len(data))
        if layout and samples:
            return Wav(*layout, samples.start, size, samples.declared)
    if layout is None:
        raise AudioProblem("damaged", "the WAV file does not say its sample rate (no fmt chunk)")
    raise AudioProblem("no-audio", "the WAV file holds no samples (no data chunk)")


class Chunk(NamedTuple):
    """A part of a RIFF file: its name, where its content begins, and its length by the header."""

    name: bytes
    start: int
    declared: int


def chunks(data: bytes | memoryview, position: int = 12, most: int = MAX_CHUNKS) -> Iterator[Chunk]:
    """Yield the chunks of a WAVE file from `position` on; of the last, not all need be there."""
    for _ in range(most):
        if position + 8 > len(data):
            return
        chunk = Chunk(bytes(data[position : position + 4]), position + 8, _size(data, position + 4))
        yield chunk
        taken = chunk.declared
        if chunk.name == b"data":
            taken = max(taken, size_of_samples(chunk, len(data)))
        position = chunk.start + taken + (taken & 1)


def _size(data: bytes | memoryview, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "little")


def size_of_samples(chunk: Chunk, length: int) -> int:
    """Return how many bytes of a data chunk are there, in a file of `length` bytes.

    One of no size is what a stream leaves behind: it has all the rest.
    """
    left = length - chunk.start
    return min(chunk.declared or left, left)


class _Layout(NamedTuple):
    sample_rate: int
    channels: int
    block: int
    is_float: bool


def _layout(chunk: bytes) -> _Layout:
    if len(chunk) < 16:
        raise AudioProblem("damaged", "the WAV file's fmt chunk is too short")
    encoding, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if encoding == _EXTENSIBLE and chunk[26:40] == _SUBFORMAT_TAIL:
        encoding = int.from_bytes(chunk[24:26], "little")
    if encoding not in _SAMPLE_BITS:
        name = _COMPRESSED.get(encoding, f"encoding {encoding:#06x}")
        raise AudioProblem("unsupported", f"the WAV file holds {name}; plain samples are needed")
    if rate == 0 or channels == 0 or bits == 0:
        raise AudioProblem(
            "damaged", f"the WAV file claims {rate} Hz, {channels} channels, {bits} bits a sample"
        )
    if bits not in _SAMPLE_BITS[encoding] or block != channels * bits // 8:
        raise AudioProblem(
            "damaged",
            f"the WAV file contradicts itself: {channels} channels of {bits} bits "
            f"in {block} bytes a sample",
        )
    return _Layout(rate, channels, block, encoding == _FLOAT)
