"""Tempo, beats, bars and the drum pattern of a recording.

Method: an onset envelope (half-wave rectified rise of logarithmic band energies), its
autocorrelation, a comb over candidate tempi that rewards multiples and a prior around 112 bpm, a
refinement by all that is whole beats apart, and the phase at which a steady grid meets most onsets.
A grid without drift is what the arrangement needs: its bars are steady.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import Mono, band_sums, running_mean, smoothed, spectra

if TYPE_CHECKING:
    from songbatch.engines.sketch.analysis.grid import Metre

SIZE, HOP = 1024, 256
"""Samples of a frame, and between frames: 46 and 12 ms at 22.05 kHz."""

SLOWEST, FASTEST = 56.0, 196.0
"""Beats a minute that are considered."""

USUAL, SPREAD = 112.0, 0.62
"""The middle of tempi in bpm, and how far they spread, in octaves."""

MULTIPLES = ((1, 1.0), (2, 0.8), (3, 0.35), (4, 0.8), (8, 0.5))
"""Beats apart, and how much onsets repeating so support a tempo; set by hand."""

FARTHEST = 64
"""Beats that are compared, at most, to know the tempo exactly."""

NEAR = 2
"""Frames around a multiple of the beat in which its peak lies."""

STEPS = 16
"""Sixteenths of a bar of four beats."""

QUIET_HIGHS, LOUD_HIGHS = 0.008, 0.03
"""Mean rise above 5 kHz against the mean magnitude: without and with drums."""

AUDIBLE = 0.05
"""Share of a loud frame's magnitude that counts as sound."""

Envelope = NDArray[np.float64]


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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
    beats_per_bar: int = 4


class Pulse(msgspec.Struct, frozen=True):
    """Onsets in frames of `HOP` samples, before bars are known.

    `rises` are frames × bands (Hz edges `BANDS`), `struck` frames × low, middle and high drums;
    `period_frames` is the pulse, right up to a factor of two; sound begins at `start_frame`.
    """

    frames_per_second: float
    rises: NDArray[np.float64]
    struck: NDArray[np.float64]
    envelope: Envelope
    period_frames: float
    phase_frames: float
    start_frame: float
    confidence: float
    drums: float


BANDS = np.concatenate([np.linspace(30, 400, 8), exact.geomspace(500, 10000, 25)])
# Bands below 240 Hz, from 0.8 to 4.3 kHz and above 4.9 kHz.
LOW = slice(0, 4)
MIDDLE = slice(10, 24)
HIGH = slice(25, 32)


def find_pulse(sound: Mono, sample_rate: int) -> Pulse:
    """Return the pulse of mono `sound`."""
    magnitudes = spectra(sound, SIZE, HOP)
    frames_per_second = sample_rate / HOP
    rises = _rises(magnitudes, sample_rate)
    envelope = _sharpened(rises.mean(axis=1), frames_per_second)
    period, confidence = _period(envelope, frames_per_second)
    return Pulse(
        frames_per_second=frames_per_second,
        rises=rises,
        struck=_struck(magnitudes, sample_rate),
        envelope=envelope,
        period_frames=period,
        phase_frames=_phase(envelope, period),
        start_frame=_start(magnitudes),
        confidence=confidence,
        drums=_percussiveness(magnitudes, sample_rate),
    )


def in_bars(pulse: Pulse, metre: Metre) -> Rhythm:
    """Return the rhythm of a pulse that is read in a metre."""
    kick, snare, hat = _pattern(pulse, metre)
    return Rhythm(
        bpm=60 / metre.beat_seconds,
        first_beat=metre.first_beat,
        first_downbeat=metre.first_downbeat,
        confidence=pulse.confidence,
        kick=kick,
        snare=snare,
        hat=hat,
        drums=pulse.drums,
        beats_per_bar=metre.beats_per_bar,
    )


