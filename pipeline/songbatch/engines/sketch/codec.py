"""Codec: audio bytes to samples, and back.

Decoding is miniaudio's; MP3 is LAME's (lameenc) at exactly the constant bit rate asked for, if MPEG
has it: MPEG-2, which 16 and 24 kHz mean, ends at 160 kbit/s.
"""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import lameenc
import miniaudio
import numpy as np

from songbatch.engines.sketch.dsp import Mono, Stereo, resample
from songbatch.model import AudioFormat, AudioSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_FRAMES = 1 << 16
LOUDEST = 8.0
"""Samples of float WAVs beyond 18 dB over full scale are damage, not sound."""

LAME_QUALITY = 5
"""0 is best and slowest, 9 is worst; 5 is about as good as 2 at these rates, at half the time."""


class Undecodable(Exception):
    """The bytes are not audio that can be decoded."""


def decode(data: bytes, sample_rate: int, max_seconds: float) -> Mono:
    """Return at most `max_seconds` of WAV or MP3 bytes, mono, at `sample_rate` Hz.

    Decodes piece by piece: ten minutes of stereo are never in memory. Values that are not
    finite count as silence. Raises Undecodable.
    """
    try:
        sound = _decoded(data, sample_rate, max_seconds)
        if not np.isfinite(sound).all():
            # Only WAV can hold such values. They would spread through the decoder's resampling.
            own_rate = miniaudio.wav_get_info(data).sample_rate
            sound = _without_gaps(_decoded(data, own_rate, max_seconds))
            sound = resample(sound, own_rate, sample_rate)
    except miniaudio.MiniaudioError as error:
        raise Undecodable("the audio cannot be decoded") from error
    if not len(sound):
        raise Undecodable("the audio has no samples")
    return np.clip(sound, -LOUDEST, LOUDEST, out=sound)


def _without_gaps(sound: Mono) -> Mono:
    return np.nan_to_num(sound, copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def _decoded(data: bytes, sample_rate: int, max_seconds: float) -> Mono:
    wanted = round(max_seconds * sample_rate)
    pieces, count = [np.zeros(0, np.float32)], 0
    for piece in _pieces(data, sample_rate):
        pieces.append(piece)
        count += len(piece)
        if count >= wanted:
            break
    return np.concatenate(pieces)[:wanted]


def _pieces(data: bytes, sample_rate: int) -> Iterator[Mono]:
    stream = miniaudio.stream_memory(
        data,
        output_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=1,
        sample_rate=sample_rate,
        frames_to_read=PIECE_FRAMES,
    )
    for piece in stream:
        yield np.asarray(piece, np.float32)


def encode(sound: Stereo, sample_rate: int, setting: AudioSetting) -> bytes:
    """Return stereo sound (samples × 2, -1 to 1, at `sample_rate` Hz) as the setting asks."""
    if setting.sample_rate != sample_rate:
        left, right = (resample(sound[:, c], sample_rate, setting.sample_rate) for c in (0, 1))
        sound = np.stack([left, right], axis=1)
    samples = np.round(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    if setting.format is AudioFormat.PCM:
        return samples
    if setting.format is AudioFormat.WAV:
        return _wav(samples, setting.sample_rate)
    return _mp3(samples, setting)


def _wav(samples: bytes, sample_rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes(samples)
    return file.getvalue()


def _mp3(samples: bytes, setting: AudioSetting) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(2)
    encoder.set_in_sample_rate(setting.sample_rate)
    encoder.set_out_sample_rate(setting.sample_rate)
    encoder.set_bit_rate(setting.reachable_bitrate // 1000)
    encoder.set_quality(LAME_QUALITY)
    return bytes(encoder.encode(samples)) + bytes(encoder.flush())
