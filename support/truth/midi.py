"""The tempo map of a standard MIDI file (RP-001), such as a game's chart of a recording."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_BEAT = 500_000
"""Microseconds of a beat before anything is said: 120 bpm."""

TEMPO, END = 0x51, 0x2F
DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
"""After a status, by its upper half."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` (s) to `end` the tempo is `bpm`."""

    start: float
    end: float
    bpm: float


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Stretches of steady tempo, one after another."""

    stretches: tuple[Stretch, ...]

    def main_bpm(self, seconds: float) -> float:
        """Return the tempo that lasts longest in the first `seconds`."""
        lasting: dict[float, float] = {}
        for stretch in self.stretches:
            length = min(stretch.end, seconds) - min(stretch.start, seconds)
            bpm = round(stretch.bpm, 2)
            lasting[bpm] = lasting.get(bpm, 0.0) + length
        return max(lasting, key=lambda bpm: lasting[bpm])


def read(data: bytes) -> TempoMap:
    """Read the bytes of a MIDI file. Raises ValueError where they are none with beats."""
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"MThd":
        raise ValueError("not a MIDI file")
    (division,) = struct.unpack(">H", chunks[0][1][4:6])
    if division & 0x8000:
        raise ValueError("counts frames of film, not beats")
    events = sorted(event for kind, track in chunks if kind == b"MTrk" for event in _metas(track))
    return TempoMap(tuple(_stretches(events, division)))


def _stretches(events: list[tuple[int, int, bytes]], division: int) -> Iterator[Stretch]:
    tick, at, beat = 0, 0.0, DEFAULT_BEAT
    for when, kind, content in events:
        end = at + (when - tick) / division * beat / 1e6
        if end > at:
            yield Stretch(at, end, 6e7 / beat)
        tick, at = when, end
        if kind == TEMPO:
            beat = int.from_bytes(content, "big")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack(">4sI", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length


def _metas(track: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield tick, kind and content of tempi and the track's end."""
    at, tick, status = 0, 0, 0
    while at < len(track):
        wait, at = _number(track, at)
        tick += wait
        if track[at] & 0x80:
            status, at = track[at], at + 1
        if status == 0xFF:
            kind = track[at]
            length, at = _number(track, at + 1)
            if kind in {TEMPO, END}:
                yield tick, kind, track[at : at + length]
            at += length
        elif status in {0xF0, 0xF7}:
            length, at = _number(track, at)
            at += length
        else:
            at += DATA_BYTES[status >> 4]


def _number(track: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the place behind it."""
    value = 0
    while True:
        byte = track[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
