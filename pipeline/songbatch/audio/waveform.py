"""Waveform of a song: the peak of each of a few hundred stretches of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio.decode import float_pieces
from songbatch.audio.errors import AudioProblem
from songbatch.measures import WAVEFORM_POINTS

if TYPE_CHECKING:
    from songbatch.model import AudioInfo

_GRAIN_SECONDS = 0.01


def waveform(data: bytes, info: AudioInfo) -> bytes:
    """Return WAVEFORM_POINTS peaks of `data`, from 0 (silence) to 255 (full scale).

    `info` is what probing found. Raises AudioProblem (`damaged`).
    """
    grain = max(1, round(_GRAIN_SECONDS * info.sample_rate))
    peaks: list[float] = []
    for piece in float_pieces(data, info, 256 * grain):
        sound = np.abs(np.frombuffer(piece, np.float32))
        starts = np.arange(0, len(sound), grain * info.channels)
        peaks += np.maximum.reduceat(sound, starts).tolist()
    if not peaks:
        raise AudioProblem("damaged", "no decoder can read the audio")
    # Fewer grains than points: some stand for several.
    edges = np.arange(WAVEFORM_POINTS) * len(peaks) // WAVEFORM_POINTS
    highest = np.maximum.reduceat(np.array(peaks), edges)
    return bytes(round(255 * min(1.0, peak)) for peak in highest.tolist())
