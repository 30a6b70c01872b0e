"""The singing voice in front of a band: what does not repeat with the chords, and its pitch.

Method: frames at the same place under the same chord are alike but for the voice, so their median
is the accompaniment (the repeating background of Rafii & Pardo 2013, with chords for the period).
In what is left, the pitch whose harmonics are strong, and between whose harmonics little sounds
(harmonic summation, Hermes 1988), is followed with Viterbi.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch.dsp import spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.engines.sketch.dsp import Mono
    from pipeline.engines.sketch.listen.grid import Metre
    from pipeline.engines.sketch.listen.harmony import Chord

RATE = 11025
"""Hz that `follow` wants sound at."""

SIZE, HOP = 1024, 331
"""Samples of a frame, and between frames: 93 and 30 ms."""

LOWEST, HIGHEST = 82.0, 780.0
STEPS = 36
"""Pitches to an octave that are tried."""

HARMONICS = 8
FADE = 0.84
"""Weight of a harmonic against the one below it."""

BETWEEN = 0.5
"""How much what sounds between harmonics speaks against a pitch."""

LEAP, JUMP = 0.03, 0.35
"""What moving by one step costs, and moving anywhere, in units of a typical frame's salience."""

ALIKE = 4
"""Frames that make a median."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Frames `HOP` apart: pitch in Hz, its salience, and magnitudes without the accompaniment."""

    pitch: NDArray[np.float64]
    salience: NDArray[np.float64]
    magnitudes: NDArray[np.float32]


def follow(slow: Mono, metre: Metre, chords: tuple[Chord, ...]) -> Lead:
    """Return the lead of mono `slow`, at RATE."""
    magnitudes = spectra(slow, SIZE, HOP)
    left = np.maximum(0.0, magnitudes - _background(magnitudes, metre, chords))
    salience = _salience(np.sqrt(left))
    path = _path(salience / (np.median(salience.max(axis=1)) + 1e-9))
    rows = np.arange(len(path))
    return Lead(_interpolated(salience, path), salience[rows, path], left)


def _background(
    magnitudes: NDArray[np.float32], metre: Metre, chords: tuple[Chord, ...]
) -> NDArray[np.float32]:
    """Return for each frame the median of the frames at its place under the same chord."""
    each = metre.chord_beats * metre.beat
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
    count = int(STEPS * np.log2(HIGHEST / LOWEST))
    return np.asarray(LOWEST * 2 ** (np.arange(count) / STEPS))


def _salience(roots: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return frames × candidates."""
    bins = candidates() * SIZE / RATE
    salience = np.zeros((len(roots), len(bins)))
    for k in range(1, HARMONICS + 1):
        on, between = bins * k, bins * (k - 0.5)
        salience += FADE ** (k - 1) * (_at(roots, on) - BETWEEN * _at(roots, between))
    return salience


def _at(rows: NDArray[np.float32], bins: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the columns at fractional places, between two bins by a straight line."""
    below = np.minimum(bins.astype(int), rows.shape[1] - 2)
    part = (bins - below).clip(0, 1).astype(np.float32)
    return np.asarray(rows[:, below] * (1 - part) + rows[:, below + 1] * part)


def _path(salience: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the way through the candidates with the most salience and few leaps."""
    reach = np.arange(-3, 4)
    cost = LEAP * np.abs(reach)
    count = salience.shape[1]
    best, backs = salience[0], []
    inside = (np.arange(count)[None, :] + reach[:, None]).clip(0, count - 1)
    rows = np.arange(count)
    for row in salience[1:]:
        near = best[inside] - cost[:, None]
        which = near.argmax(axis=0)
        back, value = inside[which, rows], near[which, rows]
        leader = int(best.argmax())
        jumps = value < best[leader] - JUMP
        backs.append(np.where(jumps, leader, back))
        best = np.where(jumps, best[leader] - JUMP, value) + row
    path = [int(best.argmax())]
    for back in reversed(backs):
        path.append(int(back[path[-1]]))
    return np.array(path[::-1])


def _interpolated(salience: NDArray[np.float64], path: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the path in Hz, between candidates by a parabola."""
    rows, inner = np.arange(len(path)), path.clip(1, salience.shape[1] - 2)
    a, b, c = (salience[rows, inner + d] for d in (-1, 0, 1))
    offset = (0.5 * (a - c) / (a - 2 * b + c - 1e-12)).clip(-0.5, 0.5)
    return np.asarray(LOWEST * 2 ** ((inner + offset) / STEPS))