def _rises(magnitudes: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    bands = band_sums(magnitudes, BANDS, sample_rate).astype(np.float64)
    level = exact.log(1 + 100 * bands / (bands.mean() + 1e-9))
    rises = np.maximum(0.0, level[2:] - level[:-2])
    return np.pad(rises, ((1, 1), (0, 0)))


def _start(magnitudes: NDArray[np.float32]) -> float:
    """Return the frame where sound begins."""
    level = magnitudes.mean(axis=1)
    return float(np.argmax(level > AUDIBLE * exact.percentile(level, 90)))


def _sharpened(envelope: Envelope, frames_per_second: float) -> Envelope:
    width = int(0.4 * frames_per_second)
    sharp = np.maximum(0.0, envelope - running_mean(envelope, width))
    return np.asarray(sharp / (sharp.std() + 1e-9))


def _period(envelope: Envelope, frames_per_second: float) -> tuple[float, float]:
    """Return frames between beats, and the confidence."""
    correlation = _autocorrelation(envelope)
    tempi = exact.geomspace(SLOWEST, FASTEST, 900)
    score = _comb(correlation, 60 * frames_per_second / tempi)
    score *= exact.exp(-0.5 * (exact.log2(tempi / USUAL) / SPREAD) ** 2)
    lag = 60 * frames_per_second / float(tempi[int(np.argmax(score))])
    confidence = float(np.clip(_at(correlation, np.array([4 * lag]))[0], 0, 1))
    return _refined(correlation, lag), confidence


def _autocorrelation(envelope: Envelope) -> Envelope:
    count = len(envelope)
    size = 1 << (2 * count - 1).bit_length()
    spectrum = exact.squares(np.fft.rfft(envelope - envelope.mean(), size))
    correlation = np.fft.irfft(spectrum)[:count] / np.arange(count, 0, -1)
    blur = exact.exp(-0.5 * (np.arange(-4, 5) / 1.2) ** 2)
    return smoothed(correlation / (correlation[0] + 1e-9), blur / blur.sum())


def _at(correlation: Envelope, lags: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(lags, np.arange(len(correlation)), correlation, right=0.0)


def _comb(correlation: Envelope, lags: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how well each lag explains the onsets as beats of bars of four."""
    total = sum(weight for _, weight in MULTIPLES)
    beats = sum(weight / total * _at(correlation, lags * times) for times, weight in MULTIPLES)
    eighths = 0.6 * _at(correlation, lags / 2) + 0.25 * _at(correlation, lags / 4)
    # A tempo in the ratio 2:3 or 4:3 has as many coincidences, but between the beats.
    triplets = sum(np.maximum(0, _at(correlation, lags * r)) for r in (2 / 3, 4 / 3))
    return np.maximum(0.0, beats + 0.35 * eighths - 0.18 * triplets)


def _refined(correlation: Envelope, lag: float) -> float:
    """Return the lag to a small fraction of a frame, by all that is whole beats apart.

    The lag whose multiples repeat the most, looked for among more and more of them, then a line
    through the peaks near its multiples: no single peak decides, as a voice may have bent it.
    """
    most = int(min(FARTHEST, 0.6 * len(correlation) / lag))
    for beats in (4, 8, 16, 32, 64):
        if beats > most:
            break
        reach = 0.12 * lag / beats
        near = np.arange(lag - reach, lag + reach, 0.2 / beats)
        repeats = _at(correlation, np.outer(near, np.arange(1, beats + 1))).sum(axis=1)
        lag = float(near[int(np.argmax(repeats))])
    times = np.arange(1.0, most + 1)
    peaks, heights = _peaks(correlation, lag * times)
    weights = times * heights
    return float((weights * peaks).sum() / (weights * times).sum()) if weights.any() else lag


def _peaks(
    correlation: Envelope, lags: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the place of the highest value within NEAR of each lag, and its height, at least 0.

    The place is the top of the parabola through that value and its neighbours.
    """
    around = np.round(lags).astype(int)[:, None] + np.arange(-NEAR, NEAR + 1)
    around = np.clip(around, 1, len(correlation) - 2)
    top = around[np.arange(len(lags)), correlation[around].argmax(axis=1)]
    before, height, after = (correlation[top + step] for step in (-1, 0, 1))
    bend = before - 2 * height + after
    lean = 0.5 * (before - after) / np.where(bend < 0, bend, np.inf)
    return top + np.clip(lean, -1, 1), np.maximum(0.0, height)


def _phase(envelope: Envelope, period: float) -> float:
    """Return the frame of the first beat: the offset whose grid meets the most onsets."""
    # A frame early: an onset on the very first sample rises before it.
    offsets = np.arange(-1.5, period - 1.5, 0.25)
    count = int((len(envelope) - period) / period)
    grid = offsets[:, None] + np.arange(max(1, count)) * period
    met = np.interp(grid, np.arange(len(envelope)), envelope).sum(axis=1)
    return max(0.0, float(offsets[int(np.argmax(met))]))


def _struck(magnitudes: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return frames × 3 rises below 120 Hz, from 180 Hz to 2.5 kHz, and above 5 kHz."""
    edges = np.array([30.0, 120.0, 180.0, 2500.0, 5000.0, 10500.0])
    bands = band_sums(magnitudes, edges, sample_rate)[:, [0, 2, 4]].astype(np.float64)
    level = exact.log(1 + 10 * bands / (bands.mean(axis=0) + 1e-9))
    return np.asarray(np.maximum(0.0, np.diff(level, axis=0)))


def _pattern(pulse: Pulse, metre: Metre) -> list[tuple[float, ...]]:
    """Return how hard the low, middle and high bands are struck on each step of a bar.

    A bar of three has twelve sixteenths; the last four steps stay empty.
    """
    rises, period = pulse.struck, metre.beat_seconds * pulse.frames_per_second
    steps_per_bar = 4 * metre.beats_per_bar
    first = metre.first_downbeat * pulse.frames_per_second
    steps = np.arange(first, len(rises) - 3, period / 4)
    bars = len(steps) // steps_per_bar
    if bars == 0:
        return [(0.0,) * STEPS] * 3
    near = np.round(steps[: bars * steps_per_bar]).astype(int)
    struck = np.max([rises[np.clip(near + d, 0, len(rises) - 1)] for d in (-2, -1, 0, 1)], axis=0)
    folded = np.median(struck.reshape(bars, steps_per_bar, 3), axis=0)
    folded = np.pad(folded / (folded.max(axis=0) + 1e-9), ((0, STEPS - steps_per_bar), (0, 0)))
    return [tuple(folded[:, band].tolist()) for band in range(3)]


def _percussiveness(magnitudes: NDArray[np.float32], sample_rate: int) -> float:
    """Return 0 to 1: hats and snares rise above 5 kHz, where plucked strings hardly do."""
    first = int(5000 / (sample_rate / 2) * magnitudes.shape[1])
    rises = np.maximum(0.0, np.diff(magnitudes[:, first:], axis=0))
    share = float(rises.mean() / (magnitudes.mean() + 1e-9))
    return float(np.clip((share - QUIET_HIGHS) / (LOUD_HIGHS - QUIET_HIGHS), 0, 1))
