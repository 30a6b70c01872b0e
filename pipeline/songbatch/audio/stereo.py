"""Stereo sound of a whole WAV or MP3 at any rate, piece by piece.

Float WAVs may lie beyond full scale, where 16 bits end. Such a song is turned down as a whole until
its highest sample is at full scale: clipping would distort every loud passage for the sake of a
decibel. So are mixes of more than two channels. What MP3 decoders and filters add to full scale is
short and small, and is left to be clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from songbatch.audio.decode import float_pieces
from songbatch.audio.errors import AudioProblem
from songbatch.audio.rates import ODD_RATES, unusual_rate
from songbatch.audio.resample import Sound, resampled
from songbatch.audio.wav import read_wav
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.model import AudioInfo

_PIECE_FRAMES = 1 << 16
_LOUDEST = np.float32(8.0)
"""Samples beyond 18 dB over full scale are damage, not sound."""


def stereo(data: bytes, info: AudioInfo, sample_rate: int) -> Iterator[Sound]:
    """Yield `data`, which was probed as `info`, at `sample_rate` Hz: frames × 2, within about ±1.

    Values that are not finite count as silence. Raises AudioProblem.
    """
    if info.sample_rate not in ODD_RATES:
        raise unusual_rate(info.sample_rate)
    gain = _gain(data, info)
    pieces = (piece if gain == 1 else piece * gain for piece in _pieces(data, info))
    made = 0
    for piece in resampled(pieces, info.sample_rate, sample_rate):
        made += len(piece)
        yield piece
    if not made:
        raise AudioProblem("no-audio", "the file holds no samples that can be decoded")


def unbounded(data: bytes, info: AudioInfo, sample_rate: int) -> Iterator[Sound]:
    """Yield the same as `stereo`, but leave what lies beyond full scale where it is.

    For those who turn songs down themselves. Raises AudioProblem.
    """
    if info.sample_rate not in ODD_RATES:
        raise unusual_rate(info.sample_rate)
    return resampled(_pieces(data, info), info.sample_rate, sample_rate)


def _pieces(data: bytes, info: AudioInfo) -> Iterator[Sound]:
    # The decoder doubles mono, and mixes more than two channels.
    for piece in float_pieces(data, replace(info, channels=2), _PIECE_FRAMES):
        sound = np.frombuffer(piece, np.float32).reshape(-1, 2)
        if not np.isfinite(sound).all():
            sound = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
        yield np.clip(sound, -_LOUDEST, _LOUDEST)


def _gain(data: bytes, info: AudioInfo) -> np.float32:
    """Return what brings the highest sample to full scale if it is higher, else 1."""
    peak = 1.0
    if info.channels > 2 or (info.format is AudioFormat.WAV and read_wav(data).is_float):
        for piece in _pieces(data, info):
            peak = max(peak, float(piece.max()), -float(piece.min()))
    return np.float32(1 / peak)
