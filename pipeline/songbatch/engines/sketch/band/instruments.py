"""The band's instruments: one note each, mono at RATE, by adding partials. No samples are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE = 44100
"""Hz of the band and of the mix."""

BLOCK = 256
"""Samples; see `_ringing`."""

Sound = NDArray[np.float32]


def _times(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def _ringing(seconds: float, rows: Iterable[tuple[float, float, float, float]]) -> Sound:
    """Return the sum of sines given as hertz, decay per second, level and phase in radians.

    A sine that dies away is a power: that of a sample is that of its block times that of its place
    in the block, so that only a few hundred powers are taken for every sine.
    """
    blocks = -(-int(seconds * RATE) // BLOCK)
    sound, product = np.zeros((2, blocks, BLOCK), np.float32)
    for hertz, decay, level, phase in rows:
        rate = (2j * np.pi * hertz - decay) / RATE
        coarse = level * np.exp(rate * BLOCK * np.arange(blocks) + 1j * phase)[:, None]
        fine = np.exp(rate * np.arange(BLOCK)).astype(np.complex64)
        sound += np.multiply(coarse.imag.astype(np.float32), fine.real, out=product)
        sound += np.multiply(coarse.real.astype(np.float32), fine.imag, out=product)
    return sound.reshape(-1)[: int(seconds * RATE)]


def _shaped(sound: Sound, attack: float, seconds: float, fade: float) -> Sound:
    """Return sound that rises for `attack` seconds and fades for `fade` from `seconds` on."""
    time = np.arange(len(sound), dtype=np.float32) / np.float32(RATE)
    ends = np.clip((np.float32(seconds + fade) - time) / np.float32(fade), 0, 1)
    return np.asarray(sound * np.minimum(1, time / np.float32(attack)) * ends)


def pad(pitch: float, seconds: float) -> Sound:
    """Return a soft chord voice: three slightly detuned rows of partials, slow in and out."""
    rng = np.random.default_rng(round(pitch))
    rows = [
        (base * partial, 0.0, 0.09 / partial**1.25, float(rng.uniform(0, 2 * np.pi)))
        for base in (_hertz(pitch + detune) for detune in (-0.06, 0.0, 0.07))
        for partial in range(1, 1 + int(min(14, 4200 / base)))
    ]
    return _shaped(_ringing(seconds + 0.2, rows), 0.12, seconds, 0.2)


def bass(pitch: float, seconds: float) -> Sound:
    """Return a plucked bass: six partials, the high ones gone first."""
    rows = [
        (_hertz(pitch) * partial, 1.2 + 1.1 * partial, 0.5 / partial**1.1, 0.0)
        for partial in range(1, 7)
    ]
    return _shaped(_ringing(seconds + 0.05, rows), 0.006, seconds, 0.05)


def pluck(pitch: float, seconds: float) -> Sound:
    """Return a bright string: stretched partials, plucked near the bridge."""
    return _struck(pitch, seconds, partials=16, place=0.22, slope=1.0, damping=0.9)


def keys(pitch: float, seconds: float) -> Sound:
    """Return a mellow struck string."""
    return _struck(pitch, seconds, partials=9, place=0.12, slope=1.5, damping=0.55)


def _struck(
    pitch: float, seconds: float, partials: int, place: float, slope: float, damping: float
) -> Sound:
    base, stiffness = _hertz(pitch), 2e-4
    rows = [
        (
            base * partial * np.sqrt(1 + stiffness * partial * partial),
            1.6 + damping * partial,
            0.4 * abs(np.sin(np.pi * partial * place)) / partial**slope,
            0.0,
        )
        for partial in range(1, 1 + int(min(partials, 9000 / base)))
    ]
    return _shaped(_ringing(seconds + 0.25, rows), 0.003, seconds, 0.2)


def kick() -> Sound:
    """Return a bass drum: a sine that falls from 150 to 48 Hz, and a click."""
    time = _times(0.28)
    noise = np.random.default_rng(50).standard_normal(len(time))
    sweep = 48 * time + (150 - 48) / 38 * (1 - np.exp(-38 * time))
    body = np.sin(2 * np.pi * sweep) * np.exp(-11 * time)
    return (0.9 * (body + 0.15 * noise * np.exp(-250 * time))).astype(np.float32)


def snare() -> Sound:
    """Return a snare: high-passed noise over a short 190 Hz tone."""
    time = _times(0.22)
    noise = np.diff(np.random.default_rng(51).standard_normal(len(time)), prepend=0)
    tone = np.sin(2 * np.pi * 190 * time) * np.exp(-28 * time)
    return (0.7 * (0.45 * noise * np.exp(-22 * time) + 0.4 * tone)).astype(np.float32)


def hat() -> Sound:
    """Return a closed hi-hat: twice differenced noise."""
    time = _times(0.07)
    noise = np.diff(np.random.default_rng(52).standard_normal(len(time)), n=2, prepend=[0, 0])
    return (0.16 * noise * np.exp(-70 * time)).astype(np.float32)
