"""What a song could follow: noise of any colour holds nothing, and drums, rain and voices do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from songbatch.audio.contents import Contents, contents
from songbatch.audio.decode import float_pieces
from songbatch.audio.encode import encode, sixteen_bit
from songbatch.audio.probe import probe
from songbatch.model import AudioFormat, AudioSetting
from support.references import voice
from tests.audio.making import mp3, wave_file

RATE, SECONDS = 22050, 12
COUNT = RATE * SECONDS
TIME = np.arange(COUNT) / RATE
Signal = NDArray[np.float64]


def noise(shape: Callable[[Signal], Signal] = np.ones_like, seed: int = 1) -> Signal:
    """Normal noise, its spectrum multiplied by `shape` of frequencies in Hz; peak 0.5."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(COUNT))
    frequencies = np.maximum(np.fft.rfftfreq(COUNT, 1 / RATE), 20)
    return scaled(np.fft.irfft(spectrum * shape(frequencies), COUNT))


def scaled(sound: Signal) -> Signal:
    scale: float = 0.5 / np.abs(sound).max()
    return sound * scale


def found(sound: Signal, rate: int = RATE) -> Contents:
    data = wave_file(sound[:, None], rate, 1, 16)
    return contents(data, probe(data), None)


NOISES = {
    "white": noise(),
    "pink": noise(lambda hertz: hertz**-0.5),
    "brown": noise(lambda hertz: 1 / hertz),
    "blue": noise(lambda hertz: hertz**0.5),
    "wind": noise(lambda hertz: 1 / (1 + (hertz / 400) ** 4)),
    "a telephone": noise(
        lambda hertz: 1 / ((1 + (300 / hertz) ** 4) * (1 + (hertz / 3400) ** 4)),
    ),
    "hiss behind a steep filter": noise(lambda hertz: np.where(hertz > 4000, 1, 1e-4)),
    "rumble behind a steep filter": noise(lambda hertz: np.where(hertz < 300, 1, 1e-4)),
    "rumble": noise(lambda hertz: 1 / (1 + (hertz / 150) ** 4)),
    "the sea": scaled(noise(lambda hertz: hertz**-0.5) * (1 + 0.9 * np.sin(TIME))),
    "that fades in": noise() * np.linspace(0, 1, COUNT),
    "after silence": noise() * (TIME > 4),
}


@pytest.mark.parametrize("name", NOISES)
def test_noise_holds_nothing(name: str) -> None:
    assert found(NOISES[name]).is_noise


@pytest.mark.parametrize("rate", [8000, 16000, 48000, 96000])
def test_noise_is_noise_at_any_rate(rate: int) -> None:
    assert found(NOISES["pink"], rate).is_noise


@given(colour=st.floats(-1, 2), level=st.floats(0.02, 1), seed=st.integers(0, 999))
def test_noise_of_any_colour_and_level_holds_nothing(
    colour: float, level: float, seed: int
) -> None:
    assert found(level * noise(lambda hertz: hertz ** (-colour / 2), seed)).is_noise


def strokes(every: float, lasts: float) -> Signal:
    return scaled(noise() * np.exp(-np.mod(TIME, every) / lasts))


PULSES = {
    "hats": strokes(0.25, 0.02),
    "a slow snare": strokes(1.5, 0.1),
    "hats over as much noise": scaled(strokes(0.25, 0.02) + 0.5 * noise()),
}


@pytest.mark.parametrize("name", PULSES)
def test_drums_are_no_noise_and_no_voice(name: str) -> None:
    heard = found(PULSES[name])
    assert (heard.is_noise, heard.may_have_voice) == (False, False)


CHORD = np.sin(2 * np.pi * np.outer(TIME, (220.0, 277.2, 329.6))).sum(axis=1)
HISS = np.random.default_rng(1).normal(0, 2.4, COUNT)
NOTES = {
    "a chord": scaled(CHORD),
    "a distorted chord": scaled(np.tanh(50 * CHORD)),
    "a chord in twice as much noise": scaled(
        CHORD + 2.4 * np.random.default_rng(1).normal(size=COUNT)
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_notes_that_stay_are_no_noise(name: str) -> None:
    assert not found(NOTES[name]).is_noise


VOICES = {
    "low": voice((43, 45, 48, 50)),
    "high": voice((65, 69, 72, 76)),
    "gliding": mp3(seconds=12),
}


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("share", [0, 1])
def test_a_voice_is_heard_also_through_as_much_noise(name: str, share: float) -> None:
    data = VOICES[name]
    info = probe(data)
    sound = np.concatenate(
        [np.frombuffer(piece, np.float32) for piece in float_pieces(data, info, RATE)]
    ).reshape(-1, info.channels)[:, 0]
    hiss = np.random.default_rng(2).normal(size=len(sound)) * share * sound.std()
    heard = found(scaled(sound + hiss), info.sample_rate)
    assert (heard.is_noise, heard.may_have_voice) == (False, True)


def test_noise_that_was_coded_as_mp3_is_noise() -> None:
    pieces = [sixteen_bit(np.repeat(noise(), 2).astype(np.float32))]
    data = encode(pieces, AudioSetting(AudioFormat.MP3, RATE, 64000))
    assert contents(data, probe(data), None).is_noise


def test_one_side_is_looked_at_where_the_other_cancels_it() -> None:
    sides = np.stack([scaled(CHORD), -scaled(CHORD)], axis=1)
    data = wave_file(sides, RATE, 1, 16)
    assert contents(data, probe(data), None).is_noise
    assert not contents(data, probe(data), 1).is_noise
