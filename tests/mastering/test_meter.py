"""Loudness and true peak, beside ffmpeg's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from songbatch.mastering.encoding import write_audio
from songbatch.mastering.meter import is_silent, loudness, measure_sound
from songbatch.mastering.whole import MasterSound
from tests.mastering.judges import ebur128, music, needs_ffmpeg


def pulses() -> np.ndarray:
    """Peaks that lie between samples: a tone of a quarter of the rate, an eighth of a turn off."""
    time = np.arange(44100)
    tone = 0.7 * np.sin(2 * np.pi * time / 4 + np.pi / 4)
    tone[:100] *= np.arange(100) / 100  # an abrupt beginning rings, and every meter rings otherwise
    tone[-100:] *= np.arange(100)[::-1] / 100
    return np.stack([tone, tone], axis=1).astype(np.float32)


@needs_ffmpeg
@pytest.mark.parametrize("sound", [music(), music(9.05, 2, 0.02), pulses()], ids=["a", "b", "c"])
def test_they_are_those_of_ffmpeg(sound: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    master = MasterSound(sound, sound)  # 24 bits need no 16
    with path.open("wb") as file:
        write_audio("wav24", [master], len(sound), "", file)
    measured = measure_sound([sound], 44100)
    loud, peak = ebur128(path)
    assert measured.lufs == pytest.approx(loud, abs=0.1)
    assert measured.dbtp == pytest.approx(peak, abs=0.15)


def test_a_peak_between_samples_is_found() -> None:
    measured = measure_sound([pulses()], 44100)
    assert np.abs(pulses()).max() < 0.5
    assert measured.peak == pytest.approx(0.7, abs=0.005)


@pytest.mark.parametrize("length", [1, 100, 4410, 44099, 100_000])
def test_pieces_of_any_length_measure_the_same(length: int) -> None:
    sound = music(3.0)
    pieces = (sound[at : at + length] for at in range(0, len(sound), length))
    if length == 1:
        sound = sound[:2000]
        pieces = (sound[at : at + 1] for at in range(len(sound)))
    assert measure_sound(pieces, 44100) == measure_sound([sound], 44100)


def test_gain_moves_the_measure_as_it_moves_the_sound() -> None:
    sound = music(3.0)
    turned = measure_sound([sound * np.float32(10 ** (-7.31 / 20))], 44100)
    told = measure_sound([sound], 44100).louder(-7.31)
    assert told.lufs == pytest.approx(turned.lufs, abs=0.001)
    assert told.dbtp == pytest.approx(turned.dbtp, abs=0.001)


def test_silence_at_the_ends_is_told_and_silence_alone_has_no_loudness() -> None:
    silence = np.zeros((22050, 2), np.float32)
    measured = measure_sound([silence, music(2.0), silence, silence], 44100)
    assert measured.lead == pytest.approx(0.5, abs=0.01)
    assert measured.trail == pytest.approx(1.0, abs=0.01)
    assert is_silent(measure_sound([silence], 44100))
    assert is_silent(measure_sound([], 44100))
    assert loudness([]) == -70.0
