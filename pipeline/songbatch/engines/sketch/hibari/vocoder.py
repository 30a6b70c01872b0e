"""Vocoder: amplitudes, phases and a pitch curve → sound, by short spectra that overlap.

A train of pulses at the pitch goes through a filter, noise is shaped, and what has phases of its
own is added. Frames lie on a grid of HOP samples.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.hibari.network import BINS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.dsp import Mono
    from songbatch.engines.sketch.hibari.layers import Rows

RATE, HOP, SIZE = 24000, 300, 2 * (BINS - 1)
"""Hz, and samples: spectra of 50 ms, 12.5 ms apart."""

HIGHEST = 11000.0
"""Hz up to which a pulse has harmonics."""

_LEAST, _MOST, _LEVELS = -14.0, 7.0, 1024
_TURNS, _TURN_MOST = 4096, 4.0
_BATCH = 64


class Frames(NamedTuple):
    """Frames × BINS: amplitudes of pulses, of noise and of a part with phases of its own.

    The hyperbolic tangent of `turn` is by how many half turns the filter turns the pulses' phase;
    `phase` is the own part's, in radians.
    """

    pulses: Rows
    turn: Rows
    noise: Rows
    own: Rows
    phase: Rows


class Excitation(NamedTuple):
    """Pulses, sample by sample: turns since the beginning, pitch in Hz, loudness."""

    turns: NDArray[np.float64]
    hertz: NDArray[np.float64]
    level: Mono


def pulse_train(driven: Excitation) -> Mono:
    """Return pulses, each the sum of all harmonics below HIGHEST, of amplitude 1."""
    half = np.pi * (driven.turns - np.floor(driven.turns))
    orders = np.floor(HIGHEST / np.maximum(driven.hertz, 40.0)) + 0.5
    below = 2 * exact.sin(half)
    near = np.abs(below) < 2e-3
    sound = exact.sin(2 * orders * half) / np.where(near, 1.0, below)
    return np.asarray(np.where(near, orders, sound) - 0.5, np.float32) * driven.level


def sound_of(frames: Frames, driven: Excitation, rng: np.random.Generator) -> Mono:
    """Return the sound of frames, from SIZE / 2 before the first one's middle, as `driven` is."""
    train = np.lib.stride_tricks.sliding_window_view(pulse_train(driven), SIZE)[::HOP]
    count = len(frames.pulses)
    out = np.zeros((count - 1) * HOP + SIZE, np.float32)
    window = _window() / np.float32(SQUARES)
    for start in range(0, count, _BATCH):
        part = slice(start, start + _BATCH)
        batch = Frames(*(rows[part] for rows in frames))
        spectrum = _spectrum(batch, train[part][: len(batch.pulses)], rng)
        for row, sound in enumerate(exact.irfft(spectrum, SIZE) * window):
            at = (start + row) * HOP
            out[at : at + SIZE] += sound
    return out


SQUARES = 1.5
"""What squares of overlapping windows add up to."""


def _spectrum(
    frames: Frames, train: NDArray[np.float32], rng: np.random.Generator
) -> exact.ComplexArray:
    # A cosine of amplitude 1 has a peak of 1.
    source = np.fft.rfft(train * (_window() * np.float32(4 / SIZE)), axis=1)
    real, imag = exact.product(source, exact.scaled(_rotation(frames.turn), frames.pulses))
    own = exact.scaled(_phase(frames.phase), frames.own)
    random = rng.random((2, *frames.noise.shape), dtype=np.float32)
    random -= np.float32(0.5)
    random *= frames.noise * np.float32(np.sqrt(12.0))
    real += own.real
    imag += own.imag
    return exact.joined(exact.Complex(real + random[0], imag + random[1]))


@cache
def _window() -> Mono:
    return exact.hann(SIZE + 1)[:-1].astype(np.float32)


@cache
def _amplitudes() -> Mono:
    steps = np.arange(int((_MOST - _LEAST) * _LEVELS) + 1)
    return exact.exp(_LEAST + steps / _LEVELS).astype(np.float32)


def amplitude(log: Rows) -> Rows:
    """Return e to the power of `log`, to the nearest thousandth."""
    place = np.clip(log, np.float32(_LEAST), np.float32(_MOST))
    place -= np.float32(_LEAST)
    place *= np.float32(_LEVELS)
    return _amplitudes()[np.rint(place, out=place).astype(np.intp)]


@cache
def _circle() -> exact.Complex:
    return exact.single(exact.circle(2 * np.pi * np.arange(_TURNS) / _TURNS))


def _phase(angle: Rows) -> exact.Complex:
    """Return the complex numbers of angles in radians, to the nearest of 4096."""
    place = np.rint(angle * np.float32(_TURNS / (2 * np.pi))).astype(np.intp) & (_TURNS - 1)
    return exact.Complex(_circle().real[place], _circle().imag[place])


@cache
def _rotations() -> exact.Complex:
    twice = exact.exp(2 * np.linspace(-_TURN_MOST, _TURN_MOST, 4 * _TURNS + 1))
    return exact.single(exact.circle(np.pi * (twice - 1) / (twice + 1)))


def _rotation(turn: Rows) -> exact.Complex:
    """Return the complex numbers of angles of tanh(`turn`) half turns."""
    place = np.clip(turn, np.float32(-_TURN_MOST), np.float32(_TURN_MOST))
    place += np.float32(_TURN_MOST)
    place *= np.float32(2 * _TURNS / _TURN_MOST)
    index = np.rint(place, out=place).astype(np.intp)
    return exact.Complex(_rotations().real[index], _rotations().imag[index])
