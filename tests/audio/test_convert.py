"""Deliveries made of masters: as another decoder hears them."""

import hashlib
import random
import subprocess
import sys
import wave
from io import BytesIO

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from songbatch.audio.convert import convert
from songbatch.audio.delivery import inspect
from songbatch.audio.errors import AudioProblem
from songbatch.audio.probe import probe
from songbatch.model import BITRATES, SAMPLE_RATES, AudioFormat, AudioSetting
from tests.audio.making import (
    FORMS,
    decoded,
    fmt,
    level_of,
    mp3,
    riff,
    sine,
    wave_file,
)

MP3, WAV, PCM = AudioFormat.MP3, AudioFormat.WAV, AudioFormat.PCM
HERTZ = 997.0
LAME_ROOM = 0.06
"""LAME turns down by up to 5 %, for the peaks that it adds."""


def heard(data: bytes, asked: AudioSetting) -> NDArray[np.float64]:
    if asked.format is PCM:
        return np.frombuffer(data, "<i2").reshape(-1, 2) / 32768
    return decoded(data)


def master(form: tuple[int, int, bool] = (3, 32, False), level: float = 0.5) -> bytes:
    return wave_file(sine(HERTZ, 48000, 1.5, level), 48000, *form)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_wav_is_read(form: tuple[int, int, bool]) -> None:
    steps = np.random.default_rng(2).integers(-32768, 32768, (9000, 2))
    data = wave_file(steps / 32768, 48000, *form)
    found = np.frombuffer(convert(data, AudioSetting(PCM, 48000)), "<i2").reshape(-1, 2)
    assert np.abs(found - 32768 * decoded(data)).max() <= 1
    if form[1] > 8:
        assert np.array_equal(found, steps)
    else:
        assert np.abs(found - steps).max() <= 384  # decoders differ by a step of 8 bits


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_wav_is_probed(form: tuple[int, int, bool]) -> None:
    info = probe(master(form))
    assert (info.seconds, info.sample_rate, info.channels) == (1.5, 48000, 2)
    assert info.bitrate == 48000 * 2 * form[1]


@pytest.mark.parametrize("rate", [*SAMPLE_RATES, 22050, 48000])
@pytest.mark.parametrize("audio_format", AudioFormat)
def test_every_setting_is_met(audio_format: AudioFormat, rate: int) -> None:
    asked = AudioSetting(audio_format, rate, 128000)
    data = convert(master(), asked)
    assert inspect(data, asked).shortfalls == ()
    sound = heard(data, asked)
    if audio_format is not MP3:
        assert len(sound) == round(1.5 * rate)
    middle = sound[len(sound) // 4 : -len(sound) // 4]
    for channel in middle.T:
        assert level_of(channel, HERTZ, rate) == pytest.approx(0.5, rel=LAME_ROOM)
        spectrum = np.abs(np.fft.rfft(channel * np.hanning(len(channel))))
        loudest = np.fft.rfftfreq(len(channel), 1 / rate)[spectrum.argmax()]
        assert loudest == pytest.approx(HERTZ, abs=rate / len(channel))


@pytest.mark.parametrize("bitrate", BITRATES)
def test_bit_rates(bitrate: int) -> None:
    for rate in SAMPLE_RATES:
        asked = AudioSetting(MP3, rate, bitrate)
        assert probe(convert(master(), asked)).bitrate == pytest.approx(
            asked.reachable_bitrate, rel=5e-3
        )


def test_wav_is_delivered_as_sixteen_bits() -> None:
    with wave.open(BytesIO(convert(master(), AudioSetting(WAV, 44100)))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        assert (file.getframerate(), file.getnframes()) == (44100, 66150)


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        (master((1, 16, False)), AudioSetting(WAV, 48000)),
        (master((1, 16, True)), AudioSetting(WAV, 48000, 32000)),
        (mp3(44100, 128, 2), AudioSetting(MP3, 44100, 128000)),
        (mp3(24000, 160, 2), AudioSetting(MP3, 24000, 256000)),
    ],
    ids=["16 bits", "extensible", "mp3", "as much as MPEG has"],
)
def test_what_was_asked_for_is_passed_on(data: bytes, asked: AudioSetting) -> None:
    assert convert(data, asked) is data


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        (master(), AudioSetting(WAV, 44100)),
        (wave_file(sine(HERTZ, 48000, 1.5)[:, :1], 48000, 1, 16), AudioSetting(WAV, 48000)),
        (master((1, 8, False)), AudioSetting(WAV, 48000)),
        (master((1, 24, False)), AudioSetting(WAV, 48000)),
        (master((1, 32, True)), AudioSetting(WAV, 48000)),
        (master(), AudioSetting(WAV, 48000)),
        (mp3(44100, 128, 2), AudioSetting(MP3, 44100, 256000)),
        (mp3(44100, 128, 2), AudioSetting(MP3, 32000, 128000)),
        (mp3(44100, 128, 1), AudioSetting(MP3, 44100, 128000)),
        (mp3(44100, 128, 2), AudioSetting(WAV, 44100)),
    ],
    ids=[
        "rate",
        "mono",
        "8 bits",
        "24 bits",
        "32 bits",
        "float",
        "bit rate",
        "rate of MP3",
        "mono MP3",
        "container",
    ],
)
def test_what_was_not_asked_for_is_converted(data: bytes, asked: AudioSetting) -> None:
    made = convert(data, asked)
    assert made != data
    assert inspect(made, asked).shortfalls == ()
    if asked.format is WAV:
        assert probe(made).bitrate == asked.sample_rate * 2 * 16
    assert probe(made).seconds == pytest.approx(probe(data).seconds, abs=0.08)


