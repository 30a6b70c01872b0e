"""The lead vocal in front of a band: what does not repeat with the chords, and its pitch.

Method: frames at the same place under the same chord are alike but for the voice, so their median
is the accompaniment (the repeating background of Rafii & Pardo 2013, with chords for the period).
In what is left, the pitch whose harmonics are strong, and between whose harmonics little sounds
(harmonic summation, Hermes 1988), is followed with Viterbi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import parabola_offset, spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.grid import Metre
    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.dsp import Mono

RATE = 11025
"""Hz that `follow` wants sound at."""

SIZE, HOP = 1024, 331
"""Samples of a frame, and between frames: 93 and 30 ms."""

LOWEST, HIGHEST = 82.0, 780.0
"""Hz, E2 to G5: below lies the bass of a band."""

STEPS = 36
"""Pitches to an octave that are tried."""

HARMONICS = 8
FADE = 0.84
"""Weight of a harmonic relative to the one below it."""

BETWEEN = 0.5
"""How much sound between the harmonics counts against a pitch."""

LEAP, JUMP = 0.03, 0.35
"""Costs of moving by one step, and anywhere, in units of a typical frame's salience."""

NEAREST = 3
"""Steps of pitch from frame to frame that are no jump: a semitone in 30 ms."""

ALIKE = 4
"""Frames that make a median."""


class LeadVocal(msgspec.Struct, frozen=True):
    """Frames `HOP` apart: pitch in Hz, its salience, and magnitudes without the accompaniment."""

    pitch_hz: NDArray[np.float64]
    salience: NDArray[np.float64]
    magnitudes: NDArray[np.float32]


def follow(slow: Mono, metre: Metre, chords: tuple[Chord, ...]) -> LeadVocal:
    """Return the lead vocal of mono `slow`, at RATE."""
    magnitudes = spectra(slow, SIZE, HOP)
    left = np.maximum(0.0, magnitudes - _background(magnitudes, metre, chords))
    salience = _salience(np.sqrt(left))
    path = _path(salience / (np.median(salience.max(axis=1)) + 1e-9))
    rows = np.arange(len(path))
    return LeadVocal(_interpolated(salience, path), salience[rows, path], left)


def _background(
    magnitudes: NDArray[np.float32], metre: Metre, chords: tuple[Chord, ...]
) -> NDArray[np.float32]:
    """Return for each frame the median of the frames at its place under the same chord."""
    each = metre.chord_beats * metre.beat_seconds
    beats = (np.arange(len(magnitudes)) * HOP / RATE - metre.first_downbeat) / each
    cell = np.floor(beats)
    place = np.round((beats - cell) * each * RATE / HOP).astype(int)
    kinds = sorted(set(chords))
    known = np.array([kinds.index(chord) for chord in chords])
    kind = known[cell.astype(int).clip(0, len(chords) - 1)]
    group = kind * (place.max() + 1) + place
    background = np.zeros_like(magnitudes)
    order = np.argsort(group, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(members) >= ALIKE:
            background[members] = np.median(magnitudes[members], axis=0)
    return background


def candidates() -> NDArray[np.float64]:
    """Return the pitches that are tried, in Hz."""
    count = int(STEPS * exact.log2(HIGHEST / LOWEST))
    return np.asarray(LOWEST * exact.octaves(np.arange(count) / STEPS))


def _salience(roots: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return frames × candidates."""
    bins = candidates() * SIZE / RATE
    by_bin = np.ascontiguousarray(roots.T)
    salience = np.zeros((len(bins), len(roots)), np.float32)
    for k in range(1, HARMONICS + 1):
        weight = np.float32(exact.power(FADE, k - 1))
        salience += weight * _at(by_bin, bins * k)
        salience -= weight * np.float32(BETWEEN) * _at(by_bin, bins * (k - 0.5))
    return np.ascontiguousarray(salience.T, np.float64)


def _at(by_bin: NDArray[np.float32], bins: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the rows at fractional places, between two bins by a straight line."""
    below = np.minimum(bins.astype(int), len(by_bin) - 2)
    part = (bins - below).clip(0, 1).astype(np.float32)[:, None]
    return np.asarray(by_bin[below] * (1 - part) + by_bin[below + 1] * part)


def _path(salience: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the way through the candidates with the most salience and few leaps (Viterbi)."""
    best = np.empty_like(salience)
    best[0] = salience[0]
    for moment in range(1, len(best)):
        best[moment] = _reached(best[moment - 1]) + salience[moment]
    path = [int(best[-1].argmax())]
    for before in best[-2::-1]:
        path.append(_came_from(before, path[-1]))
    return np.array(path[::-1])


def _reached(before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the most that arrives at each candidate: from near, or from the best one anywhere."""
    value: NDArray[np.float64] = np.maximum(before, before.max() - JUMP)
    for steps in range(1, NEAREST + 1):
        left = before - LEAP * steps
        np.maximum(value[steps:], left[:-steps], out=value[steps:])
        np.maximum(value[:-steps], left[steps:], out=value[:-steps])
    return value


def _came_from(before: NDArray[np.float64], place: int) -> int:
    """Return the candidate from which the most arrives at `place`."""
    first = max(0, place - NEAREST)
    near = before[first : place + NEAREST + 1]
    near = near - LEAP * np.abs(np.arange(first - place, first - place + len(near)))
    best, leader = int(near.argmax()), int(before.argmax())
    return leader if near[best] < before[leader] - JUMP else first + best


def _interpolated(salience: NDArray[np.float64], path: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the path in Hz, between candidates by a parabola."""
    rows, inner = np.arange(len(path)), path.clip(1, salience.shape[1] - 2)
    a, b, c = (salience[rows, inner + d] for d in (-1, 0, 1))
    offset = parabola_offset(a, b, c).clip(-0.5, 0.5)
    return np.asarray(LOWEST * exact.octaves((inner + offset) / STEPS))
