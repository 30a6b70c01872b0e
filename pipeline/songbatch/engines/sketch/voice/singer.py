"""Tracks and pitches → sound: glottal pulses and noise through resonators.

Every pulse is one impulse response, computed in the frequency domain for the mouth's position at
that moment and added where the pulse falls, to a fraction of a sample. After Klatt (1980).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.voice import NEUTRAL_SPACING, NEUTRAL_TILT
from songbatch.engines.sketch.dsp import hertz_of
from songbatch.engines.sketch.voice.articulation import articulate
from songbatch.engines.sketch.voice.phones import BAND_SETS
from songbatch.engines.sketch.voice.tracks import FRAMES, Tracks, smooth
from songbatch.engines.sketch.voice.tract import BINS, DELAYS, HERTZ, RATE, SIZE, Mouth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.voice import Voice
    from songbatch.engines.sketch.compose.singing import Note
    from songbatch.engines.sketch.dsp import Mono

HOP = RATE // FRAMES
BATCH = 512
BLOCK = 32
"""Bins; see `_delays`."""

GLIDE = 0.07
"""Seconds from note to note."""

# Rate and semitones if the reference has no vibrato; seconds after a note's start.
VIBRATO_HZ = 5.4
VIBRATO_DEPTH = 0.2
VIBRATO_AFTER = 0.22

CLEAREST, BREATHIEST = 0.03, 0.25
"""Shares of breath in a voice: more would cost words."""

DRIFT = 0.12
"""Semitones by which a voice wanders."""


class Timbre(msgspec.Struct, frozen=True):
    """Difference of a singer from the table: scale of the formants, tilt, share of breath.

    `vibrato_hz` and `vibrato_depth` (semitones each way) are of long notes.
    """

    formant_scale: float
    tilt_db_per_octave: float
    breath_share: float = 0.05
    vibrato_hz: float = VIBRATO_HZ
    vibrato_depth: float = VIBRATO_DEPTH

    @classmethod
    def of(cls, voice: Voice) -> Timbre:
        """Return the timbre that leans towards a voice that was heard."""
        vibrates = voice.vibrato_depth > 0.05 and 3.5 < voice.vibrato_rate < 8.0
        return cls(
            formant_scale=float(np.clip(voice.formant_spacing_hz / NEUTRAL_SPACING, 0.88, 1.25)),
            tilt_db_per_octave=float(
                np.clip((voice.tilt_db_per_octave - NEUTRAL_TILT) * 0.35, -2.5, 2.5)
            ),
            breath_share=float(
                np.clip(0.05 * exact.gain(voice.breath_db + 25), CLEAREST, BREATHIEST)
            ),
            vibrato_hz=voice.vibrato_rate if vibrates else VIBRATO_HZ,
            vibrato_depth=min(voice.vibrato_depth, 0.45) if vibrates else VIBRATO_DEPTH,
        )


def sing(notes: Sequence[Note], seconds: float, timbre: Timbre, rng: np.random.Generator) -> Mono:
    """Return `seconds` of mono singing at RATE."""
    if not notes:
        return np.zeros(int(seconds * RATE), np.float32)
    tracks = articulate(notes, seconds)
    hertz = pitch_curve(notes, len(tracks.voicing), timbre, rng)
    mouth = Mouth(tracks, hertz, timbre.formant_scale)
    sound = np.zeros(len(tracks.voicing) * HOP + SIZE + HOP, np.float32)
    _add_pulses(sound, tracks, hertz, mouth, timbre, rng)
    _add_noise(sound, tracks, mouth, timbre, rng)
    return sound[: int(seconds * RATE)]


def pitch_curve(
    notes: Sequence[Note], count: int, timbre: Timbre, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the pitch in Hz per frame: notes, glides, vibrato, drift."""
    note_line = np.full(count, notes[0].pitch)
    vibrating = np.zeros(count)
    for note in notes:
        start, end = round(note.start * FRAMES), min(count, round(note.end * FRAMES))
        note_line[max(0, start - round(0.03 * FRAMES)) :] = note.pitch
        length = note.end - note.start
        if length > 0.35:
            into = (np.arange(end - start) / FRAMES - VIBRATO_AFTER) / 0.25
            vibrating[start:end] = np.clip(into, 0, 1) * min(1.0, length / 0.8)
    time = np.arange(count) / FRAMES
    rate = timbre.vibrato_hz + 0.25 * exact.sin(2 * np.pi * 0.37 * time)
    wave = exact.sin(2 * np.pi * np.cumsum(rate) / FRAMES)
    drift = smooth(exact.normals(rng, count), 0.22)
    semitones = smooth(note_line, GLIDE) + DRIFT * drift
    semitones += timbre.vibrato_depth * smooth(vibrating, 0.12) * wave
    return hertz_of(semitones)


