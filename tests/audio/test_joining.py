"""Parts become one song: to the sample where they overlap, without a click where they do not."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from songbatch.audio.encode import encode, sixteen_bit
from songbatch.audio.joining import FADE_SECONDS, Overlap, join
from songbatch.audio.probe import probe
from songbatch.model import AudioFormat, AudioSetting

RATE = 16000
WAV = AudioSetting(AudioFormat.WAV, RATE)
OVERLAP = Overlap(lead=0.5, tail=1.0)


def tone(seconds: float, hertz: float = 220.0, level: float = 0.3) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(level * np.sin(2 * np.pi * hertz * time)[:, None], 2, axis=1).astype("f4")


def as_wav(sound: np.ndarray) -> bytes:
    return encode([sixteen_bit(sound)], WAV)


def samples(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        raw = file.readframes(file.getnframes())
    return np.frombuffer(raw, "<i2").reshape(-1, 2).astype(int)


def test_one_performance_is_joined_to_the_sample() -> None:
    rng = np.random.default_rng(1)
    length, seam = round(1.5 * RATE), round(0.5 * RATE)
    whole = (0.2 * rng.standard_normal((6 * RATE, 2))).clip(-0.4, 0.4).astype("f4")
    share = np.linspace(0, 1, length)[:, None].astype("f4")
    begin = 3 * RATE - seam
    first, second = whole[: begin + length].copy(), whole[begin:].copy()
    first[-length:] *= 1 - share
    second[:length] *= share
    made = join([as_wav(first), as_wav(second)], WAV, OVERLAP)
    assert made.starts == (0.0, 3.0)
    assert made.shifts == (0.0, 2.5)
    found, wanted = samples(made.audio), samples(as_wav(whole))
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1  # each part was rounded by itself
    assert (found[:begin] == wanted[:begin]).all()
    assert (found[begin + length :] == wanted[begin + length :]).all()


def test_one_part_alone_stays_as_it_is() -> None:
    part = as_wav(tone(2))
    assert join([part], WAV, OVERLAP).audio == part


def test_others_are_cross_faded_without_silence_and_without_a_step() -> None:
    silence = np.zeros((2 * RATE, 2), "f4")
    first, second = np.concatenate([tone(4), silence]), np.concatenate([silence, tone(3, 311.0)])
    made = join([as_wav(first), as_wav(second)], WAV, None)
    found = samples(made.audio)
    heard = np.abs(found).max(axis=1)
    longest = np.diff(np.flatnonzero(heard > 300)).max()
    assert longest / RATE == pytest.approx(0.15, abs=0.02)
    inside = np.abs(np.diff(samples(as_wav(tone(4, 311.0)))[:, 0])).max()
    assert np.abs(np.diff(found[:, 0])).max() <= 1.5 * inside
    assert made.starts[1] == pytest.approx(4.15 - FADE_SECONDS, abs=0.01)
    assert made.shifts[1] == pytest.approx(4.15 - 2, abs=0.01)  # its first note was at 2 s
    assert len(found) / RATE == pytest.approx(4 + 0.15 + 3, abs=0.01)


def test_parts_without_silence_go_over_into_each_other_at_one_loudness() -> None:
    rng = np.random.default_rng(2)
    first, second = ((0.1 * rng.standard_normal((4 * RATE, 2))).astype("f4") for _ in range(2))
    made = join([as_wav(first), as_wav(second)], WAV, None)
    found = samples(made.audio)[:, 0] / 32768
    levels = [np.sqrt(np.square(found[at : at + 800]).mean()) for at in range(0, 7 * RATE, 800)]
    assert max(levels) / min(levels) < 1.2
    assert len(found) == 8 * RATE - round(FADE_SECONDS * RATE)


def test_what_adds_up_beyond_full_scale_is_turned_down_and_not_clipped() -> None:
    length, loud = round(1.5 * RATE), tone(4, level=0.9)
    rise = np.sin(np.linspace(0, np.pi / 2, length))[:, None].astype("f4")
    first, second = loud.copy(), loud.copy()
    first[-length:] *= rise[::-1]
    second[:length] *= rise
    found = samples(join([as_wav(first), as_wav(second)], WAV, OVERLAP).audio)
    assert np.abs(found).max() > 29000
    assert not (np.abs(found[:, 0]) >= 32767).any()
    inside = np.abs(np.diff(samples(as_wav(loud))[:, 0])).max()
    assert np.abs(np.diff(found[:, 0])).max() < 1.2 * inside


@pytest.mark.parametrize("audio_format", list(AudioFormat))
def test_the_song_is_in_the_form_that_is_asked_for(audio_format: AudioFormat) -> None:
    setting = AudioSetting(audio_format, 44100, 128000)
    parts = [encode([sixteen_bit(tone(3))], AudioSetting(AudioFormat.MP3, RATE, 64000))] * 2
    made = join(parts, setting, None)
    if audio_format is AudioFormat.PCM:
        assert len(made.audio) % 4 == 0
    else:
        info = probe(made.audio)
        assert (info.format, info.sample_rate) == (audio_format, 44100)
    assert made.audio == join(parts, setting, None).audio
