"""References with known truth, synthesised on the spot: a band at a tempo and in a key, a voice."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 22050
Sound = NDArray[np.float64]

MAJOR = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))
"""I vi IV V, semitones above the tonic."""

MINOR = ((0, 3, 7), (8, 0, 3), (5, 8, 0), (7, 10, 2))
"""i VI iv v."""


class Sink(bytearray):
    """Takes a song."""

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.extend(data)


def hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def wav(sound: Sound) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((np.clip(sound, -1, 1) * 32000).astype("<i2").tobytes())
    return file.getvalue()


def pluck(pitch: float, seconds: float, partials: int) -> Sound:
    time = np.arange(int(seconds * RATE)) / RATE
    rows = [
        np.sin(2 * np.pi * hertz(pitch) * k * time) / k * np.exp(-time * (2 + k))
        for k in range(1, partials + 1)
    ]
    return np.asarray(np.sum(rows, axis=0))


@cache
def band(
    bpm: float,
    tonic: int = 0,
    chords: Sequence[Sequence[int]] = MAJOR,
    *,
    seconds: float = 24.0,
    partials: int = 6,
    drums: bool = False,
    level: float = 0.5,
) -> bytes:
    """A chord on every beat, a bass note on one and three, a new chord each bar."""
    sound = np.zeros(int(seconds * RATE) + RATE)
    noise = np.random.default_rng(5)
    beat = 60 / bpm

    def put(at: float, what: Sound, gain: float) -> None:
        start = int(at * RATE)
        what = what[: max(0, len(sound) - start)]
        sound[start : start + len(what)] += gain * what

    for number in range(int(seconds / beat)):
        chord = chords[number // 4 % len(chords)]
        strong = number % 4 == 0
        for step in chord:
            pitch = 60 + (tonic + step) % 12
            put(number * beat, pluck(pitch, beat, partials), 0.12 if strong else 0.08)
        if number % 2 == 0:
            put(number * beat, pluck(36 + (tonic + chord[0]) % 12, 2 * beat, 4), 0.3)
        if drums:
            for half in (0.0, 0.5):
                hat = np.diff(noise.standard_normal(RATE // 20), prepend=0)
                put((number + half) * beat, hat * np.exp(-np.arange(len(hat)) / 300), 0.12)
    sound = sound[: int(seconds * RATE)]
    return wav(level * sound / np.abs(sound).max())


@cache
def song(
    bpm: float, beats: int = 4, pitches: tuple[float, ...] = (), *, seconds: float = 32.0
) -> bytes:
    """A drum kit with backbeats, or a waltz, a chord to each bar, and a voice if it has pitches."""
    sound, beat = np.zeros(int(seconds * RATE) + RATE), 60 / bpm
    noise = np.random.default_rng(7).standard_normal(RATE // 5)

    def put(at: float, what: Sound, gain: float) -> None:
        start = int(at * RATE)
        sound[start : start + len(what)] += gain * what

    fall, time = np.exp(-np.arange(len(noise)) / 900), np.arange(len(noise)) / RATE
    for number in range(int(seconds / beat)):
        place, chord = number % beats, MAJOR[number // beats % 4]
        if place in ({0, 2} if beats == 4 else {0}):
            put(number * beat, np.sin(2 * np.pi * 55 * time) * fall, 0.5)
            put(number * beat, pluck(36 + chord[0], beat, 4), 0.3)
        else:
            put(number * beat, noise * fall, 0.12)
        for step in chord:
            put(number * beat, pluck(60 + step, beat, 6), 0.08)
        for eighth in (0.0, 0.5):
            put((number + eighth) * beat, np.diff(noise[:900], prepend=0) * fall[:900], 0.05)
    sound = sound[: int(seconds * RATE)]
    if pitches:
        heard = np.frombuffer(voice(pitches, seconds=seconds)[44:], "<i2") / 32767
        sound = 0.5 * sound / np.abs(sound).max() + 0.7 * heard
    return wav(0.5 * sound / np.abs(sound).max())


@cache
def voice(pitches: tuple[float, ...], *, seconds: float = 16.0, spacing: float = 1000.0) -> bytes:
    """A neutral vowel on long notes with vibrato: harmonics under evenly spaced formants."""
    note = seconds / len(pitches)
    time = np.arange(int(seconds * RATE)) / RATE
    which = np.minimum((time / note).astype(int), len(pitches) - 1)
    base = np.array([hertz(p) for p in pitches])[which] * (1 + 0.01 * np.sin(2 * np.pi * 5 * time))
    phase = 2 * np.pi * np.cumsum(base) / RATE
    sound = np.zeros(len(time))
    for k in range(1, 28):
        peaks = (1 / (1 + ((base * k - spacing * odd) / 90) ** 2) for odd in (0.5, 1.5, 2.5, 3.5))
        level = np.sum(list(peaks), axis=0) + 0.01
        sound += np.where(base * k < 5000, level / k**0.5, 0) * np.sin(k * phase)
    sound *= np.clip((note - time % note) / 0.1, 0, 1)
    return wav(0.5 * sound / np.abs(sound).max())