def _glottis(tilt: float) -> exact.Complex:
    """Return the spectrum of one pulse as it leaves the lips, in float32."""
    pole = float(exact.exp(-2 * np.pi * 180 / RATE))
    lips = exact.polynomial([1, -0.985], DELAYS[:2])
    folds = exact.polynomial([1, -2 * pole, pole * pole], DELAYS[:3])
    octaves = exact.log2(np.maximum(HERTZ, 300) / 300)
    level = 30 * (1 - pole) * (1 - pole) * exact.gain(tilt * octaves)
    level[0] = 0
    return exact.single(exact.scaled(exact.quotient(lips, folds), level))


def _add_pulses(
    sound: Mono,
    tracks: Tracks,
    hertz: NDArray[np.float64],
    mouth: Mouth,
    timbre: Timbre,
    rng: np.random.Generator,
) -> None:
    samples = np.arange(len(hertz) * HOP)
    phase = np.cumsum(np.interp(samples / HOP, np.arange(len(hertz)), hertz) / RATE)
    cycles = np.floor(phase)
    at = np.nonzero(cycles[1:] > cycles[:-1])[0]
    fraction = (cycles[at + 1] - phase[at]) / (phase[at + 1] - phase[at])
    frame = np.minimum(len(hertz) - 1, at // HOP)
    level = tracks.voicing[frame] * (1 + 0.02 * exact.normals(rng, len(at)))
    level *= exact.power(150 / hertz[frame], 0.35)
    kept = level > 0.004
    at, fraction, frame, level = at[kept], fraction[kept], frame[kept], level[kept]
    source = _glottis(timbre.tilt_db_per_octave)
    for start in range(0, len(at), BATCH):
        part = slice(start, start + BATCH)
        real, imag = mouth.response
        pulses = exact.product(exact.Complex(real[frame[part]], imag[frame[part]]), source)
        late = exact.scaled(_delays(fraction[part]), level[part, None].astype(np.float32))
        spectrum = exact.joined(exact.product(pulses, late))
        _overlap(sound, at[part] + 1, exact.irfft(spectrum, SIZE))


def _delays(fraction: NDArray[np.float64]) -> exact.Complex:
    """Return rows × BINS in float32: the spectra of delays by fractions of a sample.

    Powers of a row's first: that of a bin is that of its block times that of its place there.
    """
    turn = -2 * np.pi * fraction / SIZE
    coarse = exact.single(exact.powers(0.0, BLOCK * turn, -(-BINS // BLOCK)))
    fine = exact.single(exact.powers(0.0, turn, BLOCK))
    blocks = exact.Complex(coarse.real[:, :, None], coarse.imag[:, :, None])
    places = exact.Complex(fine.real[:, None, :], fine.imag[:, None, :])
    real, imag = (
        part.reshape(len(fraction), -1)[:, :BINS] for part in exact.product(blocks, places)
    )
    return exact.Complex(real, imag)


def _add_noise(
    sound: Mono, tracks: Tracks, mouth: Mouth, timbre: Timbre, rng: np.random.Generator
) -> None:
    """Add breath, which goes through the mouth, and the noises that teeth and lips make."""
    width = 2 * HOP
    window = exact.sin(np.pi * (np.arange(width) + 0.5) / width).astype(np.float32)
    shapes = np.stack([_hills(bands, timbre.formant_scale) for bands in BAND_SETS]).astype(
        np.float32
    )
    throat = (0.9 * exact.magnitudes(exact.polynomial([1, -0.9], DELAYS[:2]))).astype(np.float32)
    breath = (tracks.breath + timbre.breath_share * 0.05 * tracks.voicing).astype(np.float32)
    noise = tracks.noise.astype(np.float32)
    frames = np.nonzero((breath > 0.004) | (noise > 0.002))[0]
    for start in range(0, len(frames), BATCH):
        part = frames[start : start + BATCH]
        pieces = exact.white_noise(rng, (len(part), width)).astype(np.float32) * window
        white = np.fft.rfft(pieces, SIZE, axis=1)
        breathed = throat * (np.float32(0.16) * breath[part, None])
        hissed = shapes[tracks.bands[part]] * (np.float32(0.11) * noise[part, None])
        real, imag = (of[part] * breathed for of in mouth.response)
        spectrum = exact.joined(exact.product(white, exact.Complex(real + hissed, imag)))
        _overlap(sound, part * HOP, exact.irfft(spectrum, SIZE))


def _hills(bands: tuple[tuple[float, float, float], ...], scale: float) -> NDArray[np.float64]:
    shape = np.zeros(BINS)
    moved = min(1.12, 0.5 + 0.5 * scale)
    for centre, width, height in bands:
        shape += height * exact.exp(-0.5 * ((HERTZ - centre * moved) / width) ** 2)
    return shape


def _overlap(sound: Mono, starts: NDArray[np.intp], rows: NDArray[np.floating]) -> None:
    for start, row in zip(starts.tolist(), rows, strict=True):
        sound[start : start + SIZE] += row
