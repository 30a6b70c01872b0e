"""The chords of a song: the reference's, begun and ended where a listener finds the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.sketch.analysis.harmony import MAJOR, MINOR, Chord

if TYPE_CHECKING:
    from songbatch.engines.sketch.analysis.harmony import Harmony

LOOPS = {
    MAJOR: ((0, MAJOR), (9, MINOR), (5, MAJOR), (7, MAJOR)),
    MINOR: ((0, MINOR), (8, MAJOR), (3, MAJOR), (10, MAJOR)),
}
"""Chords under a voice that came without any, a bar each; semitones above the tonic."""

FEWEST = 4
"""Chords that make a progression."""

PHRASE_BARS = 4


def of_band(harmony: Harmony, spans: int, spans_per_bar: int, take: int) -> tuple[Chord, ...]:
    """Return a chord for each of `spans`: tonic, the reference's progression, tonic again.

    Takes begin at different returns of the tonic in it, where a phrase of four bars may begin. The
    last chord but one is the dominant, whose step to the tonic marks a key more than any other.
    """
    if len(harmony.chords) < FEWEST:
        return alone(harmony, spans)
    home = (harmony.tonic, harmony.mode)
    starts = _starts(harmony.chords, home, spans_per_bar)
    start = starts[(take - 1) % len(starts)]
    heard = [harmony.chords[(start + i) % len(harmony.chords)] for i in range(spans)]
    return _closed(heard, home)


def alone(harmony: Harmony, spans: int) -> tuple[Chord, ...]:
    """Return the chords implied under a voice without a band, two spans a chord."""
    loop = [((harmony.tonic + step) % 12, kind) for step, kind in LOOPS[harmony.mode]]
    return tuple(loop[i // 2 % len(loop)] for i in range(spans))


def _starts(chords: tuple[Chord, ...], home: Chord, spans_per_bar: int) -> list[int]:
    """Return where the tonic sounds at the head of a phrase, or of a bar, or else the beginning."""
    for every in (PHRASE_BARS * spans_per_bar, spans_per_bar, 1):
        starts = [i for i in range(0, len(chords), every) if chords[i] == home]
        if starts:
            return starts
    return [0]


def _closed(chords: list[Chord], home: Chord) -> tuple[Chord, ...]:
    dominant = ((home[0] + 7) % 12, MAJOR)
    return (home, *chords[1:-2], dominant, home)[: max(1, len(chords))]
