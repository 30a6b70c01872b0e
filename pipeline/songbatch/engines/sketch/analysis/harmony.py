"""Tuning, key and chords of a recording.

Method: long spectra, their peaks folded into twelve pitch classes after correcting the tuning,
averaged over the beats; chords by triad templates smoothed with Viterbi; the key as the tonic and
mode whose profile and whose diatonic chords fit best. Profiles: Temperley (1999), rounded.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.dsp import Mono, notes_of, parabola_offset, spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.grid import Metre

SIZE, HOP = 4096, 512
"""Samples of a frame, and between frames: 0.37 s and 46 ms at 11.025 kHz."""

LOWEST, HIGHEST = 55.0, 2000.0
"""Hz: where the notes of chords lie."""

LOWEST_NOTE, NOTES = 24, 72
"""MIDI; six octaves from C1, so that a row folds into pitch classes by its shape alone."""

PARTIALS = ((2, 12), (3, 19), (4, 24), (5, 28), (6, 31))
OVERTONE = 0.65
"""Ratio (of roots of magnitudes) of a partial to the one below it."""

NOTE_WEIGHTS = exact.exp(-0.5 * ((LOWEST_NOTE + np.arange(NOTES) - 60) / 24.0) ** 2)
BASS_WEIGHTS = exact.exp(-0.5 * ((LOWEST_NOTE + np.arange(NOTES) - 40) / 7.0) ** 2)

MAJOR, MINOR = "major", "minor"
PROFILES = {
    MAJOR: (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
    MINOR: (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 3.0, 2.5),
}
DIATONIC = {
    MAJOR: {(0, MAJOR): 1.0, (7, MAJOR): 0.8, (5, MAJOR): 0.8, (9, MINOR): 0.7, (2, MINOR): 0.6,
            (4, MINOR): 0.5, (10, MAJOR): 0.2},
    MINOR: {(0, MINOR): 1.0, (5, MINOR): 0.75, (8, MAJOR): 0.7, (10, MAJOR): 0.7, (3, MAJOR): 0.65,
            (7, MAJOR): 0.6, (7, MINOR): 0.55},
}  # fmt: skip
"""How much a chord (semitones above the tonic, kind) supports a key of each mode."""

NOT_DIATONIC = -0.5
OPENS = 0.3
"""How much a recording's first chord supports the key whose tonic it is. Loops such as
i VI III VII belong to two keys, and only their beginning shows which."""

# Weights of a chord's third and fifth relative to its root, and of the root in the bass.
THIRD = 0.9
FIFTH = 0.85
BASS = 0.18

CLEAR = 2.2
"""The worth of a perfect match of a template; set by hand on support/truth, as are the others."""

STAY, FITS = 0.45, 0.12
"""Cost of a change of chord, and bonus of a chord of the key, in units of the match."""

FLOOR = 0.08
"""Share of the root of a frame's highest magnitude below which a peak does not count."""

Chord = tuple[int, str]
"""Root as pitch class (0 is C), kind: major or minor."""


