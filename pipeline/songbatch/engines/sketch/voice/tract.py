"""The vocal tract as a filter: resonators of mouth and nose in cascade, after Klatt (1980)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact
from songbatch.audio.exact import Complex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.voice.tracks import Tracks

RATE = 24000
"""Hz; a voice has little above 12 kHz that words need."""

SIZE = 1024
"""Samples of an impulse response: 43 ms, longer than any formant rings."""

BINS = SIZE // 2 + 1
BATCH = 256
"""Frames filtered at once."""

HIGHER = ((3500, 200), (4500, 280), (5600, 420), (6900, 700), (8300, 1000), (9800, 1400))
"""Formants above the third, Hz and bandwidth: the same in every vowel."""

HERTZ = np.arange(BINS) * RATE / SIZE
HUM = (1 / (1 + exact.power(np.maximum(HERTZ, 1.0) / 250, 4))).astype(np.float32)
"""The gain of a voice through cheeks and lips."""

DELAYS = [exact.circle(-2 * np.pi * np.arange(BINS) * samples / SIZE) for samples in range(7)]
"""Delays by 0, 1, … samples, at every bin: the powers of 1/z."""


class Mouth:
    """The filter of every frame (frames × BINS), computed where something sounds.

    `hertz` is the pitch of every frame; all formants are multiplied by `scale`.
    """

    def __init__(self, tracks: Tracks, hertz: NDArray[np.float64], scale: float) -> None:
        formants = tracks.formants * scale
        sung = tracks.voicing > 0.3
        # A first formant below the pitch would leave no harmonic in it: singers open the mouth.
        formants[:, 0] = np.maximum(formants[:, 0], 0.97 * hertz * sung)
        formants[:, 1] = np.maximum(formants[:, 1], formants[:, 0] + 180)
        formants[:, 2] = np.maximum(formants[:, 2], formants[:, 1] + 220)
        self.response = Complex(*np.zeros((2, len(formants), BINS), np.float32))
        sounding = (tracks.voicing > 0.003) | (tracks.breath > 0.003)
        higher = _higher(scale)
        for start in range(0, len(formants), BATCH):
            part = slice(start, start + BATCH)
            if sounding[part].any():
                tract = _tract(formants[part], tracks.nasal[part], tracks.zero[part])
                shut = _shut(exact.product(tract, higher), tracks.closed[part])
                self.response.real[part], self.response.imag[part] = shut


def _shut(response: Complex, closed: NDArray[np.float64]) -> Complex:
    """Let only a hum through where the mouth is closed."""
    if closed.max() < 0.01:
        return response
    share = closed[:, None].astype(np.float32)
    real, imag = exact.scaled(response, 1 - share)
    return Complex(real + HUM * share, imag)


def _tract(
    formants: NDArray[np.float64], nasal: NDArray[np.float64], zero: NDArray[np.float64]
) -> Complex:
    """Return rows × BINS: what the three formants let through, and an open nose."""
    first, second, third = formants.T
    poles = _resonator(first, 55 + 0.06 * first + 60 * nasal)
    poles = _product(poles, _resonator(second, 60 + 0.035 * second))
    poles = _product(poles, _resonator(third, 80 + 0.03 * third))
    response = _all_pole(poles)
    if nasal.max() > 0.01:
        share = nasal[:, None].astype(np.float32)
        real, imag = exact.scaled(_nose(zero), share)
        response = exact.product(response, Complex((1 - share) + real, imag))
    return response


def _nose(zero: NDArray[np.float64]) -> Complex:
    """Return what an open nose adds: its own resonance, and what the mouth behind it swallows."""
    own = _resonator(np.full(1, 270.0), np.full(1, 100.0))
    poles = _product(own, _resonator(1.2 * zero, np.full(len(zero), 300.0)))
    swallowed = _resonator(np.full(1, 450.0), np.full(1, 100.0))
    zeros = _product(swallowed, _resonator(zero, np.full(len(zero), 150.0)))
    return exact.quotient(_all_pole(poles), _all_pole(zeros))


def _higher(scale: float) -> Complex:
    response = Complex(np.ones((1, BINS), np.float32), np.zeros((1, BINS), np.float32))
    for centre, width in HIGHER:
        if centre * scale < RATE / 2 - 400:
            poles = _resonator(np.full(1, centre * scale), np.full(1, float(width)))
            response = exact.product(response, _all_pole(poles))
    return response


def _resonator(centre: NDArray[np.float64], width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows × 3: 1/z's coefficients in the denominator of two poles at `centre` (Hz)."""
    radius = exact.exp(-np.pi * width / RATE)
    turning = -2 * radius * exact.cos(2 * np.pi * centre / RATE)
    return np.stack([np.ones(len(centre)), turning, radius * radius], axis=1)


def _product(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the coefficients of the products of polynomials, row by row."""
    rows = np.zeros((max(len(left), len(right)), left.shape[1] + right.shape[1] - 1))
    for power in range(right.shape[1]):
        rows[:, power : power + left.shape[1]] += left * right[:, power, None]
    return rows


def _all_pole(poles: NDArray[np.float64]) -> Complex:
    """Return rows × BINS in float32: the responses of denominators, of unit gain at 0 Hz."""
    gain = poles.sum(axis=1, keepdims=True)
    below = exact.polynomial(poles, DELAYS[: poles.shape[1]])
    share = gain / exact.squares(below)
    return exact.single(Complex(below.real * share, -below.imag * share))
