"""Pitch and timbre of a singing voice.

Method, alone: normalised autocorrelation in 10 ms steps with the highest early peak taken, kept
where it is clear and where neighbours agree (de Cheveigné & Kawahara 2002 discuss the family). In
front of a band: `lead_vocal`. `timbre` and `vowels` are read at the `harmonics` of that pitch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis import harmonics, lead_vocal, timbre, vowels
from songbatch.engines.sketch.dsp import Mono, notes_of, parabola_offset, smoothed, spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis import harmony
    from songbatch.engines.sketch.analysis.grid import Metre

RATE = 11025
"""Hz at which pitch and formants are sought."""

HOP = 110
"""Samples between frames: 10 ms."""

BIN_HERTZ = RATE / lead_vocal.SIZE
"""Between the bins of a contour's spectra."""

FRAME = 768
LOWEST, HIGHEST = 70.0, 700.0
"""Hz a voice is sought in."""

CLEAR = 0.72
"""Share of a frame's power that repeats with the period, from which on it is sung."""

NEARLY = 0.93
"""Share of the highest peak that an earlier one must reach to be the period."""

AUDIBLE = 0.08
"""Share of a loud frame's level below which nothing is sung."""

MIN_FRAMES = 40
"""The fewest sung frames from which a voice is described."""

TIMBRE_FRAMES, MIN_TIMBRE_FRAMES = 400, 10
QUIET = 10
"""Percentile of level below which sung frames are taken as edges of notes, not as vowels."""

SURE = 0.6
"""Salience, against that of sure frames, from which on a frame in a band is taken as sung."""

REACH = 9.0
"""Semitones around the middle of a voice in a band."""

MOST_SECONDS = 120.0
"""How much of an unaccompanied voice is analysed: range and timbre show sooner than form."""

NEUTRAL_SPACING = vowels.SPACING
"""Hz between formants of the tract (18 cm) that the singer's vowel table is for."""

NEUTRAL_TILT = -9.0
"""dB an octave of what the singer sings with an unchanged source."""


class Voice(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={
        "formant_spacing_hz": "spacing",
        "tilt_db_per_octave": "tilt",
        "voiced_share": "clear",
        "breath_db": "breath",
        "f1_range_hz": "first",
        "f2_range_hz": "second",
    },
):
    """A voice: `median`, `low` and `high` pitch as MIDI note numbers (69 is A4), and its timbre.

    `voiced_share` is the share of frames that are clearly sung; `vibrato_rate` is in Hz,
    `vibrato_depth` in semitones each way; `breath_db` is the level between harmonics relative to
    that on them.

    `f1_range_hz` and `f2_range_hz` are the vowel space: the formants F1 and F2 below which, and
    above which, a tenth of the sung frames lies. They include the tract's length.
    """

    median: float
    low: float
    high: float
    formant_spacing_hz: float
    tilt_db_per_octave: float
    voiced_share: float
    vibrato_rate: float = 0.0
    vibrato_depth: float = 0.0
    breath_db: float = -30.0
    f1_range_hz: tuple[float, float] = vowels.USUAL[0]
    f2_range_hz: tuple[float, float] = vowels.USUAL[1]


DEFAULT_VOICE = Voice(57.0, 52.0, 62.0, NEUTRAL_SPACING, NEUTRAL_TILT, 0.0)


class PitchContour(msgspec.Struct, frozen=True):
    """Pitch in Hz, 0 where nothing is sung, of frames `frame_seconds` apart.

    `spectra` are magnitudes of every `spectra_every`-th frame, from bins of BIN_HERTZ.
    """

    pitch_hz: NDArray[np.float64]
    frame_seconds: float
    spectra: NDArray[np.float32]
    spectra_every: int
    length_penalty: float = timbre.ALONE_PENALTY

    def notes(self) -> NDArray[np.float64]:
        """Return MIDI note numbers, NaN where nothing is sung."""
        return np.where(self.pitch_hz > 0, notes_of(np.maximum(self.pitch_hz, 1)), np.nan)


def alone(slow: Mono) -> PitchContour:
    """Return the contour of a voice without accompaniment, at RATE."""
    slow = slow[: round(MOST_SECONDS * RATE)]
    pitch = _pitch(slow)
    return PitchContour(pitch, HOP / RATE, spectra(slow, lead_vocal.SIZE, 3 * HOP), 3)


def in_a_band(slow: Mono, metre: Metre, chords: tuple[harmony.Chord, ...]) -> PitchContour:
    """Return the contour of the voice in front of a band, at RATE."""
    lead = lead_vocal.follow(slow, metre, chords)
    sure = SURE * exact.percentile(lead.salience, 90)
    pitch = _steady(np.where(lead.salience > sure, lead.pitch_hz, 0.0))
    return PitchContour(
        _in_reach(pitch), lead_vocal.HOP / RATE, lead.magnitudes, 1, timbre.BAND_PENALTY
    )