class Harmony(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`tuning` in semitones against A4 = 440 Hz, `tonic` a pitch class, `chords` per half bar.

    Each chord lasts `chord_beats`: two, or the three of a waltz's bar.
    """

    tuning: float
    tonic: int
    mode: str
    chords: tuple[Chord, ...]
    chord_beats: int = 2


class Notes(msgspec.Struct, frozen=True):
    """Frames × NOTES strengths of the notes from LOWEST_NOTE (MIDI) up, partials included."""

    frames_per_second: float
    tuning: float
    strengths: NDArray[np.float32]

    def between(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pitch classes of the spans from each edge (s) to the next, and to the end."""
        return _classes(
            _without_partials(_averaged(self.strengths, edges * self.frames_per_second))
        )


def find_notes(sound: Mono, sample_rate: int) -> Notes:
    """Return which notes sound when in mono `sound`."""
    magnitudes = spectra(sound, SIZE, HOP)
    hertz, strength, frame = _peaks(magnitudes, sample_rate)
    pitch = notes_of(hertz)
    tuning = _tuning(pitch, strength)
    return Notes(
        sample_rate / HOP, tuning, _sorted(pitch - tuning, strength, frame, len(magnitudes))
    )


def in_bars(notes: Notes, metre: Metre) -> Harmony:
    """Return key and chords of notes over the half bars from the first downbeat on."""
    seconds = len(notes.strengths) / notes.frames_per_second
    edges = np.arange(metre.first_downbeat, seconds, metre.chord_beats * metre.beat_seconds)
    single = _without_partials(_averaged(notes.strengths, edges * notes.frames_per_second))
    chroma, bass = _classes(single), _classes(single * BASS_WEIGHTS)
    match = _match(chroma, bass)
    free = _viterbi(match)
    tonic, mode = _key(chroma, free)
    bonus = np.array([FITS * (_degree(c, tonic) in DIATONIC[mode]) for c in CHORDS])
    chords = tuple(CHORDS[k] for k in _viterbi(match + bonus))
    return Harmony(notes.tuning, tonic, mode, chords, metre.chord_beats)


def changes(notes: Notes, times: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Return how much the harmony differs `width` seconds before and after each time, 0 to 1."""
    octaves = notes.strengths.reshape(len(notes.strengths), -1, 12)
    both = np.concatenate([octaves.sum(axis=1), octaves[:, :2].sum(axis=1)], axis=1)
    total = np.pad(np.cumsum(both, axis=0, dtype=np.float64), ((1, 0), (0, 0)))
    places = [
        np.round((times + d * width) * notes.frames_per_second).astype(int).clip(0, len(both))
        for d in (-1, 0, 1)
    ]
    before, after = (total[b] - total[a] for a, b in itertools.pairwise(places))
    power = (before**2).sum(axis=1) * (after**2).sum(axis=1)
    return np.asarray(1 - (before * after).sum(axis=1) / np.sqrt(power + 1e-12))


def tonic_strength(notes: Notes, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much the tonic's triad sounds from each time (s) to the next, mean 0, spread 1.

    The key is taken from the notes alone, for bars are not known yet.
    """
    chroma = notes.between(times)
    total = chroma.sum(axis=0)
    keys = itertools.product((MAJOR, MINOR), range(12))
    mode, tonic = max(keys, key=lambda k: _correlation(np.roll(PROFILES[k[0]], k[1]), total))
    match = _match(chroma, chroma)[:, CHORDS.index((tonic, mode))]
    return np.asarray((match - match.mean()) / (match.std() + 1e-9))


CHORDS: tuple[Chord, ...] = tuple((root, kind) for kind in (MAJOR, MINOR) for root in range(12))


def pitch_classes(chord: Chord) -> tuple[int, int, int]:
    """Return root, third and fifth of a chord."""
    root, kind = chord
    return root, (root + (4 if kind == MAJOR else 3)) % 12, (root + 7) % 12


def _degree(chord: Chord, tonic: int) -> Chord:
    return (chord[0] - tonic) % 12, chord[1]


def _peaks(
    magnitudes: NDArray[np.float32], sample_rate: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return frequency (Hz, interpolated), strength and frame of every spectral peak."""
    width = sample_rate / SIZE
    first, last = int(LOWEST / width), int(HIGHEST / width)
    part = np.sqrt(magnitudes[:, first - 1 : last + 2].astype(np.float64))
    left, mid, right = part[:, :-2], part[:, 1:-1], part[:, 2:]
    floor = FLOOR * part.max(axis=1, keepdims=True) + 1e-9
    frame, bin_ = np.nonzero((mid > left) & (mid >= right) & (mid > floor))
    a, b, c = left[frame, bin_], mid[frame, bin_], right[frame, bin_]
    hertz = (first + bin_ + parabola_offset(a, b, c)) * width
    return hertz, b * np.sqrt(220 / np.maximum(hertz, 220)), frame


def _tuning(pitch: NDArray[np.float64], strength: NDArray[np.float64]) -> float:
    of = exact.scaled(exact.circle(2 * np.pi * pitch), strength)
    return exact.angle(float(of.real.sum()), float(of.imag.sum())) / (2 * np.pi)


def _sorted(
    pitch: NDArray[np.float64],
    strength: NDArray[np.float64],
    frame: NDArray[np.intp],
    frames: int,
) -> NDArray[np.float32]:
    """Return frames × NOTES strengths; peaks between two notes count little."""
    note = np.round(pitch).astype(int)
    near = np.maximum(0.0, 1 - 2 * np.abs(pitch - note)) * strength
    inside = (note >= LOWEST_NOTE) & (note < LOWEST_NOTE + NOTES)
    cells = frame[inside] * NOTES + note[inside] - LOWEST_NOTE
    return (
        np.bincount(cells, near[inside], frames * NOTES).reshape(frames, NOTES).astype(np.float32)
    )


def _averaged(strengths: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean from each edge (in frames) to the next; the last one reaches the end."""
    bounds = np.round(np.append(edges, len(strengths))).astype(int)
    parts = [
        strengths[min(a + 1, len(strengths) - 1) : max(b, a + 2)].mean(axis=0, dtype=np.float64)
        for a, b in itertools.pairwise(bounds)
    ]
    return np.array(parts)


def _without_partials(strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return notes from which the overtones of lower notes are taken, from below upward."""
    single = strengths.copy()
    shares = [(above, exact.power(OVERTONE, partial - 1)) for partial, above in PARTIALS]
    for note in range(NOTES):
        for above, share in shares:
            if note + above < NOTES:
                left = single[:, note + above] - share * single[:, note]
                single[:, note + above] = np.maximum(0.0, left)
    return single


def _classes(strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return pitch classes, each row of length 1."""
    weighed = strengths * NOTE_WEIGHTS
    folded = weighed.reshape(len(weighed), -1, 12).sum(axis=1)
    norms = np.sqrt((folded**2).sum(axis=1, keepdims=True))
    return np.asarray(folded / (norms + 1e-9))


def _match(chroma: NDArray[np.float64], bass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return half bars × 24: how well each chord explains what sounds and what the bass plays."""
    columns, length = [], np.sqrt(1 + THIRD**2 + FIFTH**2)
    for chord in CHORDS:
        root, third, fifth = pitch_classes(chord)
        triad = chroma[:, root] + THIRD * chroma[:, third] + FIFTH * chroma[:, fifth]
        columns.append(CLEAR * (triad / length + BASS * bass[:, root]))
    return np.stack(columns, axis=1)


def _viterbi(match: NDArray[np.float64]) -> list[int]:
    best = match[0].copy()
    came_from = []
    for row in match[1:]:
        leader = int(np.argmax(best))
        stays = best >= best[leader] - STAY
        came_from.append(np.where(stays, np.arange(len(best)), leader))
        best = np.where(stays, best, best[leader] - STAY) + row
    path = [int(np.argmax(best))]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _key(chroma: NDArray[np.float64], chords: list[int]) -> tuple[int, str]:
    total = chroma.sum(axis=0)
    share = np.bincount(chords, minlength=24) / len(chords)
    keys = [(tonic, mode) for mode in (MAJOR, MINOR) for tonic in range(12)]

    def fit(key: tuple[int, str]) -> float:
        tonic, mode = key
        profile = _correlation(np.roll(PROFILES[mode], tonic), total)
        weights = DIATONIC[mode]
        spoken = sum(
            share[i] * weights.get(_degree(chord, tonic), NOT_DIATONIC)
            for i, chord in enumerate(CHORDS)
        )
        opens = OPENS * any(CHORDS[chord] == key for chord in chords[:2])
        return profile + float(spoken) + opens

    return max(keys, key=fit)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Pearson's correlation, 0 if one of the two does not vary."""
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-12))
