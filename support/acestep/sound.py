"""The songs: 48 kHz stereo, decided by what they are made of, in every container."""

from __future__ import annotations

import array
import hashlib
import math
import struct
import sys
from typing import Any

import lameenc

RATE = 48000
CONTENT_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac"}
FLOAT, PLAIN, EXTENSIBLE = 3, 1, 0xFFFE
"""Format tags of WAV."""
_SUBTYPE = bytes.fromhex("000000001000800000aa00389b71")
_BLOCK = RATE
_CRC16 = 0x8005


def song(container: str, seconds: float, made_of: Any, tag: int = PLAIN) -> bytes:
    """Return a song; equal `made_of` (by its repr) gives equal bytes. `tag` is for WAV."""
    samples = _samples(seconds, hashlib.sha256(repr(made_of).encode()).digest())
    if container == "mp3":
        return _mp3(samples)
    return _flac(samples) if container == "flac" else _wav(samples, tag)


def _samples(seconds: float, digest: bytes) -> array.array[int]:
    # Whole numbers of hertz: a second repeats without a seam.
    low, high = 100 + digest[0] * 2 + digest[1] % 2, 700 + int.from_bytes(digest[2:4]) % 3000
    left = 4000 + 40 * digest[4]
    one = array.array("h")
    for position in range(RATE):
        turn = 2 * math.pi * position / RATE
        value = math.sin(turn * low) + 0.4 * math.sin(turn * high)
        one.extend((round(left * value / 1.4), round(9000 * value / 1.4)))
    count = 2 * round(seconds * RATE)
    return (one * (count // len(one) + 1))[:count]


def _little_endian(samples: array.array[int]) -> bytes:
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()


def _wav(samples: array.array[int], tag: int) -> bytes:
    width = 4 if tag == FLOAT else 2
    data = _little_endian(samples)
    if tag == FLOAT:
        data = struct.pack(f"<{len(samples)}f", *(sample / 32768 for sample in samples))
    form = struct.pack("<HHIIHH", tag, 2, RATE, RATE * 2 * width, 2 * width, 8 * width)
    if tag == EXTENSIBLE:
        form += struct.pack("<HHIH", 22, 16, 3, PLAIN) + _SUBTYPE
    chunks = _chunk(b"fmt ", form) + _chunk(b"data", data)
    return _chunk(b"RIFF", b"WAVE" + chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _mp3(samples: array.array[int]) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(RATE)
    encoder.set_out_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_bit_rate(128)
    encoder.set_quality(7)
    return bytes(encoder.encode(_little_endian(samples))) + bytes(encoder.flush())


def _flac(samples: array.array[int]) -> bytes:
    """FLAC that says every sample as it is: no smaller than WAV, and quick to make."""
    packed = (RATE << 44) | (1 << 41) | (15 << 36) | (len(samples) // 2)
    info = struct.pack(">HH", _BLOCK, _BLOCK) + bytes(6) + packed.to_bytes(8)
    info += hashlib.md5(_little_endian(samples)).digest()
    whole = _subframes(samples[: 2 * _BLOCK])
    frames = []
    for number, start in enumerate(range(0, len(samples), 2 * _BLOCK)):
        count = min(len(samples) - start, 2 * _BLOCK) // 2
        payload, crc = whole if count == _BLOCK else _subframes(samples[start:])
        head = b"\xff\xf8\x7a\x18" + _coded(number) + struct.pack(">H", count - 1)
        head += bytes([_crc(head, 8)])
        # The sum of both parts: that of the head, moved on by the payload, and the payload's.
        moved = _product(_crc(head, 16), _power(8 * len(payload)))
        frames += [head, payload, struct.pack(">H", moved ^ crc)]
    return b"fLaC\x80" + len(info).to_bytes(3) + info + b"".join(frames)


def _subframes(samples: array.array[int]) -> tuple[bytes, int]:
    channels = [struct.pack(f">{len(samples) // 2}h", *samples[side::2]) for side in (0, 1)]
    payload = b"".join(b"\x02" + channel for channel in channels)
    return payload, _crc(payload, 16)


def _coded(number: int) -> bytes:
    return chr(number).encode()


def _table(width: int, polynomial: int) -> list[int]:
    top, mask = 1 << (width - 1), (1 << width) - 1
    table = []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return table


_TABLES = {8: _table(8, 0x07), 16: _table(16, _CRC16)}


def _crc(data: bytes, width: int) -> int:
    table, mask, shift = _TABLES[width], (1 << width) - 1, width - 8
    value = 0
    for byte in data:
        value = ((value << 8) & mask) ^ table[(value >> shift) ^ byte]
    return value


def _product(one: int, other: int) -> int:
    value = 0
    for bit in range(15, -1, -1):
        value = ((value << 1) ^ _CRC16 if value & 0x8000 else value << 1) & 0xFFFF
        if other >> bit & 1:
            value ^= one
    return value


def _power(exponent: int) -> int:
    value, square = 1, 2
    while exponent:
        if exponent & 1:
            value = _product(value, square)
        square = _product(square, square)
        exponent >>= 1
    return value
