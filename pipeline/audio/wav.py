"""Measure RIFF WAVE files from their chunks; samples are never looked at.

Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991) and
the description of WAVE_FORMAT_EXTENSIBLE.
"""

from __future__ import annotations

import struct

import msgspec

from pipeline.audio.problem import AudioProblem
from pipeline.model import AudioFormat, AudioInfo

_MAX_CHUNKS = 10_000
_EXTENSIBLE = 0xFFFE
# Sub-formats of WAVE_FORMAT_EXTENSIBLE are the plain numbers with this tail.
_SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_SAMPLE_BITS = {1: (8, 16, 24, 32), 3: (32, 64), 6: (8,), 7: (8,)}
"""Bits per sample of the encodings that every decoder knows: PCM, float, A-law, µ-law."""
_COMPRESSED = {2: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x55: "MP3"}
# Programs that write to a pipe cannot go back and fill in the size; they leave one of these.
_STREAMED_SIZES = range(0x7FFFF000, 0x1_0000_0000)


class _Layout(msgspec.Struct, frozen=True):
    """What the `fmt ` chunk says: Hz, channels, bytes per sample of all channels together."""

    sample_rate: int
    channels: int
    block: int


def probe_wav(data: bytes | memoryview) -> AudioInfo:
    """Measure the WAVE file `data`, which starts with `RIFF….WAVE`. Raises AudioProblem."""
    layout, size = _read_chunks(data)
    samples = size // layout.block
    if samples == 0:
        raise AudioProblem("no-audio", "the WAV file holds no samples")
    return AudioInfo(
        format=AudioFormat.WAV,
        seconds=samples / layout.sample_rate,
        sample_rate=layout.sample_rate,
        channels=layout.channels,
        bitrate=layout.sample_rate * layout.block * 8,
    )


def _read_chunks(data: bytes | memoryview) -> tuple[_Layout, int]:
    """Return the layout and the number of bytes of samples; chunks come in any order."""
    layout: _Layout | None = None
    size: int | None = None
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(data) or (layout and size is not None):
            break
        name, declared = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"fmt ":
            layout = _layout(bytes(data[position : position + min(declared, 40)]))
        elif name == b"data":
            size = _data_size(declared, len(data) - position)
            declared = max(declared, size)
        position += declared + (declared & 1)
    if layout is None:
        raise AudioProblem("damaged", "the WAV file does not say its sample rate (no fmt chunk)")
    if size is None:
        raise AudioProblem("no-audio", "the WAV file holds no samples (no data chunk)")
    return layout, size


def _data_size(declared: int, left: int) -> int:
    if declared == 0 or (declared in _STREAMED_SIZES and declared > left):
        return left
    if declared > left:
        raise AudioProblem(
            "truncated",
            f"the WAV file ends early: {left:,} of {declared:,} bytes of samples are there",
        )
    return declared


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
    return _Layout(rate, channels, block)
