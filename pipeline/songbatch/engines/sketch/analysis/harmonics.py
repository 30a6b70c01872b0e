"""Levels of a voice's harmonics, the only evidence of its vocal tract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Row = NDArray[np.float64]

HIGHEST = 5000.0
"""Hz up to which harmonics are read."""

REACH = 1e-4
"""Share of the frame's strongest harmonic that is added to all, so that none is -∞ dB."""


class Harmonics(msgspec.Struct, frozen=True):
    """The harmonics of one frame, from the first: their frequencies in Hz and levels in dB."""

    hz: Row
    level_db: Row

    @property
    def pitch_hz(self) -> float:
        """The frequency of the first one."""
        return float(self.hz[0])


def read(magnitudes: NDArray[np.float32], pitch: Row, bin_hertz: float) -> list[Harmonics]:
    """Return the harmonics of each frame (a row of magnitudes) at its pitch (Hz)."""
    return [
        _harmonics(frame, hz, bin_hertz)
        for frame, hz in zip(magnitudes, pitch.tolist(), strict=True)
    ]


def _harmonics(frame: NDArray[np.float32], pitch: float, bin_hertz: float) -> Harmonics:
    hz = pitch * np.arange(1, int(HIGHEST / pitch) + 1, dtype=np.float64)
    bins = np.round(hz / bin_hertz).astype(int).clip(1, len(frame) - 2)
    # If the pitch is a little off, or moves, its high harmonics lie in a neighbouring bin.
    level = np.max([frame[bins + d] for d in (-1, 0, 1)], axis=0).astype(np.float64)
    decibel: Row = 20 * exact.log10(level + REACH * level.max() + 1e-9)
    return Harmonics(hz, decibel)


def envelope(frames: Iterable[Harmonics], axis: Row) -> Row:
    """Return the mean level in dB at `axis` (Hz), through each frame's harmonics by lines."""
    rows = [np.interp(axis, frame.hz, frame.level_db) for frame in frames]
    return np.asarray(np.mean(rows, axis=0))


def without_trends(curve: Row, axis: Row, degree: int) -> Row:
    """Return a curve less the polynomial in `axis` (of degree 1 or 2) that fits it best."""
    x = 2 * (axis - axis[0]) / (axis[-1] - axis[0]) - 1
    basis: list[Row] = []
    for power in (np.ones_like(x), x, x * x)[: degree + 1]:
        rest = power
        for known in basis:
            rest = rest - (rest * known).sum() * known
        basis.append(rest / np.sqrt((rest * rest).sum()))
    for known in basis:
        curve = curve - (curve * known).sum() * known
    return curve
