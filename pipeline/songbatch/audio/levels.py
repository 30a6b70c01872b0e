"""Levels of a song: how loud it is from moment to moment, and its spectrum in thirds of octaves.

Decoded and looked at piece by piece. Equal audio gives equal levels on every processor, up to what
a decoder's and a transform's last bits make of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.audio.decode import float_pieces
from songbatch.audio.errors import AudioProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.model import AudioInfo

CENTRES = tuple(round(float(hertz), 1) for hertz in 1000 * exact.octaves(np.arange(-13, 13) / 3))
"""Hz: 49.6 to 16000, thirds of octaves."""

FRAME_SECONDS = 0.08
"""Of a spectrum, at least: bins are a third of the lowest band's width apart, or nearly."""

GRAINS = 8
"""Moments of a frame."""

FRAMES_AT_ONCE = 32
COMPARED = (63.0, 10000.0)
"""Hz: the bands whose mean power is 0 dB. So none of them can be far above it."""

FLOOR = 1e-6
"""Share of that power which is next to nothing: -60 dB."""

HIGHEST = 0.45
"""Share of the sample rate above which encoders and converters leave nothing."""


class SoundLevels(msgspec.Struct, frozen=True):
    """Levels of a song: `peaks` and `means` (root mean squares) of moments, full scale is 1.

    `bands` are the levels at CENTRES in dB, 0 being the mean of their powers, None above what the
    file can hold.
    """

    seconds: float
    peaks: tuple[float, ...]
    means: tuple[float, ...]
    bands: tuple[float | None, ...]


def measure_levels(data: bytes, info: AudioInfo, moments: int) -> SoundLevels:
    """Return the levels of `data`, which was probed as `info`, in so many moments of equal length.

    Raises AudioProblem (`damaged`).
    """
    meter = _LevelMeter(info)
    for piece in float_pieces(data, info, FRAMES_AT_ONCE * meter.size):
        meter.take(np.frombuffer(piece, np.float32).reshape(-1, info.channels))
    if not meter.count:
        raise AudioProblem("damaged", "no decoder can read the audio")
    return meter.levels(moments)


class _LevelMeter:
    """Takes pieces of whole frames, the last one of any length."""

    def __init__(self, info: AudioInfo) -> None:
        self._rate = info.sample_rate
        self.size = 1 << (int(FRAME_SECONDS * info.sample_rate) - 1).bit_length()
        self._grain = self.size // GRAINS
        self._window = exact.hann(self.size)
        self._power = np.zeros(self.size // 2 + 1)
        self._peaks: list[NDArray[np.float32]] = []
        self._squares: list[NDArray[np.float64]] = []
        self.count = 0

    def take(self, sound: NDArray[np.float32]) -> None:
        self.count += len(sound)
        starts = np.arange(0, len(sound), self._grain)
        self._peaks.append(np.maximum.reduceat(np.abs(sound).max(axis=1), starts))
        sums = np.add.reduceat(np.square(sound).mean(axis=1), starts, dtype=np.float64)
        self._squares.append(sums / np.diff(np.append(starts, len(sound))))
        whole = sound[: len(sound) // self.size * self.size].mean(axis=1, dtype=np.float64)
        spectra = np.fft.rfft(whole.reshape(-1, self.size) * self._window, axis=1)
        self._power += exact.squares(spectra).sum(axis=0)

    def levels(self, moments: int) -> SoundLevels:
        peaks, squares = np.concatenate(self._peaks), np.concatenate(self._squares)
        edges = np.arange(moments) * len(peaks) // moments
        lengths = np.maximum(1, np.diff(np.append(edges, len(peaks))))
        means = np.sqrt(np.add.reduceat(squares, edges) / lengths)
        return SoundLevels(
            seconds=self.count / self._rate,
            peaks=tuple(np.minimum(1.0, np.maximum.reduceat(peaks, edges)).tolist()),
            means=tuple(np.minimum(1.0, means).tolist()),
            bands=self._bands(),
        )

    def _bands(self) -> tuple[float | None, ...]:
        hertz = np.arange(len(self._power)) * (self._rate / self.size)
        edge = float(exact.octaves(1 / 6))
        powers = [
            float(self._power[(hertz >= centre / edge) & (hertz < centre * edge)].sum())
            if centre * edge <= HIGHEST * self._rate
            else None
            for centre in CENTRES
        ]
        return _around_their_mean(powers)


def _around_their_mean(powers: Sequence[float | None]) -> tuple[float | None, ...]:
    low, high = COMPARED
    compared = [
        power
        for power, centre in zip(powers, CENTRES, strict=True)
        if power is not None and low <= centre <= high
    ]
    mean = sum(compared) / len(compared) + 1e-30
    return tuple(
        None if power is None else 10 * float(exact.log10(max(FLOOR, power / mean)))
        for power in powers
    )
