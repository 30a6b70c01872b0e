"""Tempo, beats, bars and the drum pattern of a recording.

Method: an onset envelope (half-wave rectified rise of logarithmic band energies), its
autocorrelation, a comb over candidate tempi that rewards multiples and a prior around 112 bpm, a
refinement on ever longer lags, and the phase at which a steady grid meets most onsets. A grid
without drift is what the arrangement needs: its bars are steady.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.sketch.dsp import Mono, band_sums, spectra

SIZE, HOP = 1024, 256
"""Samples of a frame, and between frames: 46 and 12 ms at 22.05 kHz."""

SLOWEST, FASTEST = 56.0, 196.0
"""Beats a minute that are considered."""

STEPS = 16
"""Sixteenths of a bar of four beats."""

QUIET_HIGHS, LOUD_HIGHS = 0.008, 0.03
"""Mean rise above 5 kHz against the mean magnitude: without and with drums."""

Envelope = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A steady grid: `bpm`, first beat and first downbeat in seconds, and what is struck when.

    `confidence` 0 to 1. `kick`, `snare` and `hat` are strengths 0 to 1 for each sixteenth of a bar;
    `drums` 0 to 1 how much of the recording is percussion.
    """

    bpm: float
    first_beat: float
    first_downbeat: float
    confidence: float
    kick: tuple[float, ...]
    snare: tuple[float, ...]
    hat: tuple[float, ...]
    drums: float


def listen(sound: Mono, sample_rate: int) -> Rhythm:
    """Return the rhythm of mono `sound`."""
    magnitudes = spectra(sound, SIZE, HOP)
    frames_per_second = sample_rate / HOP
    rises = _rises(magnitudes, sample_rate)
    envelope = _sharpened(rises.mean(axis=1), frames_per_second)
    period, confidence = _period(envelope, frames_per_second)
    phase = _phase(envelope, period)
    low = _sharpened(rises[:, :6].mean(axis=1), frames_per_second)
    downbeat = phase + period * _strongest(low + 0.3 * envelope, phase, period, 4)
    pattern = _pattern(magnitudes, sample_rate, downbeat, period)
    return Rhythm(
        bpm=60 * frames_per_second / period,
        first_beat=phase / frames_per_second,
        first_downbeat=downbeat / frames_per_second,
        confidence=confidence,
        kick=pattern[0],
        snare=pattern[1],
        hat=pattern[2],
        drums=_percussiveness(magnitudes, sample_rate),
    )