def _in_reach(pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop what is far from where most is sung: the bass of a band, and octaves below a voice."""
    notes = notes_of(np.maximum(pitch, 1))
    counts, edges = np.histogram(notes[pitch > 0], np.arange(35, 85.5, 0.5))
    middle = edges[int(np.argmax(smoothed(counts, exact.hann(29))))]
    return np.where(np.abs(notes - middle) < REACH, pitch, 0.0)


def describe(contour: PitchContour) -> Voice:
    """Return the voice of a contour; an average one if little is sung."""
    sung = contour.pitch_hz > 0
    frames, pitch = _chosen(contour)
    if sung.sum() < MIN_FRAMES or len(pitch) < MIN_TIMBRE_FRAMES:
        return DEFAULT_VOICE
    notes = contour.notes()
    rate, depth = timbre.vibrato(_bridged(notes), contour.frame_seconds)
    heard = harmonics.read(frames, pitch, BIN_HERTZ)
    spacing = timbre.formant_spacing(heard, contour.length_penalty)
    first, second = vowels.vowel_space(heard, spacing / vowels.SPACING)
    return Voice(
        median=float(np.median(notes[sung])),
        low=float(exact.percentile(notes[sung], 8)),
        high=float(exact.percentile(notes[sung], 92)),
        formant_spacing_hz=spacing,
        tilt_db_per_octave=timbre.spectral_tilt(heard),
        voiced_share=float(sung.mean()),
        vibrato_rate=rate,
        vibrato_depth=depth,
        breath_db=timbre.breath_level(frames, pitch, BIN_HERTZ),
        f1_range_hz=first,
        f2_range_hz=second,
    )


def _bridged(notes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill single missing frames between two of nearly the same pitch."""
    before, after = np.roll(notes, 1), np.roll(notes, -1)
    near = np.isnan(notes) & (np.abs(before - after) < 0.5)
    return np.where(near, (before + after) / 2, notes)


def _chosen(contour: PitchContour) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return spectra and pitches of sung frames, evenly spread, without the quietest.

    Not only the loudest: those would be the vowels whose first formant meets the pitch.
    """
    pitch = contour.pitch_hz[:: contour.spectra_every][: len(contour.spectra)]
    sung = np.flatnonzero(pitch > 0)
    if not len(sung):
        return contour.spectra[:0], pitch[:0]
    level = np.square(contour.spectra[sung], dtype=np.float64).sum(axis=1)
    chosen = sung[level >= exact.percentile(level, QUIET)]
    chosen = chosen[:: -(-len(chosen) // TIMBRE_FRAMES)]
    return contour.spectra[chosen], pitch[chosen]


def _pitch(sound: Mono) -> NDArray[np.float64]:
    """Return the pitch of each frame in Hz, 0 for none."""
    padded = np.pad(sound, (FRAME // 2, FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][: len(sound) // HOP]
    shortest, longest = int(RATE / HIGHEST), int(RATE / LOWEST) + 2
    pieces = [_periodicity(frames[i : i + 512], longest) for i in range(0, len(frames), 512)]
    clarity = np.concatenate(pieces)
    level = np.sqrt((frames.astype(np.float64) ** 2).mean(axis=1))
    lags = _lags(clarity, shortest)
    best = np.take_along_axis(clarity, lags[:, None], axis=1)[:, 0]
    audible = level > max(1e-4, AUDIBLE * float(exact.percentile(level, 95)))
    sung = (best > CLEAR) & audible & (lags >= shortest)
    pitch = np.where(sung, RATE / _interpolated(clarity, lags), 0.0)
    return _steady(pitch)


def _periodicity(frames: NDArray[np.float32], longest: int) -> NDArray[np.float64]:
    """Return frames × lags: autocorrelation over the mean power of the two parts compared."""
    centred = frames.astype(np.float64) - frames.mean(axis=1, keepdims=True)
    spectrum = exact.squares(np.fft.rfft(centred, 2 * FRAME, axis=1))
    correlation = np.fft.irfft(spectrum, axis=1)[:, : longest + 1]
    power = np.pad(np.cumsum(centred**2, axis=1), ((0, 0), (1, 0)))
    lags = np.arange(longest + 1)
    mean = (power[:, FRAME - lags] + power[:, [FRAME]] - power[:, lags]) / 2
    return np.asarray(correlation / (mean + 1e-9))


def _lags(clarity: NDArray[np.float64], shortest: int) -> NDArray[np.intp]:
    """Return each frame's period: the first peak nearly as high as the highest, against octaves.

    A frame without any peak has a period of 1.
    """
    inner = clarity[:, 1:-1]
    peaks = (inner > clarity[:, :-2]) & (inner >= clarity[:, 2:])
    peaks[:, : shortest - 1] = False
    height = np.where(peaks, inner, -1.0)
    enough = height >= NEARLY * height.max(axis=1, keepdims=True)
    return np.asarray(np.argmax(enough & peaks, axis=1) + 1)


def _interpolated(clarity: NDArray[np.float64], lags: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the lags of peaks to a fraction, by a parabola through three points."""
    rows = np.arange(len(lags))
    a, b, c = (clarity[rows, np.clip(lags + d, 0, clarity.shape[1] - 1)] for d in (-1, 0, 1))
    return np.asarray(lags + parabola_offset(a, b, c).clip(-0.5, 0.5))


def _steady(pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop frames whose neighbours on both sides are more than a tone away: errors, not notes."""
    logs = exact.log2(np.maximum(pitch, 1.0))
    before, after = np.roll(logs, 1), np.roll(logs, -1)
    lonely = (np.abs(logs - before) > 1 / 6) & (np.abs(logs - after) > 1 / 6)
    return np.where(lonely, 0.0, pitch)
