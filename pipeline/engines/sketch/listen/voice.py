"""Pitch and timbre of a singing voice.

Method: normalised autocorrelation in 10 ms steps with the highest early peak taken, kept where it
is clear and where neighbours agree; formants by linear prediction, and from their spacing the
length of the vocal tract (a tube closed at one end resonates at odd quarters; Fitch 1997).
Where other instruments sound along, only clear frames count, and few may be left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch.dsp import Mono, equalise, resample, spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 11025
"""Hz at which pitch and formants are sought."""

HOP = 110
"""Samples between frames: 10 ms."""

FRAME = 768
LOWEST, HIGHEST = 70.0, 700.0
"""Hz a voice is sought in."""

LOWEST_IN_A_BAND = 150.0

CLEAR = 0.72
"""Share of a frame's power that repeats with the period, from which on it is sung."""

MIN_FRAMES = 40
ORDER = 12
FORMANT_FRAMES = 400
NEUTRAL_SPACING = 1000.0
"""Hz between formants of a 17.5 cm tract, which the singer's vowel table is for."""

NEUTRAL_TILT = -9.0

BASS_CUT_HERTZ = [60.0, 150.0, 230.0, 300.0]
BASS_CUT_DB = [-60.0, -50.0, -12.0, 0.0]


@dataclass(frozen=True, slots=True)
class Voice:
    """Pitches as MIDI note numbers (69 is A4); `spacing` of the formants in Hz, `tilt` dB/octave.

    `clear` is the share of frames that are clearly sung.
    """

    median: float
    low: float
    high: float
    spacing: float
    tilt: float
    clear: float


DEFAULT_VOICE = Voice(57.0, 52.0, 62.0, NEUTRAL_SPACING, NEUTRAL_TILT, 0.0)


def listen(sound: Mono, sample_rate: int, *, accompanied: bool) -> Voice:
    """Return the voice in mono `sound`; a middle one where none is heard.

    Where it is `accompanied`, the bass is taken away first, and so are the long periods that the
    notes of a chord have in common.
    """
    slow = resample(sound, sample_rate, RATE)
    if accompanied:
        slow = equalise(slow, RATE, BASS_CUT_HERTZ, BASS_CUT_DB)
    pitch, loud = _pitch(slow, LOWEST_IN_A_BAND if accompanied else LOWEST)
    sung = pitch > 0
    if sung.sum() < MIN_FRAMES:
        return DEFAULT_VOICE
    notes = 69 + 12 * np.log2(pitch[sung] / 440)
    return Voice(
        median=float(np.median(notes)),
        low=float(np.percentile(notes, 8)),
        high=float(np.percentile(notes, 92)),
        spacing=_formant_spacing(slow, sung & (loud > np.median(loud[sung]))),
        tilt=_tilt(sound, sample_rate),
        clear=float(sung.mean()),
    )


