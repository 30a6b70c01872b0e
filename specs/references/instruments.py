"""The instruments that play the example references: strings, bells, synthesisers, drums, a voice.

Every function returns one mono sound of `RATE` samples a second with peaks near 1. Pitches are in
Hz, times in seconds. Noise comes from generators with fixed seeds: the same call, the same sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

RATE = 32000
CONTROL_RATE = 200

Sound = NDArray[np.float64]


def pluck(hz: float, seconds: float, place: float = 0.18) -> Sound:
    """A plucked string: partials by where it is plucked, the higher ones dying sooner."""
    time = _time(seconds)
    sound = np.zeros_like(time)
    for partial in range(1, _partials_below(hz, 7000)):
        strength = np.sin(np.pi * partial * place) / partial
        decay = np.exp(-time * (1.1 + 0.35 * partial + hz / 500))
        sound += strength * decay * np.sin(2 * np.pi * hz * partial * time)
    return sound * _edges(seconds, 0.003, 0.05)


def bell(hz: float, seconds: float) -> Sound:
    """A tine of a music box: three partials that are no harmonics of each other."""
    time = _time(seconds)
    sound = np.zeros_like(time)
    for ratio, strength, decay in ((1, 1, 2.5), (2.98, 0.35, 6), (5.4, 0.18, 12)):
        if hz * ratio < RATE / 2:
            sound += strength * np.exp(-time * decay) * np.sin(2 * np.pi * hz * ratio * time)
    return sound * _edges(seconds, 0.002, 0.05) / 1.3


def saw(hz: float, seconds: float, cutoff: float, attack: float = 0.005) -> Sound:
    """Two detuned saws, softened above `cutoff` Hz: a bass or a pad, as attack and cutoff say."""
    time = _time(seconds)
    sound = np.zeros_like(time)
    for detune in (0.998, 1.002):
        for partial in range(1, _partials_below(hz, 9000)):
            frequency = hz * detune * partial
            strength = 1 / partial / np.sqrt(1 + (frequency / cutoff) ** 4)
            sound += strength * np.sin(2 * np.pi * frequency * time + partial)
    return sound * _edges(seconds, attack, min(0.3, seconds / 3)) / 3


def kick() -> Sound:
    """A bass drum: a sine that falls from 160 to 48 Hz."""
    time = _time(0.3)
    phase = 2 * np.pi * np.cumsum(48 + 112 * np.exp(-time * 40)) / RATE
    return np.sin(phase) * np.exp(-time * 11) * _edges(0.3, 0.001, 0.05)


def clap() -> Sound:
    """A clap: three short bursts of noise and their echo."""
    time = _time(0.25)
    bursts = sum(np.exp(-np.maximum(time - at, 0) * 90) * (time >= at) for at in (0, 0.011, 0.023))
    return _high(_noise(0.25, seed=2), 900) * (bursts * 0.5 + np.exp(-time * 18) * 0.4)


def hat(seconds: float = 0.06) -> Sound:
    """A hi-hat or, a little longer, a shaker: only the top of noise."""
    return _high(_noise(seconds, seed=3), 6000) * np.exp(-_time(seconds) * 3 / seconds)


FORMANTS = {
    "a": (850, 1220, 2810),
    "e": (610, 2330, 2990),
    "i": (310, 2790, 3310),
    "o": (590, 920, 2710),
    "u": (370, 950, 2670),
    "m": (260, 1000, 2300),
}
"""Hz, for women's voices after Peterson and Barney (1952); `m` is a hum with the lips closed."""

_UPPER_FORMANTS = (3700, 4500)
_BANDWIDTHS = (80, 100, 140, 180, 220)


@dataclass(frozen=True, slots=True)
class Sung:
    """A note of a singer: when it starts and ends, how high it is, on which vowel."""

    start: float
    end: float
    hz: float
    vowel: str