def _rises(magnitudes: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    edges = np.concatenate([np.linspace(30, 400, 8), np.geomspace(500, 10000, 25)])
    bands = band_sums(magnitudes, edges, sample_rate).astype(np.float64)
    level = np.log1p(100 * bands / (bands.mean() + 1e-9))
    rises = np.maximum(0.0, level[2:] - level[:-2])
    return np.pad(rises, ((1, 1), (0, 0)))


def _sharpened(envelope: Envelope, frames_per_second: float) -> Envelope:
    width = int(0.4 * frames_per_second)
    around = np.convolve(envelope, np.ones(width) / width, "same")
    sharp = np.maximum(0.0, envelope - around)
    return np.asarray(sharp / (sharp.std() + 1e-9))


def _period(envelope: Envelope, frames_per_second: float) -> tuple[float, float]:
    """Return frames between beats, and the confidence."""
    correlation = _autocorrelation(envelope)
    tempi = np.geomspace(SLOWEST, FASTEST, 900)
    score = _comb(correlation, 60 * frames_per_second / tempi)
    score *= np.exp(-0.5 * (np.log2(tempi / 112) / 0.62) ** 2)
    lag = 60 * frames_per_second / float(tempi[int(np.argmax(score))])
    confidence = float(np.clip(_at(correlation, np.array([4 * lag]))[0], 0, 1))
    return _refined(correlation, lag), confidence


def _autocorrelation(envelope: Envelope) -> Envelope:
    count = len(envelope)
    size = 1 << int(np.ceil(np.log2(2 * count)))
    spectrum = np.abs(np.fft.rfft(envelope - envelope.mean(), size)) ** 2
    correlation = np.fft.irfft(spectrum)[:count] / np.arange(count, 0, -1)
    blur = np.exp(-0.5 * (np.arange(-4, 5) / 1.2) ** 2)
    return np.convolve(correlation / (correlation[0] + 1e-9), blur / blur.sum(), "same")


def _at(correlation: Envelope, lags: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(lags, np.arange(len(correlation)), correlation, right=0.0)


def _comb(correlation: Envelope, lags: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how well each lag explains the onsets as beats of bars of four."""
    multiples = ((1, 1.0), (2, 0.8), (3, 0.35), (4, 0.8), (8, 0.5))
    beats = sum(weight * _at(correlation, lags * times) for times, weight in multiples) / 3.45
    eighths = 0.6 * _at(correlation, lags / 2) + 0.25 * _at(correlation, lags / 4)
    # A neighbour in the ratio 2:3 or 4:3 has as many coincidences, but between the beats.
    triplets = sum(np.maximum(0, _at(correlation, lags * r)) for r in (2 / 3, 4 / 3))
    return np.maximum(0.0, beats + 0.35 * eighths - 0.18 * triplets)


def _refined(correlation: Envelope, lag: float) -> float:
    """Return the lag to a small fraction of a frame, by comparing what is many beats apart."""
    for beats in (4, 8, 16, 32, 64):
        if lag * beats * 1.01 > len(correlation) * 0.6:
            break
        reach = max(2.0, 0.25 * lag * min(1.0, 8 / beats))
        near = np.arange(lag * beats - reach, lag * beats + reach, 0.1)
        lag = float(near[int(np.argmax(_at(correlation, near)))]) / beats
    return lag


def _phase(envelope: Envelope, period: float) -> float:
    """Return the frame of the first beat: the offset whose grid meets the most onsets."""
    # A frame early: an onset on the very first sample rises before it.
    offsets = np.arange(-1.5, period - 1.5, 0.25)
    count = int((len(envelope) - period) / period)
    grid = offsets[:, None] + np.arange(max(1, count)) * period
    met = np.interp(grid, np.arange(len(envelope)), envelope).sum(axis=1)
    return max(0.0, float(offsets[int(np.argmax(met))]))


def _strongest(envelope: Envelope, phase: float, period: float, of: int) -> int:
    """Return which of every `of` beats is struck the hardest."""
    beats = np.arange(phase, len(envelope) - 1, period)
    near = np.stack([np.interp(beats + d, np.arange(len(envelope)), envelope) for d in (-1, 0, 1)])
    strength = near.max(axis=0)
    return int(np.argmax([strength[k::of].mean() if len(strength) > k else 0 for k in range(of)]))


def _pattern(
    magnitudes: NDArray[np.float32], sample_rate: int, downbeat: float, period: float
) -> list[tuple[float, ...]]:
    """Return how hard the low, middle and high bands are struck on each sixteenth of a bar."""
    edges = np.array([30.0, 120.0, 180.0, 2500.0, 5000.0, 10500.0])
    bands = band_sums(magnitudes, edges, sample_rate)[:, [0, 2, 4]].astype(np.float64)
    rises = np.maximum(0.0, np.diff(np.log1p(10 * bands / (bands.mean(axis=0) + 1e-9)), axis=0))
    steps = np.arange(downbeat, len(rises) - 3, period / 4)
    bars = len(steps) // STEPS
    if bars == 0:
        return [(0.0,) * STEPS] * 3
    near = np.round(steps[: bars * STEPS]).astype(int)
    struck = np.max([rises[np.clip(near + d, 0, len(rises) - 1)] for d in (-2, -1, 0, 1)], axis=0)
    folded = np.median(struck.reshape(bars, STEPS, 3), axis=0)
    strongest = folded.max(axis=0) + 1e-9
    return [tuple((folded[:, band] / strongest[band]).tolist()) for band in range(3)]


def _percussiveness(magnitudes: NDArray[np.float32], sample_rate: int) -> float:
    """Return 0 to 1: hats and snares rise above 5 kHz, where plucked strings hardly do."""
    first = int(5000 / (sample_rate / 2) * magnitudes.shape[1])
    rises = np.maximum(0.0, np.diff(magnitudes[:, first:], axis=0))
    share = float(rises.mean() / (magnitudes.mean() + 1e-9))
    return float(np.clip((share - QUIET_HIGHS) / (LOUD_HIGHS - QUIET_HIGHS), 0, 1))