def test_an_mp3_is_decoded_as_others_do() -> None:
    data = mp3(44100, 128, 2)
    found = heard(convert(data, pcm := AudioSetting(PCM, 44100)), pcm)
    assert np.abs(found - np.clip(decoded(data), -1, 1)).max() <= 1 / 32768


def test_mono_sounds_on_both_sides() -> None:
    sound = sine(HERTZ, 48000, 0.5)
    mono, both = (wave_file(s, 48000, 1, 16) for s in (sound[:, :1], sound))
    asked = AudioSetting(PCM, 44100)
    assert convert(mono, asked) == convert(both, asked)


@pytest.mark.parametrize("form", [(1, 16, False), (3, 32, True)])
def test_many_channels_are_mixed_within_full_scale(form: tuple[int, int, bool]) -> None:
    sound = np.repeat(sine(HERTZ, 48000, 0.5, level=0.9)[:, :1], 6, axis=1)
    data = wave_file(sound, 48000, *form)
    found = heard(convert(data, asked := AudioSetting(PCM, 48000)), asked)
    assert 0.5 < np.abs(found).max() <= 1
    assert level_of(found[:, 0], HERTZ, 48000) == pytest.approx(np.abs(found[:, 0]).max(), rel=0.01)


@pytest.mark.parametrize("level", [1.01, 2.0, 7.0])
@pytest.mark.parametrize("rate", [44100, 48000])
def test_peaks_beyond_full_scale_are_turned_down(level: float, rate: int) -> None:
    asked = AudioSetting(PCM, rate)
    found = heard(convert(master(level=level), asked), asked)
    assert np.abs(found - sine(HERTZ, rate, 1.5, 1.0))[2000:-2000].max() < 1e-3


def test_samples_within_full_scale_keep_their_level() -> None:
    asked = AudioSetting(PCM, 48000)
    found = heard(convert(master(level=0.25), asked), asked)
    assert np.abs(found - sine(HERTZ, 48000, 1.5, 0.25)).max() <= 0.51 / 32768


