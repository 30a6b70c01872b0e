"""Instruments: notes by pitch (MIDI numbers, fractions allowed) and length (s), drums by name.

Additive, FM (Chowning 1973) and noise synthesis. Every sound is mono at RATE Hz, about -1 to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 22050
Sound = NDArray[np.float64]


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI note number."""
    return float(440 * 2 ** ((pitch - 69) / 12))


def times(seconds: float) -> Sound:
    """Return the times of the samples."""
    return np.arange(max(1, int(seconds * RATE))) / RATE


def faded(sound: Sound, attack: float, release: float) -> Sound:
    """Return `sound` with straight edges of these lengths (s)."""
    time = np.arange(len(sound)) / RATE
    rise, fall = np.minimum(1, time / attack), np.minimum(1, (time[-1] - time) / release)
    return np.asarray(sound * rise * fall)


def _partials(
    pitch: float, time: Sound, level: Callable[[int], float], decay: Callable[[int], float],
    stretch: float = 0.0, vibrato: float = 0.0,
) -> Sound:  # fmt: skip
    base = hertz(pitch)
    phase = 2 * np.pi * base * time + vibrato * np.sin(2 * np.pi * 5.3 * time)
    sound = np.zeros(len(time))
    for k in range(1, 25):
        ratio = k * np.sqrt(1 + stretch * k * k)
        if base * ratio > 9000 or level(k) < 1e-3:
            continue
        sound += level(k) * np.exp(-time * decay(k)) * np.sin(ratio * phase + k * k)
    return sound


def guitar(pitch: float, seconds: float) -> Sound:
    """Return a plucked string, a little inharmonic, plucked at a seventh of its length."""
    time = times(seconds)
    sound = _partials(
        pitch, time, lambda k: abs(np.sin(np.pi * k / 7.3)) / k**1.1, lambda k: 1.5 + 0.7 * k, 6e-5
    )
    return faded(sound, 0.002, 0.03)


def drive(pitch: float, seconds: float) -> Sound:
    """Return an overdriven string."""
    sound = _partials(pitch, times(seconds), lambda k: 1 / k, lambda k: 0.4 + 0.1 * k, 3e-5)
    return faded(np.tanh(3 * sound), 0.004, 0.03) * 0.6


def tines(pitch: float, seconds: float) -> Sound:
    """Return an electric piano by frequency modulation."""
    time, base = times(seconds), hertz(pitch)
    body = np.sin(
        2 * np.pi * base * time + 1.2 * np.exp(-3 * time) * np.sin(2 * np.pi * base * time)
    )
    bell = 0.2 * np.exp(-12 * time) * np.sin(2 * np.pi * base * min(7.0, 9000 / base) * time)
    return faded((body + bell) * np.exp(-1.8 * time), 0.003, 0.04)


def piano(pitch: float, seconds: float) -> Sound:
    """Return struck strings, three a note and a little apart."""
    time = times(seconds)
    parts = [
        _partials(p, time, lambda k: 0.8**k / k**0.6, lambda k: 1.2 + 0.35 * k, 2e-4)
        for p in (pitch, pitch + 0.012)
    ]
    return faded(parts[0] + parts[1], 0.003, 0.05) * 0.6


def organ(pitch: float, seconds: float) -> Sound:
    """Return drawbars: octaves and fifths of steady sines."""
    time = times(seconds)
    sound = np.zeros(len(time))
    for ratio, level in ((0.5, 0.4), (1, 1.0), (1.5, 0.25), (2, 0.6), (3, 0.25), (4, 0.3)):
        sound += level * np.sin(2 * np.pi * hertz(pitch) * ratio * time)
    return faded(sound, 0.01, 0.04) * 0.5


def strings(pitch: float, seconds: float) -> Sound:
    """Return a section: three detuned, slowly swelling sawtooths."""
    time = times(seconds)
    parts = [
        _partials(pitch + d, time, lambda k: 1 / k**1.3, lambda _: 0.0, 0.0, 0.05)
        for d in (-0.07, 0.0, 0.06)
    ]
    return faded(np.sum(parts, axis=0), min(0.25, seconds / 3), min(0.3, seconds / 3)) * 0.35


