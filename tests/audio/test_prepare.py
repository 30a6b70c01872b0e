"""References in the form an engine takes."""

import wave
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray

from songbatch.audio.errors import AudioProblem
from songbatch.audio.prepare import prepare
from songbatch.audio.probe import probe
from songbatch.model import AudioFormat, ReferenceForm
from tests.audio.making import decoded, info_frame, level_of, mp3, riff, sine, wave_file

EXACT = ReferenceForm(format=AudioFormat.WAV, sample_rate=48000, seconds=30.0)
SMALL = ReferenceForm(
    format=AudioFormat.MP3, sample_rate=44100, channels=1, bitrate=64000, most_seconds=90.0
)


def frames(data: bytes) -> NDArray[np.int16]:
    with wave.open(BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48000, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


@pytest.mark.parametrize("seconds", [0.37, 11.0, 29.99, 30.0, 30.01, 47.0])
@pytest.mark.parametrize("rate", [22050, 48000])
def test_an_exact_length_is_met_to_the_sample(seconds: float, rate: int) -> None:
    sound = sine(997, rate, seconds) * np.linspace(0.3, 1, round(rate * seconds))[:, None]
    found = frames(prepare(wave_file(sound, rate, 1, 16), EXACT))
    assert len(found) == 1_440_000
    own = round(round(rate * seconds) * 48000 / rate)
    repeated = np.resize(found[:own], found.shape)
    assert np.array_equal(found, repeated)
    wanted = (sine(997, 48000, seconds + 1)[:own, 0] * np.linspace(0.3, 1, own))[:1_440_000]
    heard = found[:own, 0] / 32768
    assert np.abs(heard - wanted)[500:-500].max() < 1e-3


def test_a_reference_of_the_form_stays_as_it_is() -> None:
    data = wave_file(sine(440, 48000, 30), 48000, 1, 16)
    assert prepare(data, EXACT) == data


@pytest.mark.parametrize("seconds", [12.0, 89.99, 90.0, 100.0])
def test_mono_mp3_of_at_most_so_many_seconds(seconds: float) -> None:
    info = probe(prepared := prepare(wave_file(sine(997, 32000, seconds), 32000, 1, 16), SMALL))
    assert (info.format, info.sample_rate, info.channels) == (AudioFormat.MP3, 44100, 1)
    assert info.bitrate == pytest.approx(64000, rel=1e-3)
    assert info.seconds <= 90
    assert info.seconds == pytest.approx(min(seconds, 90), abs=0.06)
    middle = decoded(prepared, 1)[44100:-44100, 0]
    assert level_of(middle, 997, 44100) == pytest.approx(0.5 * 0.95, rel=1e-2)  # LAME turns down


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 32000, 44100, 48000])
def test_no_mp3_is_longer_than_its_bound(rate: int) -> None:
    for more in range(0, 1200, 97):
        bound = 1 + more / rate
        form = ReferenceForm(
            format=AudioFormat.MP3, sample_rate=rate, bitrate=64000, most_seconds=bound
        )
        info = probe(prepare(wave_file(sine(440, rate, 2), rate, 1, 16), form))
        assert bound - 3 * 1152 / rate < info.seconds <= bound


def test_mono_is_the_mean_of_both_sides() -> None:
    sound = sine(997, 48000, 2)
    sound[:, 1] *= 0.5
    form = ReferenceForm(format=AudioFormat.WAV, sample_rate=48000, channels=1)
    found = decoded(prepare(wave_file(sound, 48000, 1, 16), form), 1)
    assert np.abs(found - sound.mean(axis=1, keepdims=True)).max() < 1 / 32768


def test_mp3_is_prepared() -> None:
    found = frames(prepare(mp3(44100, 64, 1, seconds=12), EXACT))
    assert len(found) == 1_440_000
    assert np.array_equal(found[:, 0], found[:, 1])


def test_equal_references_give_equal_bytes() -> None:
    data = mp3(24000, 64, 1, seconds=3)
    for form in (EXACT, SMALL):
        assert prepare(data, form) == prepare(bytes(bytearray(data)), form)


@pytest.mark.parametrize(("encoding", "bits"), [(1, 8), (1, 16), (1, 24), (3, 32)])
@pytest.mark.parametrize("form", [EXACT, SMALL])
def test_silence_is_a_problem(encoding: int, bits: int, form: ReferenceForm) -> None:
    sound = np.zeros((48000 * 3, 2))
    if bits > 8:
        sound += 0.0009 * np.sign(sine(50, 48000, 3))
    with pytest.raises(AudioProblem, match=r"silent in the 3\.0 s") as caught:
        prepare(wave_file(sound, 48000, encoding, bits), form)
    assert caught.value.code == "no-audio"
    assert "music" in caught.value.fix


def test_music_that_the_engine_would_not_hear_is_silence() -> None:
    sound = sine(440, 16000, 40)
    sound[: 16000 * 31] = 0
    data = wave_file(sound, 16000, 1, 16)
    with pytest.raises(AudioProblem, match=r"silent in the 30\.0 s"):
        prepare(data, EXACT)
    assert prepare(data, SMALL)


def test_music_on_one_side_is_music() -> None:
    sound = sine(440, 48000, 1)
    sound[:, 0] = 0
    assert prepare(wave_file(sound, 48000, 1, 16), EXACT)


@pytest.mark.parametrize("data", [b"", b"words", riff(), info_frame(400) + mp3(seconds=3)])
def test_what_cannot_be_read_is_a_problem(data: bytes) -> None:
    with pytest.raises(AudioProblem) as caught:
        prepare(data, EXACT)
    assert caught.value.fix