@pytest.mark.parametrize("form", [(3, 32, False), (3, 64, True)])
def test_damaged_samples_do_not_spread(form: tuple[int, int, bool]) -> None:
    sound = sine(HERTZ, 48000, 1.5, 0.5)
    sound[[100, 30000], 0] = np.nan, -np.inf
    asked = AudioSetting(PCM, 44100)
    found = heard(convert(wave_file(sound, 48000, *form), asked), asked)
    wanted = sine(HERTZ, 44100, 1.5, 0.5)
    assert np.abs(found - wanted)[1000:27000].max() < 1e-4
    sound[500] = 1e30
    found = heard(convert(wave_file(sound, 48000, *form), asked), asked)
    assert level_of(found[1000:27000, 1], HERTZ, 44100) == pytest.approx(0.5 / 8, rel=1e-2)


def test_full_scale_never_wraps_around() -> None:
    square = np.sign(sine(200, 48000, 0.5)) + 0.0
    asked = AudioSetting(PCM, 44100)
    for form in ((1, 16, False), (3, 32, False)):
        found = heard(convert(wave_file(square, 48000, *form), asked), asked)
        wanted = np.sign(sine(200, 44100, 0.5))
        # The filter overshoots beside the edges; there it is clipped.
        assert (np.abs(found - wanted) < 0.5).mean() > 0.98
        assert (np.sign(found) == wanted).mean() > 0.98


def test_equal_masters_give_equal_bytes() -> None:
    for asked in (AudioSetting(MP3, 44100), AudioSetting(WAV, 32000), AudioSetting(PCM, 16000)):
        assert convert(master(), asked) == convert(bytes(bytearray(master())), asked)
    noise = random.Random(5).randbytes(40000)
    data = riff((b"fmt ", fmt(1, 2, 48000)), (b"data", noise))
    found = convert(data, AudioSetting(PCM, 44100))
    # On every machine; another digest means another CONVERT_VERSION.
    assert hashlib.sha256(found).hexdigest() == (
        "755fd1b886c68cd8a0da010bdf98c8a748e1898fe27c544b0bf2eb9d78de53da"
    )


def test_what_is_there_of_a_cut_master_is_converted() -> None:
    asked = AudioSetting(PCM, 48000)
    whole = master((1, 16, False))
    assert convert(whole[:-40000], asked) == convert(whole, asked)[:-40000]


def test_a_master_written_as_a_stream_is_converted() -> None:
    whole = master((1, 16, False))
    streamed = whole[:40] + b"\xff\xff\xff\xff" + whole[44:]
    asked = AudioSetting(MP3, 44100)
    assert convert(streamed, asked) == convert(whole, asked)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"fLaC" + bytes(100), "not-audio"),
        (b'{"error": "busy"}', "not-audio"),
        (riff((b"fmt ", fmt(1, 2, 48000)), (b"data", b"")), "no-audio"),
        (riff((b"fmt ", fmt(1, 2, 48000)), (b"data", bytes(2), 8)), "no-audio"),
        (riff((b"fmt ", fmt(2, 2, 48000)), (b"data", bytes(80))), "unsupported"),
        (riff((b"fmt ", fmt(1, 2, 1000)), (b"data", bytes(80))), "unsupported"),
        (riff((b"fmt ", fmt(1, 255, 48000)), (b"data", bytes(5100))), "unsupported"),
    ],
)
def test_what_cannot_be_read_is_a_problem(data: bytes, code: str) -> None:
    with pytest.raises(AudioProblem) as caught:
        convert(data, AudioSetting(MP3, 44100))
    assert caught.value.code == code
    assert caught.value.fix


SMALL = wave_file(sine(HERTZ, 48000, 0.01), 48000, 3, 32, extended=True)


@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=6))
@example([(22, 1)])
@settings(max_examples=150)
def test_any_damage_is_converted_or_a_problem(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for position, value in changes:
        data[position] = value
    asked = AudioSetting(WAV, 44100)
    try:
        made = convert(bytes(data), asked)
    except AudioProblem:
        return
    assert probe(made).seconds > 0


def test_its_version_is_known_without_the_codecs() -> None:
    code = (
        "import sys, songbatch.audio.convert, songbatch.audio.prepare; "
        "print({'numpy', 'miniaudio', 'lameenc'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True) == "set()\n"
