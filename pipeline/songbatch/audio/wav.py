"""WAVE probing from the chunks of RIFF files; samples are never looked at.

Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991) and
the description of WAVE_FORMAT_EXTENSIBLE.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from songbatch.audio.errors import AudioProblem
from songbatch.audio.lacks import Lack, is_tolerable
from songbatch.audio.riff import NO_SIZE, PLAIN, chunks, size_of_samples, wave_start
from songbatch.model import AudioFormat, AudioInfo

if TYPE_CHECKING:
    from songbatch.audio.riff import Chunk

_MOST_HERTZ, _MOST_CHANNELS = 384_000, 254
"""What the decoder can do."""
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# Sub-formats of WAVE_FORMAT_EXTENSIBLE are the plain numbers with one of these tails.
_SUBFORMAT_TAILS = (
    bytes.fromhex("000000001000800000aa00389b71"),
    bytes.fromhex("00002107d3118644c8c1ca000000"),  # Ambisonics
)
_SAMPLE_BITS = {_PCM: range(1, 33), _FLOAT: (32, 64), 6: (8,), 7: (8,)}
"""Bits per sample of the encodings that every decoder knows: PCM, float, A-law, µ-law."""
_COMPRESSED = {2: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x55: "MP3"}
# Programs that write to a pipe cannot go back and fill in the size; they leave one of these.
_STREAMED_SIZES = range(0x7FFFF000, 0x1_0000_0000)
_FMT = struct.Struct("<HHIIHH")


class Layout(NamedTuple):
    """Format of samples: `rate` in Hz, `block` bytes are a sample of all channels together.

    Samples of PCM whose bits make no whole bytes lie in the upper bits.
    """

    encoding: int
    channels: int
    rate: int
    block: int


class Wav(msgspec.Struct, frozen=True):
    """Position and format of the samples of a WAVE file.

    The samples begin at byte `start` and take `size` bytes;
    `declared` is their size by the header. `is_strict`: the head is one that every program knows as
    WAVE, `is_plain`: any decoder reads the file as it is.
    """

    layout: Layout
    start: int
    size: int
    declared: int
    is_strict: bool
    is_plain: bool

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.layout.rate

    @property
    def block(self) -> int:
        """Bytes of a sample of all channels together."""
        return self.layout.block

    @property
    def is_float(self) -> bool:
        """Whether samples can lie beyond full scale."""
        return self.layout.encoding == _FLOAT

    @property
    def is_cut(self) -> bool:
        """Whether samples that the header promises are missing."""
        return self.declared > self.size and self.declared not in _STREAMED_SIZES

    @property
    def is_unfinished(self) -> bool:
        """Whether the size of the samples was never filled in."""
        return self.declared != self.size and not self.is_cut


def probe_wav(data: bytes | memoryview) -> tuple[AudioInfo, tuple[Lack, ...]]:
    """Measure a WAVE file, which `wave_start` has found; return what it lacks too.

    Raises AudioProblem.
    """
    wav = read_wav(data)
    samples = wav.size // wav.block
    if samples == 0 and not wav.is_cut:
        raise AudioProblem("no-audio", "the WAV file holds no samples")
    info = AudioInfo(
        format=AudioFormat.WAV,
        seconds=samples / wav.sample_rate,
        sample_rate=wav.sample_rate,
        channels=wav.layout.channels,
        bitrate=wav.sample_rate * wav.block * 8,
    )
    lacks = tuple(_lacks(wav))
    if wav.is_cut and not (samples and is_tolerable(wav.declared - wav.size, wav.declared)):
        raise AudioProblem("truncated", f"the WAV file {lacks[0].text}", info=info)
    return info, lacks


def _lacks(wav: Wav) -> list[Lack]:
    if wav.is_cut:
        there = f"{wav.size:,} of {wav.declared:,} bytes of samples are there"
        return [Lack("end", f"ends early: {there}")]
    if wav.is_unfinished:
        return [Lack("sizes", "has a header that was never completed; it is read to its end")]
    return []


def read_wav(data: bytes | memoryview) -> Wav:
    """Return where the samples lie; chunks come in any order. Raises AudioProblem."""
    begin = wave_start(data) or 0
    layout, is_usual, size = None, False, 0
    is_strict = bytes(data[:4]) == PLAIN
    samples: Chunk | None = None
    for chunk in chunks(data, begin + 12):
        # Odd only if a byte of padding was forgotten.
        is_strict = is_strict and chunk.start % 2 == 0
        if chunk.name == b"fmt " and layout is None:
            layout, is_usual = _layout(
                bytes(data[chunk.start : chunk.start + min(chunk.declared, 40)])
            )
            # Decoders are particular about what comes first.
            is_usual = is_usual and chunk.start == 20
        elif chunk.name == b"data" and samples is None:
            samples, size = chunk, size_of_samples(chunk, len(data))
        if layout and samples:
            declared = samples.declared
            is_plain = is_usual and is_strict and declared == size
            return Wav(layout, samples.start, size, declared, is_strict, is_plain)
    if layout is None:
        raise AudioProblem("damaged", "the WAV file does not say its sample rate (no fmt chunk)")
    raise AudioProblem("no-audio", "the WAV file holds no samples (no data chunk)")


def plain_head(wav: Wav, size: int) -> bytes:
    """Return the shortest head of a WAVE file for `size` bytes of these samples."""
    encoding, channels, rate, block = wav.layout
    byte_rate = min(rate * block, NO_SIZE)
    fmt = _FMT.pack(encoding, channels, rate, byte_rate, block, 8 * block // channels)
    head = b"WAVEfmt " + _four(len(fmt)) + fmt + b"data" + _four(size)
    return PLAIN + _four(len(head) + size + (size & 1)) + head


def _four(value: int) -> bytes:
    return min(value, NO_SIZE).to_bytes(4, "little")


def _layout(chunk: bytes) -> tuple[Layout, bool]:
    """Return the format of samples, and whether the fmt chunk is as every decoder knows it."""
    if len(chunk) < _FMT.size:
        raise AudioProblem("damaged", "the WAV file's fmt chunk is too short")
    encoding, channels, rate, _, block, bits = _FMT.unpack_from(chunk)
    is_known = encoding != _EXTENSIBLE or chunk[26:40] == _SUBFORMAT_TAILS[0]
    if encoding == _EXTENSIBLE:
        encoding = _extended(chunk, bits)
    if encoding not in _SAMPLE_BITS:
        name = _COMPRESSED.get(encoding, f"encoding {encoding:#06x}")
        raise AudioProblem("unsupported", f"the WAV file holds {name}; plain samples are needed")
    claim = f"{rate} Hz, {channels} channels, {bits} bits a sample"
    if rate == 0 or channels == 0 or bits == 0:
        raise AudioProblem("damaged", f"the WAV file claims {claim}")
    if rate > _MOST_HERTZ or channels > _MOST_CHANNELS or bits not in _SAMPLE_BITS[encoding]:
        raise AudioProblem("unsupported", f"the WAV file has {claim}, which no decoder here reads")
    width = -(-bits // 8)
    if block != channels * width:
        raise AudioProblem(
            "damaged",
            f"the WAV file contradicts itself: {channels} channels of {bits} bits "
            f"in {block} bytes a sample",
        )
    return Layout(encoding, channels, rate, block), is_known and bits == 8 * width


def _extended(chunk: bytes, bits: int) -> int:
    """Return the encoding that WAVE_FORMAT_EXTENSIBLE means.

    A chunk that ends before it says so is one of PCM, if it is of as few bits as only PCM has.
    """
    if chunk[26:40] in _SUBFORMAT_TAILS:
        return int.from_bytes(chunk[24:26], "little")
    return _PCM if len(chunk) < 40 and bits < 32 else _EXTENSIBLE
