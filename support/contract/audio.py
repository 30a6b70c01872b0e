"""Small real audio for tests: a plain tone as MP3, WAV or PCM, without the project's own code."""

from __future__ import annotations

import array
import io
import math
import wave

import lameenc

MPEG2_MAX_BITRATE = 160000


def tone(
    audio_format: str, seconds: float, hz: float, sample_rate: int = 44100, bitrate: int = 128000
) -> bytes:
    """A stereo tone of that pitch; `bitrate` in bit/s is for MP3."""
    samples = _samples(seconds, hz, sample_rate)
    if audio_format == "pcm":
        return samples
    if audio_format == "wav":
        return _wav(samples, sample_rate)
    return _mp3(samples, sample_rate, bitrate)


def _samples(seconds: float, hz: float, sample_rate: int) -> bytes:
    # One period is close enough to a whole number of samples; repeating it is quick.
    period = max(2, round(sample_rate / hz))
    wave_form = array.array("h")
    for position in range(period):
        value = round(8000 * math.sin(2 * math.pi * position / period))
        wave_form.extend((value, value))
    count = round(seconds * sample_rate)
    repeated = wave_form * (count // period + 1)
    return repeated[: 2 * count].tobytes()


def _wav(samples: bytes, sample_rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes(samples)
    return file.getvalue()


def _mp3(samples: bytes, sample_rate: int, bitrate: int) -> bytes:
    limit = bitrate if sample_rate >= 32000 else min(bitrate, MPEG2_MAX_BITRATE)
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(sample_rate)
    encoder.set_out_sample_rate(sample_rate)
    encoder.set_channels(2)
    encoder.set_bit_rate(limit // 1000)
    encoder.set_quality(7)
    return bytes(encoder.encode(samples)) + bytes(encoder.flush())