def flute(pitch: float, seconds: float) -> Sound:
    """Return few partials with vibrato and breath."""
    time = times(seconds)
    sound = _partials(
        pitch, time, lambda k: (1, 0.35, 0.12, 0.04)[k - 1] if k < 5 else 0, lambda _: 0, 0, 0.4
    )
    breath = np.random.default_rng(int(pitch * 100)).standard_normal(len(time))
    return faded(sound + 0.03 * breath, 0.05, 0.05)


def square(pitch: float, seconds: float) -> Sound:
    """Return odd partials with vibrato."""
    sound = _partials(pitch, times(seconds), lambda k: k % 2 / k, lambda _: 0.3, 0, 0.25)
    return faded(sound, 0.01, 0.03) * 0.8


def brass(pitch: float, seconds: float) -> Sound:
    """Return FM whose brightness swells with the note."""
    time, base = times(seconds), hertz(pitch)
    index = 3 * np.minimum(1, time / 0.08) * np.exp(-0.8 * time)
    phase = 2 * np.pi * base * time + 0.3 * np.sin(2 * np.pi * 5 * time)
    return faded(np.sin(phase + index * np.sin(phase)), 0.03, 0.05)


def finger_bass(pitch: float, seconds: float) -> Sound:
    """Return a bass string."""
    sound = _partials(pitch, times(seconds), lambda k: 0.75**k, lambda k: 1 + 0.5 * k, 4e-5)
    return faded(sound, 0.005, 0.03)


def synth_bass(pitch: float, seconds: float) -> Sound:
    """Return a sawtooth whose top closes."""
    sound = _partials(pitch, times(seconds), lambda k: 1 / k, lambda k: 0.3 * k, 0)
    return faded(sound, 0.003, 0.02) * 0.8


INSTRUMENTS = {
    f.__name__: f
    for f in (guitar, drive, tines, piano, organ, strings, flute, square, brass, finger_bass,
              synth_bass)
}  # fmt: skip


def _noise(seconds: float, decay: float, low: float, high: float, rng: int) -> Sound:
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(rng).standard_normal(count))
    axis = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= 1 / (1 + (low / (axis + 1)) ** 4) / (1 + (axis / high) ** 4)
    sound = np.fft.irfft(spectrum, count)
    return np.asarray(sound / np.abs(sound).max() * np.exp(-times(seconds) * decay)[:count])


def _kick(tone: float) -> Sound:
    time = times(0.35)
    sweep = 2 * np.pi * (tone * time + 3.5 * (1 - np.exp(-35 * time)))
    return np.asarray(np.sin(sweep) * np.exp(-11 * time) + 0.2 * _noise(0.35, 200, 1500, 6000, 3))


def _snare(tone: float) -> Sound:
    body = np.sin(2 * np.pi * tone * times(0.25)) * np.exp(-25 * times(0.25))
    return np.asarray(0.5 * body + 0.7 * _noise(0.25, 20, 700, 9000, 4))


def _ride() -> Sound:
    time = times(0.7)
    metal = sum(np.sin(2 * np.pi * f * time) for f in (3217, 4433, 5591, 6871, 8123))
    return np.asarray(0.12 * metal * np.exp(-6 * time) + 0.3 * _noise(0.7, 25, 4000, 10000, 6))


DRUMS = {
    "kick": _kick(48), "boom": _kick(58), "snare": _snare(190),
    "rim": _noise(0.06, 90, 1200, 5000, 5),
    "clap": _noise(0.2, 25, 900, 5000, 8), "hat": _noise(0.08, 70, 6000, 10500, 9),
    "open": _noise(0.3, 14, 5500, 10500, 10), "ride": _ride(),
    "shaker": faded(_noise(0.1, 30, 4500, 9500, 11), 0.02, 0.02),
    "brush": faded(_noise(0.18, 18, 1500, 8000, 12), 0.015, 0.02),
    "crash": _noise(1.5, 3, 3000, 10500, 13),
}  # fmt: skip
