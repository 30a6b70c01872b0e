"""Measures of sounds whose truth is known; every format gives the same."""

from __future__ import annotations

import io
import wave

import lameenc
import numpy as np
import pytest
from numpy.typing import NDArray

from songbatch.audio.measure import measure
from songbatch.audio.probe import AudioProblem, probe
from songbatch.measures import Measures
from songbatch.model import AudioFormat, AudioInfo

RATE = 16000
Sound = NDArray[np.float64]


def sine(seconds: float, dbfs: float, hz: float = 1000.0, rate: int = RATE) -> Sound:
    """A stereo sine whose peaks are at that level."""
    wave_form = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave_form, wave_form], axis=1)


def silence(seconds: float, rate: int = RATE) -> Sound:
    return np.zeros((round(seconds * rate), 2))


def pcm(sound: Sound) -> bytes:
    return np.clip(np.rint(sound * 32767), -32768, 32767).astype("<i2").tobytes()


def wav(sound: Sound, rate: int = RATE) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm(sound))
    return out.getvalue()


def mp3(sound: Sound, rate: int = RATE) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)
    encoder.set_channels(2)
    encoder.set_bit_rate(128)
    return bytes(encoder.encode(pcm(sound)) + encoder.flush())


def of(data: bytes) -> Measures:
    return measure(data, probe(data))


@pytest.mark.parametrize("rate", [16000, 24000, 32000, 44100])
def test_a_sine_has_the_loudness_of_the_standard(rate: int) -> None:
    """EBU Tech 3341, cases 1 and 2: 1 kHz in both channels at -23 dBFS is -23 LUFS."""
    assert of(wav(sine(5, -23, rate=rate), rate)).lufs == pytest.approx(-23.0, abs=0.1)
    assert of(wav(sine(5, -33, rate=rate), rate)).lufs == pytest.approx(-33.0, abs=0.1)


def test_what_is_far_softer_does_not_count() -> None:
    """EBU Tech 3341, case 3, shortened: the gate leaves out what is 10 LU below."""
    sound = np.concatenate([sine(4, -36), sine(12, -23), silence(5), sine(4, -36)])
    assert of(wav(sound)).lufs == pytest.approx(-23.0, abs=0.1)


def test_silences_are_found_to_the_hundredth() -> None:
    measures = of(wav(np.concatenate([silence(0.5), sine(2, -12), silence(1.25)])))
    assert (measures.seconds, measures.leading_silence, measures.trailing_silence) == (
        3.75,
        0.5,
        1.25,
    )
    assert measures.silence == pytest.approx(1.75 / 3.75, abs=0.001)
    assert measures.end_dbfs == pytest.approx(-12 - 3.01, abs=0.1)


def test_peak_clipping_and_brightness() -> None:
    clean, loud = of(wav(sine(2, -6))), of(wav(np.clip(sine(2, 6.02, 997), -1, 1)))
    assert clean.peak_dbfs == pytest.approx(-6.0, abs=0.05)
    assert clean.clipping == 0.0
    assert clean.centroid_hz == pytest.approx(1000, abs=15)
    assert loud.peak_dbfs == pytest.approx(0.0, abs=0.01)
    # A sine of twice full scale is beyond it for two thirds of the time.
    assert loud.clipping == pytest.approx(2 / 3, abs=0.03)
    assert of(mp3(sine(2, -6))).clipping == 0.0


def test_silence_has_no_level() -> None:
    measures = of(wav(silence(2)))
    nothing = (measures.lufs, measures.peak_dbfs, measures.centroid_hz, measures.end_dbfs)
    assert nothing == (None, None, None, None)
    silences = (measures.silence, measures.leading_silence, measures.trailing_silence)
    assert silences == (1.0, 2.0, 2.0)


def test_formats_agree() -> None:
    sound = np.concatenate([silence(0.3), sine(3, -14, hz=700)])
    info = AudioInfo(AudioFormat.PCM, 3.3, RATE, 2, RATE * 32)
    raw, packed, coded = measure(pcm(sound), info), of(wav(sound)), of(mp3(sound))
    assert raw == packed
    # This encoder turns down by 0.45 dB.
    assert coded.lufs == pytest.approx(-14.64 - 0.45, abs=0.1)
    assert coded.samples_sha256 != packed.samples_sha256
    assert coded.seconds == pytest.approx(packed.seconds, abs=0.15)


def test_a_tag_does_not_change_what_is_measured() -> None:
    data = mp3(sine(2, -14))
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"TIT2" + bytes(6)
    assert of(tag + data) == of(data)


def test_one_sample_makes_another_sound() -> None:
    sound = sine(1.234, -14)
    other = sound.copy()
    other[-1] += 0.001
    assert of(wav(sound)) == of(wav(sound))
    assert of(wav(other)).samples_sha256 != of(wav(sound)).samples_sha256


def test_what_no_decoder_reads_is_said() -> None:
    info = AudioInfo(AudioFormat.WAV, 1.0, RATE, 2, RATE * 32)
    with pytest.raises(AudioProblem, match="no decoder can read the audio"):
        measure(b"RIFF nonsense", info)