def sing(phrase: list[Sung], vibrato: float = 0.012) -> Sound:
    """Sing the notes in one breath, from the first one's start on: gliding pitch, moving vowels.

    The source is a train of glottal pulses, written as its harmonics (6 dB an octave downwards
    with the radiation of the lips); each harmonic is as strong as the vocal tract lets it pass.
    """
    start, end = phrase[0].start, phrase[-1].end
    beats = np.arange(0, end - start, 1 / CONTROL_RATE)
    pitch = _glide([(note.start - start, np.log2(note.hz)) for note in phrase], beats, 0.07)
    tracts = [FORMANTS[note.vowel] + _UPPER_FORMANTS for note in phrase]
    formants = [
        _glide([(n.start - start, t[i]) for n, t in zip(phrase, tracts, strict=True)], beats, 0.09)
        for i in range(len(_BANDWIDTHS))
    ]
    since_onset = _since_onset([note.start - start for note in phrase], beats)
    swell = np.clip((since_onset - 0.15) / 0.3, 0, 1)
    f0 = 2**pitch * (1 + vibrato * swell * np.sin(2 * np.pi * 5.4 * beats))
    loudness = 1 - 0.35 * np.exp(-((since_onset / 0.035) ** 2))
    return _voiced(f0, formants, loudness, beats, end - start)


def _voiced(
    f0: Sound, formants: list[Sound], loudness: Sound, beats: Sound, seconds: float
) -> Sound:
    time = _time(seconds)
    phase = 2 * np.pi * np.cumsum(np.interp(time, beats, f0)) / RATE
    sound = np.zeros_like(time)
    for partial in range(1, _partials_below(float(f0.min()), 7500)):
        strength = _tract(f0 * partial, formants) * loudness / partial
        sound += np.interp(time, beats, strength) * np.sin(partial * phase)
    breathiness = 0.004 * _high(_noise(seconds, seed=4), 2500)
    return (sound / np.abs(sound).max() + breathiness) * _edges(seconds, 0.06, 0.12)


def _tract(hz: Sound, formants: list[Sound]) -> Sound:
    gain = np.ones_like(hz)
    for formant, width in zip(formants, _BANDWIDTHS, strict=True):
        gain *= formant**2 / np.hypot(formant**2 - hz**2, width * hz)
    return gain


def breath(seconds: float = 0.3) -> Sound:
    """Air drawn in before a phrase."""
    noise = _high(_noise(seconds, seed=5), 1200)
    return noise * np.sin(np.pi * np.linspace(0, 1, len(noise))) ** 2


def room(sound: Sound, seconds: float, seed: int) -> Sound:
    """Return the echo of a room around `sound`: convolution with noise that dies away."""
    tail = _noise(seconds, seed) * np.exp(-_time(seconds) * 6 / seconds)
    size = len(sound) + len(tail)
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)
    return wet[: len(sound)] / np.sqrt(np.sum(tail**2))


def _glide(points: list[tuple[float, float]], times: Sound, width: float) -> Sound:
    """Hold each value from its time on; move over in an S of `width` seconds around it."""
    value = np.full_like(times, points[0][1])
    for (_, before), (at, after) in pairwise(points):
        value += (after - before) / (1 + np.exp(-(times - at) * 6 / width))
    return value


def _since_onset(onsets: list[float], times: Sound) -> Sound:
    last = np.searchsorted(onsets, times, side="right") - 1
    return times - np.asarray(onsets)[np.maximum(last, 0)]


def _time(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def _edges(seconds: float, attack: float, release: float) -> Sound:
    time = _time(seconds)
    return np.clip(np.minimum(time / attack, (seconds - time) / release), 0, 1)


def _partials_below(hz: float, limit: float) -> int:
    return int(limit / hz) + 1


def _noise(seconds: float, seed: int) -> Sound:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)) / 3


def _high(sound: Sound, cutoff: float) -> Sound:
    """Keep what is above `cutoff` Hz."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / RATE)
    return np.fft.irfft(spectrum / (1 + (cutoff / np.maximum(hz, 1)) ** 4), len(sound))
