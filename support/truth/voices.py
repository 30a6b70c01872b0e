"""Sung lines with known pitch, tract length, vibrato and breath, alone and with a band.

Source and filter (Fant 1960): harmonics that fall with frequency, through the resonances of vowels
moved as a tract of another length moves them, with consonants of noise between the syllables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.vowels import EDGES
from songbatch.model import Purpose
from support.truth.songs import SECONDS, STYLES, compose, wav
from support.truth.sounds import RATE, Sound, hertz

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.sketch.analysis.voice import Voice
    from support.truth.songs import Truth

VOWELS = ((730, 1090, 2440, 3400), (530, 1840, 2480, 3500), (270, 2290, 3010, 3600),
          (570, 840, 2410, 3300), (300, 870, 2240, 3300), (490, 1350, 1690, 3300))  # fmt: skip
"""Hz, men's means of Peterson & Barney (1952); the fourth resonance is a guess."""

WIDTHS = (80, 100, 140, 200)
STRAY = 0.06
"""By how much (standard deviation, natural logarithm) a singer's vowels are not the table's; half
of it from syllable to syllable."""

ODD = np.array([0.5, 1.5, 2.5, 3.5])
NEUTRAL = float((np.mean(VOWELS, axis=0) * ODD).sum() / (ODD**2).sum())
"""Hz between the resonances of the tract that the vowels are from (Fitch 1997)."""


@dataclass(frozen=True, slots=True)
class Singer:
    """MIDI `low` and `high`, `spacing` of the formants and `vibrato` rate in Hz.

    `depth` of the vibrato is in semitones each way, `tilt` of the source in dB per octave, `breath`
    the level of noise in dB against the harmonics, `level` dB over the band.
    """

    low: float
    high: float
    formant_spacing_hz: float
    vibrato: float
    depth: float
    tilt_db_per_octave: float
    breath_db: float
    level: float


@dataclass(frozen=True, slots=True)
class Result:
    """Errors by name: of the voice alone, and of the voice with a band."""

    singer: Singer
    style: str
    alone: dict[str, float]
    mixed: dict[str, float]


def draw(rng: np.random.Generator) -> Singer:
    """Return a singer: a low or a high voice."""
    high = rng.random() < 0.5
    low = float(rng.uniform(55, 60) if high else rng.uniform(43, 49))
    return Singer(
        low=low,
        high=low + float(rng.uniform(9, 14)),
        formant_spacing_hz=float(rng.uniform(1060, 1200) if high else rng.uniform(930, 1060)),
        vibrato=float(rng.uniform(4.5, 6.5)),
        depth=float(rng.uniform(0.1, 0.7)),
        tilt_db_per_octave=float(rng.uniform(-14, -8)),
        breath_db=float(rng.uniform(-32, -14)),
        level=float(rng.uniform(0, 6)),
    )


@dataclass(frozen=True, slots=True)
class Sung:
    """Samples of singing, and of each the pitch (MIDI) and the first two formants (Hz).

    NaN where nobody sings.
    """

    sound: Sound
    pitch: Sound
    formants: Sound


def sing(singer: Singer, truth: Truth, rng: np.random.Generator) -> Sung:
    """Return the song's length of singing in its key and time."""
    line, pitches = np.zeros(int(SECONDS * RATE)), np.full(int(SECONDS * RATE), np.nan)
    formants = np.full((len(line), 2), np.nan)
    vowels = _vowels(singer, rng)
    scale = {(truth.tonic + s) % 12 for s in (0, 2, 4, 7, 9)}
    if truth.mode == "minor":
        scale = {(truth.tonic + s) % 12 for s in (0, 3, 5, 7, 10)}
    notes = [n for n in range(int(singer.low), int(singer.high) + 1) if n % 12 in scale]
    at, where, beat = truth.start + 120 / truth.bpm, len(notes) // 2, 60 / truth.bpm
    while at < SECONDS - 4 * beat:
        length = float(rng.choice([0.5, 1, 1, 1.5, 2])) * beat
        if rng.random() < 0.12:
            at += 2 * beat
            continue
        where = int(np.clip(where + rng.integers(-2, 3), 0, len(notes) - 1))
        first = int(at * RATE)
        pitch = notes[where] + truth.cents / 100
        vowel = vowels[int(rng.integers(len(vowels)))] * np.exp(rng.normal(0, STRAY / 2, 4))
        syllable, bent = _syllable(singer, pitch, length * 0.92, vowel, rng)
        line[first : first + len(syllable)] += syllable
        pitches[first : first + len(syllable)] = bent
        formants[first : first + len(syllable)] = vowel[:2]
        at += length
    return Sung(line / np.abs(line).max(), pitches, formants)


