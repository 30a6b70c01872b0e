"""The timbre of a voice, read where its harmonics stand: tract length, tilt, breath, vibrato.

Method: levels at the harmonics of a known pitch, joined by straight lines, are the envelope that
the tract and the source make together. Its mean over many syllables, bent straight, is compared
with the mean of all vowels as tracts of other lengths have them (frequency warping, Lee & Rose
1998; vowels of Peterson & Barney 1952, men; fourth resonances estimated).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

VOWELS = (
    (270, 2290, 3010, 3700), (390, 1990, 2550, 3600), (530, 1840, 2480, 3500),
    (660, 1720, 2410, 3500), (730, 1090, 2440, 3400), (570, 840, 2410, 3300),
    (440, 1020, 2240, 3300), (300, 870, 2240, 3300), (640, 1190, 2390, 3350),
    (490, 1350, 1690, 3100),
)  # fmt: skip
WIDTHS = (80.0, 100.0, 140.0, 200.0)
"""Hz."""

SPACING = 965.0
"""Hz between the resonances of the tract these vowels are from, by least squares (Fitch 1997)."""

SCALES = np.geomspace(0.82, 1.28, 91)
"""Tracts that are tried, as factors of frequency: 21 to 14 cm."""

ALONE, IN_A_BAND = 1.5, 8.0
"""What distance from the usual tract costs, in correlation per squared logarithm: more where
cymbals and strings blur the envelope."""

AXIS = np.linspace(700.0, 4800.0, 120)
"""Hz at which envelopes are compared: the first resonance follows the vowel, not the tract."""

TILT_AXIS = np.geomspace(200.0, 5000.0, 60)
HIGHEST = 5000.0

VIBRATO_REACH = 2.5
"""Semitones; what moves more within half a second goes from note to note."""


def envelopes(magnitudes: NDArray[np.float32], pitch: Rows, bin_hertz: float, axis: Rows) -> Rows:
    """Return frames × len(axis) levels in dB through the harmonics of each frame's pitch (Hz)."""
    rows = []
    for frame, hertz in zip(magnitudes, pitch.tolist(), strict=True):
        at = np.arange(1, int(HIGHEST / hertz) + 1) * hertz
        bins = np.round(at / bin_hertz).astype(int).clip(1, len(frame) - 2)
        level = np.maximum(np.maximum(frame[bins - 1], frame[bins]), frame[bins + 1])
        decibel = 20 * np.log10(level + 1e-4 * level.max() + 1e-9)
        rows.append(np.interp(axis, at, decibel))
    return np.array(rows)


def spacing(
    magnitudes: NDArray[np.float32], pitch: Rows, bin_hertz: float, unusual: float
) -> float:
    """Return the mean distance between the formants in Hz; `unusual` is ALONE or IN_A_BAND."""
    mean = _straight(envelopes(magnitudes, pitch, bin_hertz, AXIS).mean(axis=0))

    def fit(scale: float) -> float:
        wanted = _straight(_all_vowels(AXIS / scale))
        power = (mean * mean).sum() * (wanted * wanted).sum()
        alike = (mean * wanted).sum() / np.sqrt(power + 1e-9)
        return float(alike - unusual * np.log(scale) ** 2)

    return SPACING * float(max(SCALES.tolist(), key=fit))


def tilt(magnitudes: NDArray[np.float32], pitch: Rows, bin_hertz: float) -> float:
    """Return how the harmonics' level changes with frequency, in dB per octave."""
    level = envelopes(magnitudes, pitch, bin_hertz, TILT_AXIS).mean(axis=0)
    octaves = np.log2(TILT_AXIS)
    octaves = octaves - octaves.mean()
    return float((octaves * level).sum() / (octaves**2).sum())


def breath(magnitudes: NDArray[np.float32], pitch: Rows, bin_hertz: float) -> float:
    """Return the level between harmonics against that on them from 0.8 to 2.5 kHz, in dB.

    Of the steadiest quarter of the frames: where the pitch moves, harmonics blur.
    """
    ratios = []
    for frame, hertz in zip(magnitudes, pitch.tolist(), strict=True):
        at = np.arange(np.ceil(800 / hertz), 2500 / hertz) * hertz
        on, between = (np.round((at + d * hertz) / bin_hertz).astype(int) for d in (0.0, 0.5))
        if len(at):
            ratios.append(frame[between].mean() / (frame[on].mean() + 1e-9))
    return float(20 * np.log10(np.percentile(ratios, 25) + 1e-4)) if ratios else 0.0


def vibrato(notes: Rows, seconds: float) -> tuple[float, float]:
    """Return rate (Hz) and depth (semitones each way) of a contour of MIDI notes, NaN where none.

    `seconds` lie between frames. Half seconds of unbroken pitch are looked at; 0, 0 if there are
    none.
    """
    width = round(0.5 / seconds)
    if len(notes) < width:
        return 0.0, 0.0
    pieces = np.lib.stride_tricks.sliding_window_view(notes, width)[:: width // 2]
    reach = pieces.max(axis=1) - pieces.min(axis=1)
    whole = np.asarray(reach < VIBRATO_REACH)  # never so where a frame is NaN
    if whole.sum() < 4:
        return 0.0, 0.0
    window = np.hanning(width + 2)[1:-1]
    flat = _bent_straight(pieces[whole])
    spectrum = np.abs(np.fft.rfft(flat * window, 1024, axis=1)) * 2 / window.sum()
    hertz = np.fft.rfftfreq(1024, seconds)
    inside = (hertz > 3.5) & (hertz < 8.5)
    peak, best = spectrum[:, inside].max(axis=1), spectrum[:, inside].argmax(axis=1)
    strong = peak >= np.median(peak)
    return float(np.median(hertz[inside][best[strong]])), float(np.median(peak[strong]))


def _all_vowels(hertz: Rows) -> Rows:
    """Return the mean gain of the vowels' resonances in dB."""
    total = np.zeros(len(hertz))
    for vowel in VOWELS:
        for centre, width in zip(vowel, WIDTHS, strict=True):
            part = (hertz / centre) ** 2
            total -= 10 * np.log10((1 - part) ** 2 + part * (width / centre) ** 2)
    return total / len(VOWELS)


def _straight(curve: Rows) -> Rows:
    """Return a curve less the parabola that fits it best."""
    return np.asarray(_bent_straight(curve[None, :])[0])


def _bent_straight(rows: Rows) -> Rows:
    x = np.linspace(-1, 1, rows.shape[1])
    basis: list[Rows] = []
    for power in (x**0, x, x**2):
        rest = power - sum((power * q).sum() * q for q in basis)
        basis.append(rest / np.sqrt((rest * rest).sum()))
    for q in basis:
        rows = rows - (rows * q).sum(axis=1, keepdims=True) * q
    return rows