def _pitch(sound: Mono, lowest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pitch (Hz, 0 where none) and the level of each frame."""
    padded = np.pad(sound, (FRAME // 2, FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][: len(sound) // HOP]
    shortest, longest = int(RATE / HIGHEST), int(RATE / lowest) + 2
    pieces = [_periodicity(frames[i : i + 512], longest) for i in range(0, len(frames), 512)]
    clarity = np.concatenate(pieces)
    level = np.sqrt((frames.astype(np.float64) ** 2).mean(axis=1))
    lags = _lags(clarity, shortest)
    best = np.take_along_axis(clarity, lags[:, None], axis=1)[:, 0]
    audible = level > max(1e-4, 0.08 * float(np.percentile(level, 95)))
    pitch = np.where((best > CLEAR) & audible, RATE / _interpolated(clarity, lags), 0.0)
    return _steady(pitch), level


def _periodicity(frames: NDArray[np.float32], longest: int) -> NDArray[np.float64]:
    """Return frames × lags: autocorrelation over the mean power of the two parts compared."""
    centred = frames.astype(np.float64) - frames.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centred, 2 * FRAME, axis=1)) ** 2
    correlation = np.fft.irfft(spectrum, axis=1)[:, : longest + 1]
    power = np.pad(np.cumsum(centred**2, axis=1), ((0, 0), (1, 0)))
    lags = np.arange(longest + 1)
    mean = (power[:, FRAME - lags] + power[:, [FRAME]] - power[:, lags]) / 2
    return np.asarray(correlation / (mean + 1e-9))


def _lags(clarity: NDArray[np.float64], shortest: int) -> NDArray[np.intp]:
    """Return each frame's period: the first peak nearly as high as the highest, against octaves."""
    inner = clarity[:, 1:-1]
    peaks = (inner > clarity[:, :-2]) & (inner >= clarity[:, 2:])
    peaks[:, : shortest - 1] = False
    height = np.where(peaks, inner, -1.0)
    enough = height >= 0.93 * height.max(axis=1, keepdims=True)
    return np.asarray(np.argmax(enough & peaks, axis=1) + 1)


def _interpolated(clarity: NDArray[np.float64], lags: NDArray[np.intp]) -> NDArray[np.float64]:
    rows = np.arange(len(lags))
    a, b, c = (clarity[rows, np.clip(lags + d, 0, clarity.shape[1] - 1)] for d in (-1, 0, 1))
    return np.asarray(np.maximum(2.0, lags + 0.5 * (a - c) / (a - 2 * b + c - 1e-12)))


def _steady(pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop frames whose neighbours on both sides are more than a tone away: errors, not notes."""
    logs = np.log2(np.maximum(pitch, 1.0))
    before, after = np.roll(logs, 1), np.roll(logs, -1)
    lonely = (np.abs(logs - before) > 1 / 6) & (np.abs(logs - after) > 1 / 6)
    return np.where(lonely, 0.0, pitch)


def _formant_spacing(sound: Mono, chosen: NDArray[np.bool_]) -> float:
    """Return the mean distance between formants in Hz, over frames spread through the sound."""
    emphasised = np.append(sound[0], sound[1:] - 0.97 * sound[:-1]).astype(np.float64)
    padded = np.pad(emphasised, (165, 330))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 330)[::HOP][: len(chosen)]
    frames = frames[chosen[: len(frames)]]
    frames = frames[:: max(1, len(frames) // FORMANT_FRAMES)] * np.hamming(330)
    found = [f for f in map(_formants, _prediction(frames)) if f is not None]
    if len(found) < 10:
        return NEUTRAL_SPACING
    odd_quarters = np.array([0.5, 1.5, 2.5, 3.5])
    middle = np.median(np.array(found), axis=0)
    return float((middle * odd_quarters).sum() / (odd_quarters**2).sum())


def _prediction(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return frames × (ORDER + 1) coefficients by Levinson's recursion."""
    spectrum = np.abs(np.fft.rfft(frames, 1024, axis=1)) ** 2
    r = np.fft.irfft(spectrum, axis=1)[:, : ORDER + 1]
    a = np.zeros((len(r), ORDER + 1))
    a[:, 0] = 1.0
    error = r[:, 0] * 1.0001 + 1e-12
    for i in range(1, ORDER + 1):
        k = -(a[:, :i] * r[:, i:0:-1]).sum(axis=1) / error
        a[:, 1 : i + 1] += k[:, None] * a[:, i - 1 :: -1][:, :i]
        error *= 1 - k * k
    return a


def _formants(coefficients: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the four lowest resonances in Hz, or None where there are fewer."""
    roots = np.roots(coefficients)
    roots = roots[roots.imag > 0.01]
    hertz = np.angle(roots) * RATE / (2 * np.pi)
    width = -np.log(np.abs(roots) + 1e-9) * RATE / np.pi
    kept = np.sort(hertz[(width < 450) & (hertz > 180) & (hertz < 5000)])
    return kept[:4] if len(kept) >= 4 else None


def _tilt(sound: Mono, sample_rate: int) -> float:
    mean = spectra(sound, 1024, 512).mean(axis=0).astype(np.float64)
    hertz = np.linspace(0, sample_rate / 2, len(mean))
    inside = (hertz > 200) & (hertz < 5000)
    octaves, level = np.log2(hertz[inside]), 20 * np.log10(mean[inside] + 1e-9)
    centred = octaves - octaves.mean()
    return float((centred * level).sum() / (centred**2).sum())
