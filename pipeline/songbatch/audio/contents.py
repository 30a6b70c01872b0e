"""Contents of a recording that a song could follow: notes, a pulse, a voice. Noise alone has none.

The spectrum of noise, of whatever colour, has no peaks that stay where they are, its level does not
leap, and it does not repeat itself after a period of a voice's pitch. Stops as soon as there is a
voice or the like, which most music shows in its first seconds. Loads numpy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from songbatch.audio.decode import float_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from songbatch.model import AudioInfo

    Signal = NDArray[np.float64]
    """One channel, full scale is 1."""

_BLOCK_SECONDS = 2.0
_NOTES_HZ = (60.0, 5000.0)
"""Where peaks are looked for."""
_RESOLUTION_HZ = 10.8
"""At most, of a bin: partials of a voice or a chord stand apart."""
_BAND_BINS = 24
_BAND_RANGE_DB = 40.0
"""Bands count whose loudest bin is no further below the loudest of all."""
_NEIGHBOUR_BINS = 11
_PEAKED_DB = 2.5
"""The deviation of a band's bins from the median of their neighbours, which follows the edges of a
filter and no peak: of noise around 0.9, of notes 8 to 17."""
_LEVEL_SECONDS = 0.04
_LEVEL_FLOOR = 1e-6
"""Mean square of differences; what is quieter does not leap."""
_LEAP = 4.0
"""The factor of power, 6 dB, by which level must rise within 80 ms."""
_LEAPS = 5
"""Fewer are accidents, as the beginning of a recording is."""
_PITCHES_HZ = (70.0, 1000.0)
_PITCH_RATE_HZ = 11025
_PITCH_WINDOW_SECONDS, _PITCH_STEP_SECONDS = 0.06, 0.03
_DIP, _PERIODIC = 0.3, 0.6
"""Correlations: where a period's search begins, and what shows a period."""
_AUDIBLE = 1e-6
"""Mean square of a window that counts."""
_PITCHED_SECONDS = 0.3
"""Less is an accident: 20 s of noise below 200 Hz had 0.06."""


class Contents(NamedTuple):
    """What was found until it was enough: `pitched` in seconds, `leaps` of the level."""

    has_notes: bool
    leaps: int
    pitched: float

    @property
    def is_noise(self) -> bool:
        """Whether there is neither a note nor a pulse to follow."""
        return not self.has_notes and self.leaps < _LEAPS and not self.may_have_voice

    @property
    def may_have_voice(self) -> bool:
        """Whether something has a pitch as voices have it; many instruments have it too."""
        return self.pitched >= _PITCHED_SECONDS


def contents(data: bytes, info: AudioInfo, channel: int | None) -> Contents:
    """Look at WAV or MP3 bytes that were probed as `info`: at one channel, or the mean of all.

    Raises AudioProblem (`damaged`).
    """
    has_notes, pitched = False, 0.0
    leaps = _Leaps(info.sample_rate)
    for block in _blocks(data, info, channel):
        has_notes = has_notes or _has_peaks(block, info.sample_rate)
        leaps.take(block)
        pitched += _pitched_seconds(block, info.sample_rate)
        if pitched >= _PITCHED_SECONDS:
            break
    return Contents(has_notes, leaps.count, pitched)


def _blocks(data: bytes, info: AudioInfo, channel: int | None) -> Iterator[Signal]:
    for piece in float_pieces(data, info, round(info.sample_rate * _BLOCK_SECONDS)):
        frames = np.frombuffer(piece, np.float32).reshape(-1, info.channels)
        one = frames.mean(axis=1) if channel is None else frames[:, channel]
        yield one.astype(np.float64)


def _has_peaks(block: Signal, sample_rate: int) -> bool:
    """Return whether the mean spectrum has peaks that a smooth curve has not, in any loud band."""
    size = 1 << math.ceil(math.log2(sample_rate / _RESOLUTION_HZ))
    if len(block) < 4 * size:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(block, size)[:: size // 2]
    power = np.square(np.abs(np.fft.rfft(windows * np.hanning(size)))).mean(axis=0) + 1e-18
    first = round(_NOTES_HZ[0] * size / sample_rate)
    last = min(round(_NOTES_HZ[1] * size / sample_rate), len(power) - _NEIGHBOUR_BINS)
    levels = 10 * np.log10(power[first : last + _NEIGHBOUR_BINS - 1])
    neighbours = np.lib.stride_tricks.sliding_window_view(levels, _NEIGHBOUR_BINS)
    middle = _NEIGHBOUR_BINS // 2
    rest = (neighbours[:, middle] - np.median(neighbours, axis=1))[: _whole(last - first)]
    loudness = neighbours[: len(rest), middle].reshape(-1, _BAND_BINS).max(axis=1)
    is_loud = loudness > loudness.max() - _BAND_RANGE_DB
    return bool(np.any(rest.reshape(-1, _BAND_BINS)[is_loud].std(axis=1) > _PEAKED_DB))


def _whole(bins: int) -> int:
    return bins // _BAND_BINS * _BAND_BINS


class _Leaps:
    """Counts leaps of the level of differences, which hisses and rumbles have at an even level."""

    def __init__(self, sample_rate: int) -> None:
        self.count = 0
        self._step = round(sample_rate * _LEVEL_SECONDS)
        self._before = np.zeros(0)

    def take(self, block: Signal) -> None:
        count = len(block) // self._step
        differences = np.diff(block, prepend=block[:1])[: count * self._step]
        levels = np.square(differences).reshape(count, self._step).mean(axis=1) + _LEVEL_FLOOR
        known = np.concatenate([self._before, levels])
        lower = np.minimum(known[1:-1], known[:-2])
        self.count += int(np.count_nonzero(known[2:] > _LEAP * lower))
        self._before = known[-2:]


def _pitched_seconds(block: Signal, sample_rate: int) -> float:
    """Return in how many seconds the signal repeats itself after a voice's period."""
    every = max(1, sample_rate // _PITCH_RATE_HZ)
    signal = block[: len(block) // every * every].reshape(-1, every).mean(axis=1)
    rate = sample_rate / every
    size, step = round(rate * _PITCH_WINDOW_SECONDS), round(rate * _PITCH_STEP_SECONDS)
    if len(signal) < 2 * size:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(signal, 2 * size)[::step]
    windows = windows - windows.mean(axis=1, keepdims=True)
    bins = 1 << math.ceil(math.log2(3 * size))
    spectrum = np.conj(np.fft.rfft(windows[:, :size], bins))
    products = np.fft.irfft(spectrum * np.fft.rfft(windows, bins), bins)[:, :size]
    energy = np.cumsum(np.square(windows), axis=1)
    energies = energy[:, size:] - energy[:, :size]
    start = energy[:, size - 1]
    alike = products[:, 1:] / np.sqrt(start[:, None] * energies[:, :-1] + 1e-12)
    shortest, longest = int(rate / _PITCHES_HZ[1]), int(rate / _PITCHES_HZ[0])
    # Neighbouring samples of rumbling are alike as well: a period comes after they were not.
    has_dipped = np.logical_or.accumulate(alike < _DIP, axis=1)
    repeats = np.where(has_dipped, alike, 0)[:, shortest:longest].max(axis=1)
    return step / rate * int(np.count_nonzero((repeats > _PERIODIC) & (start > size * _AUDIBLE)))
