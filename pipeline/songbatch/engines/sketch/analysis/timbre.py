"""The timbre of a voice: tract length, tilt, breath, vibrato.

Method: the mean envelope over many syllables, bent straight, is compared with the mean of all
vowels as tracts of other lengths have them (frequency warping, Lee & Rose 1998). Voices that are
higher have shorter tracts: what is expected rises with a power of the pitch, as Nearey (1989) has
it for speech, less here, for a singer's pitch moves and the tract does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis import vowels
from songbatch.engines.sketch.analysis.harmonics import envelope, without_trends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.harmonics import Harmonics

    Rows = NDArray[np.float64]

SCALES = exact.geomspace(0.82, 1.28, 91)
"""Tracts that are tried, as factors of frequency: 22 to 14 cm."""

ALONE_PENALTY, BAND_PENALTY = 4.0, 16.0
"""Cost of distance from the expected tract, in correlation per squared logarithm: more if
cymbals and strings blur the envelope."""

USUAL_PITCH, BY_PITCH = 165.0, 0.25
"""Hz that a voice with the table's tract sings at, and the power by which higher ones differ."""

AXIS = np.linspace(700.0, 4800.0, 120)
"""Hz at which envelopes are compared: the first resonance follows the vowel, not the tract."""

FINE = np.linspace(AXIS[0] / SCALES[-1], AXIS[-1] / SCALES[0], 600)
"""Hz at which the mean of all vowels is computed once."""

TILT_AXIS = exact.geomspace(200.0, 5000.0, 60)

LEAST_BREATH = 1e-3
"""-60 dB: nothing at all is left between harmonics if an accompaniment was taken away."""

VIBRATO_REACH = 2.5
"""Semitones; what moves more within half a second goes from note to note."""

VIBRATO_RATES = (3.5, 8.5)
"""Hz: slower is drift, faster is a tremor of the estimate."""


def formant_spacing(frames: Sequence[Harmonics], length_penalty: float) -> float:
    """Return the mean distance between the resonances in Hz; `unusual` is ALONE or IN_A_BAND."""
    mean = without_trends(envelope(frames, AXIS), AXIS, 2)
    every = vowels.resonance_gain(FINE, vowels.TABLE).mean(axis=0)
    pitch = float(np.median([frame.pitch_hz for frame in frames]))
    expected = BY_PITCH * exact.log(pitch / USUAL_PITCH)

    def fit(scale: float) -> float:
        wanted = without_trends(np.interp(AXIS / scale, FINE, every), AXIS, 2)
        power = (mean * mean).sum() * (wanted * wanted).sum()
        alike = (mean * wanted).sum() / np.sqrt(power + 1e-9)
        return float(alike - length_penalty * (exact.log(scale) - expected) ** 2)

    return vowels.SPACING * float(max(SCALES.tolist(), key=fit))


def spectral_tilt(frames: Sequence[Harmonics]) -> float:
    """Return how the harmonics' level changes with frequency, in dB per octave."""
    level = envelope(frames, TILT_AXIS)
    octaves = exact.log2(TILT_AXIS)
    octaves = octaves - octaves.mean()
    return float((octaves * level).sum() / (octaves**2).sum())


def breath_level(magnitudes: NDArray[np.float32], pitch: Rows, bin_hertz: float) -> float:
    """Return the level between harmonics against that on them from 0.8 to 2.5 kHz, in dB.

    `magnitudes` are a row for each pitch (Hz). Of the steadiest quarter of the frames: where the
    pitch moves, harmonics blur.
    """
    ratios = []
    for frame, hertz in zip(magnitudes, pitch.tolist(), strict=True):
        at = np.arange(np.ceil(800 / hertz), 2500 / hertz) * hertz
        on, between = (np.round((at + d * hertz) / bin_hertz).astype(int) for d in (0.0, 0.5))
        ratios.append(frame[between].mean() / (frame[on].mean() + 1e-9))
    return float(20 * exact.log10(exact.percentile(ratios, 25) + LEAST_BREATH))


def vibrato(notes: Rows, seconds: float) -> tuple[float, float]:
    """Return rate (Hz) and depth (semitones each way) of a contour of MIDI notes, NaN for none.

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
    window = exact.hann(width + 2)[1:-1]
    place = np.arange(float(width))
    flat = np.array([without_trends(piece, place, 2) for piece in pieces[whole]])
    spectrum = exact.magnitudes(np.fft.rfft(flat * window, 1024, axis=1)) * 2 / window.sum()
    hertz = np.fft.rfftfreq(1024, seconds)
    inside = (hertz > VIBRATO_RATES[0]) & (hertz < VIBRATO_RATES[1])
    peak, best = spectrum[:, inside].max(axis=1), spectrum[:, inside].argmax(axis=1)
    strong = peak >= np.median(peak)
    return float(np.median(hertz[inside][best[strong]])), float(np.median(peak[strong]))
