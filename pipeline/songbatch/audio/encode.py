"""Encoding of 16-bit samples as MP3, WAV or PCM, piece by piece.

MP3 is LAME's (lameenc) at exactly the asked constant bit rate, where MPEG has it: MPEG-2, which 16
and 24 kHz mean, ends at 160 kbit/s. Equal samples give equal bytes.
"""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import lameenc
import numpy as np

from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from songbatch.model import AudioSetting

LAME_QUALITY = 5
"""0 is best and slowest, 9 is worst; 5 is about as good as 2 at these rates, at half the time."""
_STEPS = 32768
"""What decoders divide by: samples that came from 16 bits return to exactly what they were."""


def sixteen_bit(sound: NDArray[np.float32]) -> bytes:
    """Return samples of ±1 (frames × channels) as 16-bit little-endian PCM.

    What lies beyond full scale is clipped. Nothing is dithered: the error of rounding lies 98 dB
    below full scale, where music hides it and MP3 drops it, and 16-bit samples stay as they are.
    """
    return (
        np.clip(np.round(sound * np.float32(_STEPS)), -_STEPS, _STEPS - 1).astype("<i2").tobytes()
    )


def encode(pieces: Iterable[bytes], setting: AudioSetting, channels: int = 2) -> bytes:
    """Return pieces of 16-bit PCM, sampled at the setting's rate, in the setting's format."""
    if setting.format is AudioFormat.PCM:
        return b"".join(pieces)
    if setting.format is AudioFormat.WAV:
        return _wav(pieces, setting.sample_rate, channels)
    return _mp3(pieces, setting, channels)


def _wav(pieces: Iterable[bytes], sample_rate: int, channels: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        for piece in pieces:
            writer.writeframesraw(piece)
    return file.getvalue()


def _mp3(pieces: Iterable[bytes], setting: AudioSetting, channels: int) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(channels)
    encoder.set_in_sample_rate(setting.sample_rate)
    encoder.set_out_sample_rate(setting.sample_rate)
    encoder.set_bit_rate(setting.reachable_bitrate // 1000)
    encoder.set_quality(LAME_QUALITY)
    frames = [bytes(encoder.encode(piece)) for piece in pieces]
    return b"".join((*frames, bytes(encoder.flush())))
