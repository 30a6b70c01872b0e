"""Tracks and pitches → sound: glottal pulses and noise through resonators.

Every pulse is one impulse response, computed in the frequency domain for the mouth's position at
that moment and added where the pulse falls, to a fraction of a sample. After Klatt (1980).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch.listen.voice import NEUTRAL_SPACING, NEUTRAL_TILT
from pipeline.engines.sketch.voice.articulation import articulate
from pipeline.engines.sketch.voice.phones import BAND_SETS
from pipeline.engines.sketch.voice.tracks import FRAMES, Tracks, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.engines.sketch.dsp import Mono
    from pipeline.engines.sketch.listen.voice import Voice
    from pipeline.engines.sketch.score import Note

RATE = 24000
"""Hz; a voice has little above 12 kHz that words need."""

SIZE = 1024
"""Samples of an impulse response: 43 ms, longer than any formant rings."""

HOP = RATE // FRAMES
BINS = SIZE // 2 + 1
BATCH = 512

HIGHER = ((3500, 200), (4500, 280), (5600, 420), (6900, 700), (8300, 1000), (9800, 1400))
"""Formants above the third, Hz and bandwidth: the same in every vowel."""

GLIDE = 0.07
"""Seconds from note to note."""

VIBRATO_HZ, VIBRATO_DEPTH, VIBRATO_AFTER = 5.4, 0.2, 0.22
"""Rate and semitones where the reference has no vibrato; seconds after a note's start."""

CLEAREST, BREATHIEST = 0.03, 0.25
"""Shares of breath in a voice: more would cost words."""

DRIFT = 0.12
"""Semitones by which a voice wanders."""

_HERTZ = np.arange(BINS) * RATE / SIZE
HUM = (1 / (1 + (_HERTZ / 250) ** 4)).astype(np.float32)
"""What is heard of a voice through cheeks and lips."""

_Z = np.exp(-2j * np.pi * np.arange(BINS) / SIZE).astype(np.complex64)


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a singer differs from the table: `scale` of the formants, `tilt` in dB an octave.

    `vibrato_hz` and `vibrato_depth` (semitones each way) are of long notes.
    """

    scale: float
    tilt: float
    breath: float = 0.05
    vibrato_hz: float = VIBRATO_HZ
    vibrato_depth: float = VIBRATO_DEPTH

    @classmethod
    def of(cls, voice: Voice) -> Timbre:
        """Return the timbre that leans towards a voice that was heard."""
        vibrates = voice.vibrato_depth > 0.05 and 3.5 < voice.vibrato_rate < 8.0
        return cls(
            scale=float(np.clip(voice.spacing / NEUTRAL_SPACING, 0.88, 1.25)),
            tilt=float(np.clip((voice.tilt - NEUTRAL_TILT) * 0.35, -2.5, 2.5)),
            breath=float(np.clip(0.05 * 10 ** ((voice.breath + 25) / 20), CLEAREST, BREATHIEST)),
            vibrato_hz=voice.vibrato_rate if vibrates else VIBRATO_HZ,
            vibrato_depth=min(voice.vibrato_depth, 0.45) if vibrates else VIBRATO_DEPTH,
        )


def sing(
    notes: Sequence[Note], seconds: float, timbre: Timbre, chance: np.random.Generator
) -> Mono:
    """Return `seconds` of mono singing at RATE."""
    if not notes:
        return np.zeros(int(seconds * RATE), np.float32)
    tracks = articulate(notes, seconds)
    hertz = _pitch(notes, len(tracks.voicing), timbre, chance)
    mouth = _Mouth(tracks, hertz, timbre)
    sound = np.zeros(len(tracks.voicing) * HOP + SIZE + HOP, np.float32)
    _add_pulses(sound, tracks, hertz, mouth, timbre, chance)
    _add_noise(sound, tracks, mouth, timbre, chance)
    return sound[: int(seconds * RATE)]


def _pitch(
    notes: Sequence[Note], count: int, timbre: Timbre, chance: np.random.Generator
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
    rate = timbre.vibrato_hz + 0.25 * np.sin(2 * np.pi * 0.37 * time)
    wave = np.sin(2 * np.pi * np.cumsum(rate) / FRAMES)
    drift = smooth(chance.standard_normal(count), 0.22)
    semitones = smooth(note_line, GLIDE) + DRIFT * drift
    semitones += timbre.vibrato_depth * smooth(vibrating, 0.12) * wave
    return np.asarray(440 * 2 ** ((semitones - 69) / 12))


class _Mouth:
    """The filter of every frame, computed in batches where something sounds."""

    def __init__(self, tracks: Tracks, hertz: NDArray[np.float64], timbre: Timbre) -> None:
        formants = tracks.formants * timbre.scale
        sung = tracks.voicing > 0.3
        # A first formant below the pitch would leave no harmonic in it: singers open the mouth.
        formants[:, 0] = np.maximum(formants[:, 0], 0.97 * hertz * sung)
        formants[:, 1] = np.maximum(formants[:, 1], formants[:, 0] + 180)
        formants[:, 2] = np.maximum(formants[:, 2], formants[:, 1] + 220)
        self.response = np.zeros((len(formants), BINS), np.complex64)
        sounding = (tracks.voicing > 0.003) | (tracks.breath > 0.003)
        higher = _higher(timbre.scale)
        for start in range(0, len(formants), BATCH // 2):
            part = slice(start, start + BATCH // 2)
            if sounding[part].any():
                tract = _tract(formants[part], tracks.nasal[part], tracks.zero[part])
                self.response[part] = _shut(tract * higher, tracks.closed[part])


def _shut(response: NDArray[np.complex64], closed: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Let only a hum through where the mouth is closed."""
    if closed.max() < 0.01:
        return response
    share = closed[:, None].astype(np.float32)
    return response * (1 - share) + HUM * share


