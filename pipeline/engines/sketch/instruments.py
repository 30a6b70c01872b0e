"""The band's instruments: one note each, mono at RATE, by adding partials. No samples are used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 44100
"""Hz of the band and of the mix."""

Sound = NDArray[np.float32]


def _times(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def _release(time: NDArray[np.float64], seconds: float, fade: float) -> NDArray[np.float64]:
    return np.clip((seconds + fade - time) / fade, 0, 1)


def pad(pitch: float, seconds: float) -> Sound:
    """Return a soft chord voice: three slightly detuned rows of partials, slow in and out."""
    time = _times(seconds + 0.2)
    sound = np.zeros(len(time))
    chance = np.random.default_rng(round(pitch))
    for detune in (-0.06, 0.0, 0.07):
        base = _hertz(pitch + detune)
        for partial in range(1, 1 + int(min(14, 4200 / base))):
            phase = chance.uniform(0, 2 * np.pi)
            sound += np.sin(2 * np.pi * base * partial * time + phase) / partial**1.25
    envelope = np.minimum(1, time / 0.12) * _release(time, seconds, 0.2)
    return (sound * envelope * 0.09).astype(np.float32)


def bass(pitch: float, seconds: float) -> Sound:
    """Return a plucked bass: six partials, the high ones gone first."""
    time = _times(seconds + 0.05)
    sound = np.zeros(len(time))
    for partial in range(1, 7):
        decay = np.exp(-time * (1.2 + 1.1 * partial))
        sound += np.sin(2 * np.pi * _hertz(pitch) * partial * time) / partial**1.1 * decay
    envelope = np.minimum(1, time / 0.006) * _release(time, seconds, 0.05)
    return (sound * envelope * 0.5).astype(np.float32)


def pluck(pitch: float, seconds: float) -> Sound:
    """Return a bright string: stretched partials, plucked near the bridge."""
    return _struck(pitch, seconds, partials=16, place=0.22, slope=1.0, damping=0.9)


def keys(pitch: float, seconds: float) -> Sound:
    """Return a mellow struck string."""
    return _struck(pitch, seconds, partials=9, place=0.12, slope=1.5, damping=0.55)


def _struck(
    pitch: float, seconds: float, partials: int, place: float, slope: float, damping: float
) -> Sound:
    time = _times(seconds + 0.25)
    base, stiffness = _hertz(pitch), 2e-4
    sound = np.zeros(len(time))
    for partial in range(1, 1 + int(min(partials, 9000 / base))):
        level = abs(np.sin(np.pi * partial * place)) / partial**slope
        hertz = base * partial * np.sqrt(1 + stiffness * partial * partial)
        sound += (
            level * np.sin(2 * np.pi * hertz * time) * np.exp(-time * (1.6 + damping * partial))
        )
    envelope = np.minimum(1, time / 0.003) * _release(time, seconds, 0.2)
    return (sound * envelope * 0.4).astype(np.float32)


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
