"""The band's instruments: one note each, mono at RATE, by adding partials. No samples are used."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import hertz_of

RATE = 44100
"""Hz of the band and of the mix."""

BLOCK = 256
"""Samples; see `_ringing`."""

Sound = NDArray[np.float32]


def _times(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _ringing(seconds: float, rows: ArrayLike) -> Sound:
    """Return the sum of sines given as hertz, decay per second, level and phase in radians.

    A sine that dies away is a power: that of a sample is that of its block times that of its place
    in the block, so that only a few hundred powers are taken for every sine.
    """
    blocks = -(-int(seconds * RATE) // BLOCK)
    sound, product = np.zeros((2, blocks, BLOCK), np.float32)
    hertz, decay, level, phase = np.asarray(rows, np.float64).reshape(-1, 4).T
    shrinking, turning = -decay / RATE, 2 * np.pi * hertz / RATE
    first = exact.scaled(exact.circle(phase[:, None]), level[:, None])
    coarse = exact.product(first, exact.powers(BLOCK * shrinking, BLOCK * turning, blocks))
    fine = exact.single(exact.powers(shrinking, turning, BLOCK))
    for real, imag, fine_real, fine_imag in zip(*exact.single(coarse), *fine, strict=True):
        sound += np.multiply(imag[:, None], fine_real, out=product)
        sound += np.multiply(real[:, None], fine_imag, out=product)
    return sound.reshape(-1)[: int(seconds * RATE)]


def _shaped(sound: Sound, attack: float, seconds: float, fade: float) -> Sound:
    """Return sound that rises for `attack` seconds and fades for `fade` from `seconds` on."""
    time = np.arange(len(sound), dtype=np.float32) / np.float32(RATE)
    ends = np.clip((np.float32(seconds + fade) - time) / np.float32(fade), 0, 1)
    return np.asarray(sound * np.minimum(1, time / np.float32(attack)) * ends)


def pad(pitch: float, seconds: float) -> Sound:
    """Return a soft chord voice: three slightly detuned rows of partials, slow in and out."""
    return _padded(pitch, seconds, (-0.06, 0.0, 0.07), round(pitch))


def wide_pad(pitch: float, seconds: float) -> Sound:
    """Return what differs between two such voices on either side: rows of other tunings."""
    return _padded(pitch, seconds, (-0.1, 0.1), 1000 + round(pitch))


def _padded(pitch: float, seconds: float, tunings: tuple[float, ...], seed: int) -> Sound:
    rng = np.random.default_rng(seed)
    levels = 0.09 / exact.power(np.arange(1, 15), 1.25)
    rows = [
        (base * partial, 0.0, level, rng.uniform(0, 2 * np.pi))
        for base in (float(hertz_of(pitch + detune)) for detune in tunings)
        for partial, level in enumerate(levels[: int(min(14, 4200 / base))], start=1)
    ]
    return _shaped(_ringing(seconds + 0.2, rows), 0.12, seconds, 0.2)


def bass(pitch: float, seconds: float) -> Sound:
    """Return a plucked bass: six partials, the high ones gone first."""
    partial = np.arange(1, 7)
    levels = 0.5 / exact.power(partial, 1.1)
    rows = [float(hertz_of(pitch)) * partial, 1.2 + 1.1 * partial, levels, np.zeros(6)]
    return _shaped(_ringing(seconds + 0.05, np.stack(rows, axis=1)), 0.006, seconds, 0.05)


def pluck(pitch: float, seconds: float) -> Sound:
    """Return a bright string: stretched partials, plucked near the bridge."""
    return _struck(pitch, seconds, partials=16, place=0.22, slope=1.0, damping=0.9)


def keys(pitch: float, seconds: float) -> Sound:
    """Return a mellow struck string."""
    return _struck(pitch, seconds, partials=9, place=0.12, slope=1.5, damping=0.55)


def _struck(
    pitch: float, seconds: float, partials: int, place: float, slope: float, damping: float
) -> Sound:
    base, stiffness = float(hertz_of(pitch)), 2e-4
    partial = np.arange(1, 1 + int(min(partials, 9000 / base)))
    rows = [
        base * partial * np.sqrt(1 + stiffness * partial * partial),
        1.6 + damping * partial,
        0.4 * np.abs(exact.sin(np.pi * partial * place)) / exact.power(partial, slope),
        np.zeros(len(partial)),
    ]
    return _shaped(_ringing(seconds + 0.25, np.stack(rows, axis=1)), 0.003, seconds, 0.2)


def kick() -> Sound:
    """Return a bass drum: a sine that falls from 150 to 48 Hz, and a click."""
    time = _times(0.28)
    noise = exact.white_noise(np.random.default_rng(50), len(time))
    sweep = 48 * time + (150 - 48) / 38 * (1 - exact.exp(-38 * time))
    body = exact.sin(2 * np.pi * sweep) * exact.exp(-11 * time)
    return (0.9 * (body + 0.15 * noise * exact.exp(-250 * time))).astype(np.float32)


def snare() -> Sound:
    """Return a snare: high-passed noise over a short 190 Hz tone."""
    time = _times(0.22)
    noise = np.diff(exact.white_noise(np.random.default_rng(51), len(time)), prepend=0)
    tone = exact.sin(2 * np.pi * 190 * time) * exact.exp(-28 * time)
    return (0.7 * (0.45 * noise * exact.exp(-22 * time) + 0.4 * tone)).astype(np.float32)


def hat() -> Sound:
    """Return a closed hi-hat: twice differenced noise."""
    time = _times(0.07)
    noise = np.diff(exact.white_noise(np.random.default_rng(52), len(time)), n=2, prepend=[0, 0])
    return (0.16 * noise * exact.exp(-70 * time)).astype(np.float32)


def tom(pitch: float) -> Sound:
    """Return a tom: a sine that falls by a fourth to a note (MIDI), and the stick."""
    time = _times(0.3)
    base = float(hertz_of(pitch))
    noise = exact.white_noise(np.random.default_rng(53), len(time))
    sweep = base * (time + 0.33 / 22 * (1 - exact.exp(-22 * time)))
    body = exact.sin(2 * np.pi * sweep) * exact.exp(-10 * time)
    return (0.75 * (body + 0.12 * noise * exact.exp(-180 * time))).astype(np.float32)


def crash() -> Sound:
    """Return a cymbal that rings: differenced noise that dies away slowly."""
    time = _times(1.4)
    noise = np.diff(exact.white_noise(np.random.default_rng(54), len(time)), n=2, prepend=[0, 0])
    return (0.1 * noise * exact.exp(-3.2 * time)).astype(np.float32)