def _tract(
    formants: NDArray[np.float64], nasal: NDArray[np.float64], zero: NDArray[np.float64]
) -> NDArray[np.complex64]:
    first, second, third = formants.T
    response = _resonance(first, 55 + 0.06 * first + 60 * nasal)
    response *= _resonance(second, 60 + 0.035 * second)
    response *= _resonance(third, 80 + 0.03 * third)
    if nasal.max() > 0.01:
        share = nasal[:, None].astype(np.float32)
        response *= (1 - share) + share * _nose(zero)
    return response


def _nose(zero: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Return what an open nose adds: its own resonance, and what the mouth behind it swallows."""
    response = _resonance(np.full(1, 270.0), np.full(1, 100.0))
    response = response / _resonance(np.full(1, 450.0), np.full(1, 100.0))
    response = response * _resonance(1.2 * zero, np.full(len(zero), 300.0))
    return np.asarray(response / _resonance(zero, np.full(len(zero), 150.0)), np.complex64)


def _higher(scale: float) -> NDArray[np.complex64]:
    response = np.ones((1, BINS), np.complex64)
    for centre, width in HIGHER:
        if centre * scale < RATE / 2 - 400:
            response *= _resonance(np.full(1, centre * scale), np.full(1, float(width)))
    return response


def _resonance(centre: NDArray[np.float64], width: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Return rows × BINS: a two-pole resonator of unit gain at 0 Hz."""
    radius = np.exp(-np.pi * width / RATE).astype(np.float32)
    b = 2 * radius * np.cos(2 * np.pi * centre / RATE).astype(np.float32)
    c = radius * radius
    gain = (1 - b + c)[:, None]
    response = gain / (1 - b[:, None] * _Z + c[:, None] * _Z * _Z)
    return np.asarray(response, np.complex64)


def _glottis(tilt: float) -> NDArray[np.complex64]:
    """Return the spectrum of one pulse as it leaves the lips."""
    pole = np.exp(-2 * np.pi * 180 / RATE)
    pulse = (1 - 0.985 * _Z) / (1 - pole * _Z) ** 2 * (1 - pole) ** 2 * 30
    pulse *= 10 ** (tilt * np.log2(np.maximum(_HERTZ, 300) / 300) / 20)
    pulse[0] = 0
    return np.asarray(pulse, np.complex64)


def _add_pulses(
    sound: Mono,
    tracks: Tracks,
    hertz: NDArray[np.float64],
    mouth: _Mouth,
    timbre: Timbre,
    chance: np.random.Generator,
) -> None:
    samples = np.arange(len(hertz) * HOP)
    phase = np.cumsum(np.interp(samples / HOP, np.arange(len(hertz)), hertz) / RATE)
    cycles = np.floor(phase)
    at = np.nonzero(cycles[1:] > cycles[:-1])[0]
    fraction = (cycles[at + 1] - phase[at]) / (phase[at + 1] - phase[at])
    frame = np.minimum(len(hertz) - 1, at // HOP)
    level = tracks.voicing[frame] * (1 + 0.02 * chance.standard_normal(len(at)))
    level *= (150 / hertz[frame]) ** 0.35
    kept = level > 0.004
    at, fraction, frame, level = at[kept], fraction[kept], frame[kept], level[kept]
    source = _glottis(timbre.tilt)
    turn = -2j * np.pi * np.arange(BINS) / SIZE
    for start in range(0, len(at), BATCH):
        part = slice(start, start + BATCH)
        spectrum = mouth.response[frame[part]] * source
        spectrum *= level[part, None].astype(np.float32)
        spectrum *= np.exp(turn * fraction[part, None]).astype(np.complex64)
        _overlap(sound, at[part] + 1, np.fft.irfft(spectrum, SIZE, axis=1))


def _add_noise(
    sound: Mono, tracks: Tracks, mouth: _Mouth, timbre: Timbre, chance: np.random.Generator
) -> None:
    """Add breath, which goes through the mouth, and the noises that teeth and lips make."""
    width = 2 * HOP
    window = np.sin(np.pi * (np.arange(width) + 0.5) / width)
    shapes = np.stack([_hills(bands, timbre.scale) for bands in BAND_SETS])
    throat = (np.abs(1 - 0.9 * _Z) * 0.9).astype(np.float32)
    breath = tracks.breath + timbre.breath * 0.05 * tracks.voicing
    frames = np.nonzero((breath > 0.004) | (tracks.noise > 0.002))[0]
    for start in range(0, len(frames), BATCH):
        part = frames[start : start + BATCH]
        white = np.fft.rfft(chance.standard_normal((len(part), width)) * window, SIZE, axis=1)
        through = mouth.response[part] * throat * (0.16 * breath[part, None])
        hissed = shapes[tracks.bands[part]] * (0.11 * tracks.noise[part, None])
        _overlap(sound, part * HOP, np.fft.irfft(white * (through + hissed), SIZE, axis=1))


def _hills(bands: tuple[tuple[float, float, float], ...], scale: float) -> NDArray[np.float64]:
    shape = np.zeros(BINS)
    moved = min(1.12, 0.5 + 0.5 * scale)
    for centre, width, height in bands:
        shape += height * np.exp(-0.5 * ((_HERTZ - centre * moved) / width) ** 2)
    return shape


def _overlap(sound: Mono, starts: NDArray[np.intp], rows: NDArray[np.float64]) -> None:
    for start, row in zip(starts.tolist(), rows.astype(np.float32), strict=True):
        sound[start : start + SIZE] += row
