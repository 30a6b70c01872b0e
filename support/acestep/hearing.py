"""How the model hears an audio file that it is given."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from fractions import Fraction

WINDOW = 30
"""Seconds of a reference that are heard as they are; others are cut in pieces at random."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An audio file; `steady` if it is heard in the same way each time, `seconds` if known."""

    digest: str
    seconds: Fraction | None

    @property
    def steady(self) -> bool:
        """Whether it, repeated whole, is exactly as long as what is heard of it."""
        return bool(self.seconds) and Fraction(WINDOW, self.seconds or 1).denominator == 1


def hear(content: bytes) -> Heard | None:
    """Return what is heard of a file: None if it cannot be read, or is silent."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return _hear_wav(content)
    if content[:4] == b"fLaC" and len(content) >= 42:
        packed = int.from_bytes(content[18:26])
        rate, samples = packed >> 44, packed & (2**36 - 1)
        return _heard(content, Fraction(samples, rate) if rate and samples else None)
    if content[:3] == b"ID3" or content[:4] == b"OggS" or _is_mpeg(content):
        return _heard(content, None)
    return None


def _heard(content: bytes, seconds: Fraction | None) -> Heard:
    return Heard(hashlib.sha256(content).hexdigest(), seconds)


def _is_mpeg(content: bytes) -> bool:
    return len(content) > 100 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0


def _hear_wav(content: bytes) -> Heard | None:
    frame, rate, position = 0, 0, 12
    while position + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, position)
        chunk = content[position + 8 : position + 8 + size]
        if name == b"fmt " and len(chunk) >= 16:
            rate, _, frame = struct.unpack_from("<IIH", chunk, 4)
        if name == b"data":
            audible = frame and rate and any(chunk)
            return _heard(content, Fraction(len(chunk) // frame, rate)) if audible else None
        position += 8 + size + size % 2
    return None
