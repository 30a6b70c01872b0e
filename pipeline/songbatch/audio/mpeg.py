"""MPEG audio frame headers: four bytes with the length and format of a frame.

Source: ISO/IEC 11172-3 and 13818-3; MPEG 2.5 is the usual extension to 8, 11.025 and 12 kHz.
"""

from __future__ import annotations

import re

import msgspec

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz by the version bits of the header: MPEG 1, 2, 2.5."""

_KBITS = {
    (3, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG 1 or later, layer) and the header's four bits; the first means "free format"."""

LAYER3_START = re.compile(
    rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][%s]"
    % re.escape(bytes(b for b in range(0x10, 0xF0) if b >> 2 & 3 != 3))
)
"""Finds what may be the start of a Layer III frame."""


class MpegFrame(msgspec.Struct, frozen=True):
    """One header, understood. `length` in bytes (0 for free format), `samples` per channel."""

    version: int
    layer: int
    sample_rate: int
    channels: int
    length: int
    samples: int
    has_checksum: bool

    def continues(self, other: MpegFrame) -> bool:
        """Return whether the two can be frames of one stream."""
        return (self.version, self.layer, self.sample_rate) == (
            other.version,
            other.layer,
            other.sample_rate,
        )

    @property
    def side_info(self) -> int:
        """Bytes of Layer III side information: a Xing header stands right behind them."""
        if self.version == 3:
            return 17 if self.channels == 1 else 32
        return 9 if self.channels == 1 else 17


def parse(header: bytes) -> MpegFrame | None:
    """Return the frame that `header` (4 bytes) announces, or None if it is not an MPEG header."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, bitrate_index = header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or layer == 4 or rate_index == 3 or bitrate_index == 15:
        return None
    kbits = _KBITS[3 if version == 3 else 2, layer][bitrate_index]
    rate = _RATES[version][rate_index]
    samples = _samples(version, layer)
    padding = header[2] >> 1 & 1
    return MpegFrame(
        version=version,
        layer=layer,
        sample_rate=rate,
        channels=1 if header[3] >> 6 == 3 else 2,
        length=_length(layer, samples, kbits, rate, padding) if kbits else 0,
        samples=samples,
        has_checksum=not header[1] & 1,
    )


def _samples(version: int, layer: int) -> int:
    if layer == 1:
        return 384
    return 576 if layer == 3 and version != 3 else 1152


def _length(layer: int, samples: int, kbits: int, rate: int, padding: int) -> int:
    if layer == 1:
        return (12 * kbits * 1000 // rate + padding) * 4
    return samples // 8 * kbits * 1000 // rate + padding
