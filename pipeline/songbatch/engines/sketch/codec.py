"""Codec: audio bytes to samples, and samples to what an encoder is given.

Decoding is miniaudio's, at any rate; encoding is `songbatch.audio.encode`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import miniaudio
import numpy as np
from numpy.typing import NDArray

from songbatch.audio.playable import playable
from songbatch.engines.sketch.dsp import Mono, Stereo, resample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.model import AudioSetting

Frames = NDArray[np.int16]
"""Samples × 2, in 16 bits."""

PIECE_FRAMES = 1 << 16
LOUDEST = 8.0
"""Samples of float WAVs beyond 18 dB over full scale are damage, not sound."""


class Undecodable(Exception):
    """The bytes are not audio that can be decoded."""


def decode(data: bytes, sample_rate: int, max_seconds: float) -> Mono:
    """Return at most `max_seconds` of WAV or MP3 bytes, mono, at `sample_rate` Hz.

    Decodes piece by piece: ten minutes of stereo are never in memory. Values that are not
    finite count as silence. Raises Undecodable.
    """
    data = playable(data)
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


def decode_stereo(data: bytes, sample_rate: int, max_seconds: float) -> Frames:
    """Return at most `max_seconds` of WAV or MP3 bytes in 16 bits: samples × 2 at `sample_rate` Hz.

    Of more than two channels the decoder makes two. Raises Undecodable.
    """
    data = playable(data)
    try:
        own_rate = _own_rate(data)
        stream = miniaudio.stream_memory(
            data, nchannels=2, sample_rate=own_rate, frames_to_read=PIECE_FRAMES
        )
        wanted = round(max_seconds * own_rate)
        frames, count = np.zeros((wanted, 2), np.int16), 0
        for piece in stream:
            new = np.asarray(piece, np.int16).reshape(-1, 2)[: wanted - count]
            frames[count : count + len(new)] = new
            count += len(new)
            if count == wanted:
                break
    except miniaudio.MiniaudioError as error:
        raise Undecodable("the audio cannot be decoded") from error
    if own_rate == sample_rate:
        return frames[:count]
    length = -(-count * sample_rate // own_rate)
    moved = np.zeros((length, 2), np.int16)
    for channel in (0, 1):
        sound = resample(frames[:count, channel].astype(np.float32), own_rate, sample_rate)
        moved[:, channel] = np.rint(np.clip(sound[:length], -32768, 32767)).astype(np.int16)
    return moved


def _own_rate(data: bytes) -> int:
    """Return the sample rate of WAV or MP3 bytes, in Hz."""
    info = miniaudio.wav_get_info if data[:4] in {b"RIFF", b"RF64"} else miniaudio.mp3_get_info
    return int(info(data).sample_rate)


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


def samples_of(sound: Stereo, sample_rate: int, setting: AudioSetting) -> bytes:
    """Return stereo sound (samples × 2, -1 to 1, at `sample_rate` Hz) in 16 bits, little-endian.

    They are at the setting's rate, as its encoder is given them.
    """
    if setting.sample_rate != sample_rate:
        left, right = (resample(sound[:, c], sample_rate, setting.sample_rate) for c in (0, 1))
        sound = np.stack([left, right], axis=1)
    return np.round(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes()
