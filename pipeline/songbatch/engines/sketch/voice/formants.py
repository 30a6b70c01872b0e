"""Formant tracks: targets, and the transitions between them.

A vowel holds its target as long as its neighbours leave it time. A consonant stands at both its
edges where its place of articulation and the vowel on that side put it, by locus equations
(Sussman, McCaffrey & Matthews 1991). Between such points the formants move in straight lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.engines.sketch.voice.phones import CONSONANTS, Consonant, Manner
from songbatch.engines.sketch.voice.tracks import FRAMES, smooth
from songbatch.engines.sketch.voice.vowels import VOWELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.voice.timing import TimedPhone

    Row = NDArray[np.float64]

TRANSITION = {
    Manner.STOP: 0.05,
    Manner.AFFRICATE: 0.05,
    Manner.NASAL: 0.055,
    Manner.FRICATIVE: 0.055,
    Manner.GLIDE: 0.075,
    Manner.TRILL: 0.05,
    Manner.LATERAL: 0.045,
    Manner.BREATH: 0.03,
}
"""Seconds from a consonant's edge to the vowel's target."""

HIATUS = 0.06
"""The same from the meeting of two vowels."""

GLIDE_EDGES = (0.3, 0.7)
"""Between which shares of its time a glide stands still."""

DIPHTHONG_SECONDS = 0.2
PAUSE = 0.15
"""Seconds of silence after which the mouth no longer leans on the last sound."""

ROUND = 0.035
"""Seconds over which corners are rounded."""


class _Path(msgspec.Struct):
    """Points in time (seconds) and the formants there (Hz)."""

    times: list[float] = msgspec.field(default_factory=list)
    points: list[Row] = msgspec.field(default_factory=list)

    def through(self, time: float, point: Row) -> None:
        """Pass `point` at `time`, or at once if that is over."""
        self.times.append(max(time, self.times[-1] if self.times else 0.0))
        self.points.append(point)


def formant_tracks(sounds: Sequence[TimedPhone], count: int) -> Row:
    """Return `count` frames × 3 formants in Hz."""
    path = _Path()
    for number, sound in enumerate(sounds):
        before = sounds[number - 1] if number else None
        after = sounds[number + 1] if number + 1 < len(sounds) else None
        if sound.is_vowel:
            _vowel(path, sound, before, after)
        elif CONSONANTS[sound.phone].manner is not Manner.BREATH:
            _consonant(path, sound, *_around(sounds, number))
    time = np.arange(count) / FRAMES
    rows = np.array(path.points)
    return smooth(np.stack([np.interp(time, path.times, row) for row in rows.T], axis=1), ROUND)


def _vowel(
    path: _Path, sound: TimedPhone, before: TimedPhone | None, after: TimedPhone | None
) -> None:
    first, last = (np.array(target) for target in VOWELS[sound.phone])
    start = max(sound.start, _released(before) + _transition(before)) if before else sound.start
    stop = sound.end - (_transition(after) if after else 0.0)
    if np.array_equal(first, last):
        middle = (start + stop) / 2
        path.through(min(start, middle), first)
        path.through(max(stop, middle), last)
        return
    arrival = max(stop, sound.start + 0.7 * sound.seconds)
    departure = max(arrival - DIPHTHONG_SECONDS, sound.start + 0.25 * sound.seconds)
    path.through(min(start, departure), first)
    path.through(departure, first)
    path.through(arrival, last)


def _consonant(path: _Path, sound: TimedPhone, left: Row, right: Row) -> None:
    consonant = CONSONANTS[sound.phone]
    edges = GLIDE_EDGES if consonant.manner is Manner.GLIDE else (0.0, 1.0)
    if consonant.manner is Manner.STOP:
        edges = (0.0, consonant.closure)
    for edge, vowel in zip(edges, (left, right), strict=True):
        path.through(sound.start + edge * sound.seconds, consonant_formants(consonant, vowel))


def _released(sound: TimedPhone) -> float:
    """Return from when on the mouth moves towards the next vowel: stops are over early."""
    if sound.is_vowel or CONSONANTS[sound.phone].manner is not Manner.STOP:
        return sound.end
    return sound.start + CONSONANTS[sound.phone].closure * sound.seconds


def _transition(sound: TimedPhone) -> float:
    return HIATUS if sound.is_vowel else TRANSITION[CONSONANTS[sound.phone].manner]


def _around(sounds: Sequence[TimedPhone], number: int) -> tuple[Row, Row]:
    """Return the formants of the vowels that a consonant's edges lean to."""
    left, right = _nearest(sounds, number, -1), _nearest(sounds, number, 1)
    rest = np.array(VOWELS["AX"][0])
    left = right if left is None else left
    right = left if right is None else right
    return (rest, rest) if left is None or right is None else (left, right)


def _nearest(sounds: Sequence[TimedPhone], number: int, step: int) -> Row | None:
    while 0 <= number + step < len(sounds):
        sound, neighbour = sounds[number], sounds[number + step]
        gap = neighbour.start - sound.end if step > 0 else sound.start - neighbour.end
        if gap > PAUSE:
            return None
        if neighbour.is_vowel:
            return np.array(VOWELS[neighbour.phone][-1 if step < 0 else 0])
        number += step
    return None


def consonant_formants(consonant: Consonant, vowel: Row) -> Row:
    """Return a consonant's formants (Hz) at its edge beside a vowel."""
    own = np.array(consonant.formants)
    second = own[1] + consonant.pull * (vowel[1] - own[1])
    third = own[2] + 0.4 * consonant.pull * (vowel[2] - own[2])
    return np.array([own[0], second, max(third, second + 250)])