def _vowels(singer: Singer, rng: np.random.Generator) -> Sound:
    """Return the resonances (Hz) of a singer's own vowels, which are not quite the table's."""
    stray = np.exp(rng.normal(0, STRAY, (len(VOWELS), 4)))
    return np.asarray(np.array(VOWELS) * stray * singer.formant_spacing_hz / NEUTRAL)


def _syllable(
    singer: Singer, pitch: float, seconds: float, formants: Sound, rng: np.random.Generator
) -> tuple[Sound, Sound]:
    time = np.arange(int(seconds * RATE)) / RATE
    grown = np.clip((time - 0.15) / 0.2, 0, 1)
    bent = pitch + singer.depth * grown * np.sin(2 * np.pi * singer.vibrato * time)
    bent -= 0.8 * np.exp(-time / 0.03)
    base = 440 * 2 ** ((bent - 69) / 12)
    phase = 2 * np.pi * np.cumsum(base) / RATE
    sound = np.zeros(len(time))
    for k in range(1, int(9000 / hertz(pitch))):
        level = 10 ** (singer.tilt_db_per_octave * np.log2(k) / 20)
        sound += level * _tract(base * k, formants) * np.sin(k * phase)
    noise = np.fft.rfft(rng.standard_normal(len(time)))
    frequency = np.asarray(np.fft.rfftfreq(len(time), 1 / RATE), np.float64)
    noise *= _tract(frequency + 1, formants)
    breath = np.fft.irfft(noise, len(time))
    power = np.sqrt((sound**2).mean() / (breath**2).mean()) * 10 ** (singer.breath_db / 20)
    sound = (sound + power * breath) / (np.abs(sound).max() + 1e-9)
    edge = np.minimum(1, time / 0.03) * np.minimum(1, (time[-1] - time) / 0.05)
    hiss = np.diff(rng.standard_normal(len(time)), prepend=0.0) * np.exp(
        -(((time - 0.03) / 0.02) ** 2)
    )
    return np.asarray(sound * edge + 0.05 * hiss), bent


def _tract(frequency: Sound, formants: Sound) -> Sound:
    """Return the gain of resonances in a row, each 1 at 0 Hz."""
    gain = np.ones(len(frequency))
    for centre, width in zip(formants, WIDTHS, strict=True):
        gain /= np.sqrt((1 - (frequency / centre) ** 2) ** 2 + (width * frequency / centre**2) ** 2)
    return gain


def heard(seed: int, count: int) -> Iterator[Result]:
    """Yield how far the voice is heard from the truth, alone and in a mix, for `count` singers."""
    names = [name for name in STYLES if name != "waltz"]
    for number in range(count):
        rng = np.random.default_rng((seed, 1000 + number))
        singer, style = draw(rng), names[number % len(names)]
        band, truth = compose(style, rng, led=False)
        sung = sing(singer, truth, rng)
        loud = np.abs(sung.sound) > 0.02
        power = (band**2).mean() / (sung.sound[loud] ** 2).mean()
        mix = band + np.sqrt(power) * 10 ** (singer.level / 20) * sung.sound
        alone = features.extract(wav(0.5 * sung.sound), Purpose.VOICE).voice
        mixed = features.extract(wav(0.7 * mix / np.abs(mix).max()), Purpose.SONG).voice
        assert alone is not None
        assert mixed is not None
        errors = (_errors(voice, singer, sung, alone) for voice in (alone, mixed))
        yield Result(singer, style, *errors)


def _errors(voice: Voice, singer: Singer, sung: Sung, alone: Voice) -> dict[str, float]:
    """Return errors in semitones, Hz, dB, % of the tract's length and of the formants' edges."""
    pitch = sung.pitch[~np.isnan(sung.pitch)]
    low, high = np.percentile(pitch, [8, 92])
    edges = np.percentile(sung.formants[~np.isnan(sung.pitch)], EDGES, axis=0).T
    ranges = (voice.f1_range_hz, voice.f2_range_hz)
    off = [100 * np.abs(np.array(h) / e - 1) for h, e in zip(ranges, edges, strict=True)]
    return {
        "median st": abs(voice.median - float(np.median(pitch))),
        "low st": abs(voice.low - float(low)),
        "high st": abs(voice.high - float(high)),
        "tract %": 100 * abs(voice.formant_spacing_hz / singer.formant_spacing_hz - 1),
        "F1 low %": float(off[0][0]),
        "F1 high %": float(off[0][1]),
        "F2 low %": float(off[1][0]),
        "F2 high %": float(off[1][1]),
        "tilt dB/oct off alone": abs(voice.tilt_db_per_octave - alone.tilt_db_per_octave),
        "vibrato Hz": abs(voice.vibrato_rate - singer.vibrato),
        "depth st": abs(voice.vibrato_depth - singer.depth),
        "breath dB off alone": abs(voice.breath_db - alone.breath_db),
    }
