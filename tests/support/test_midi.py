"""The bench's reader of tempo maps, the truth about real recordings."""

from __future__ import annotations

import struct

import pytest

from support.truth import midi


def chart(*tracks: bytes, division: int = 480) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), division)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(t)) + t for t in tracks)


def tempo(wait: bytes, bpm: float) -> bytes:
    return wait + b"\xff\x51\x03" + round(6e7 / bpm).to_bytes(3, "big")


END = b"\x00\xff\x2f\x00"
NOTES = b"\x00\x90\x3c\x64\x83\x60\x3c\x00"
"""A note of a beat (480 ticks, two bytes of seven bits), its end under a running status."""


def test_a_tempo_lasts_until_the_next_one() -> None:
    tempi = tempo(b"\x00", 120) + tempo(b"\x8f\x00", 90) + b"\x87\x40" + END[1:]
    read = midi.read(chart(tempi, NOTES + END))
    first, *_, last = read.stretches
    assert first.start == 0.0
    assert first.bpm == pytest.approx(120.0)
    assert last.start == pytest.approx(2.0)
    assert last.end == pytest.approx(2.0 + 4 / 3)
    assert last.bpm == pytest.approx(90.0, abs=1e-3)
    assert read.main_bpm(180.0) == 120.0
    assert read.main_bpm(3.0) == 120.0


def test_without_a_tempo_it_is_120() -> None:
    read = midi.read(chart(NOTES + END, division=96))
    assert {stretch.bpm for stretch in read.stretches} == {120.0}
    assert read.stretches[-1].end == pytest.approx(2.5)


@pytest.mark.parametrize("data", [b"", b"RIFF....", chart(END, division=0xE728)])
def test_what_counts_no_beats_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"MIDI|film"):
        midi.read(data)
