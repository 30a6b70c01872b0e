"""The chords of a song: the reference's, begun and ended where a listener finds the key.

Every section begins at a place of its own in the reference's progression, sections of one kind at
the same one. Where a stanza ends there is a cadence: the dominant, then the tonic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.sketch.analysis.harmony import MAJOR, MINOR, Chord
from songbatch.engines.sketch.compose.sections import SectionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.sketch.analysis.harmony import Harmony
    from songbatch.engines.sketch.compose.form import SongForm

LOOPS = {
    MAJOR: ((0, MAJOR), (9, MINOR), (5, MAJOR), (7, MAJOR)),
    MINOR: ((0, MINOR), (8, MAJOR), (3, MAJOR), (10, MAJOR)),
}
"""Chords under a voice that came without any, a bar each; semitones above the tonic."""

FEWEST = 4
"""Chords that make a progression."""

PHRASE_BARS = 4


class Copied(msgspec.Struct, frozen=True):
    """Chords of `spans` spans from `first` on that come again from `again` on."""

    first: int
    again: int
    spans: int


class Cadence(msgspec.Struct, frozen=True):
    """A tonic from the span `at` until `end`, in a phrase that begins with the span `first`."""

    first: int
    at: int
    end: int


def of_form(
    harmony: Harmony,
    form: SongForm,
    take: int,
    copies: Sequence[Copied],
    cadences: Sequence[Cadence],
) -> tuple[Chord, ...]:
    """Return a chord for every span: tonic, the reference's progression, tonic again.

    Takes begin at different returns of the tonic in it, where a phrase of four bars may begin. The
    last change is from the dominant to the tonic, a step that marks a key more than any other.
    """
    home = (harmony.tonic, harmony.mode)
    spans_per_bar = form.beats_per_bar // form.chord_beats
    heard = harmony.chords if len(harmony.chords) >= FEWEST else _loop(harmony)
    chords = [home] * form.chord_spans
    starts = _starts(heard, home, spans_per_bar)
    for part in form.parts:
        start = _start(part.kind, heard, home, starts, take, spans_per_bar)
        for span in range(part.spans):
            chords[part.first + span] = heard[(start + span) % len(heard)]
    for copied in copies:
        source = slice(copied.first, copied.first + copied.spans)
        chords[copied.again : copied.again + copied.spans] = chords[source]
        _close(chords, home, [c for c in cadences if c.first == copied.again])
    _close(chords, home, cadences)
    return tuple(chords) if form.is_open else _ended(chords, home)


def _close(chords: list[Chord], home: Chord, cadences: Sequence[Cadence]) -> None:
    for cadence in cadences:
        chords[cadence.at : cadence.end] = [home] * (cadence.end - cadence.at)
        if cadence.at > cadence.first:
            chords[cadence.at - 1] = _dominant(home)


def _dominant(home: Chord) -> Chord:
    return (home[0] + 7) % 12, MAJOR


def _loop(harmony: Harmony) -> tuple[Chord, ...]:
    """Return the chords implied under a voice without a band, two spans a chord."""
    loop = [((harmony.tonic + step) % 12, kind) for step, kind in LOOPS[harmony.mode]]
    return tuple(chord for chord in loop for _ in range(2))


def _starts(chords: tuple[Chord, ...], home: Chord, spans_per_bar: int) -> list[int]:
    """Return where the tonic sounds at the head of a phrase, or of a bar, or else the beginning."""
    for every in (PHRASE_BARS * spans_per_bar, spans_per_bar, 1):
        starts = [i for i in range(0, len(chords), every) if chords[i] == home]
        if starts:
            return starts
    return [0]


def _start(
    kind: SectionKind,
    chords: tuple[Chord, ...],
    home: Chord,
    starts: Sequence[int],
    take: int,
    spans_per_bar: int,
) -> int:
    """Return where in the progression sections of a kind begin: a bridge away from the tonic."""
    number = take - 1
    if kind is SectionKind.BRIDGE:
        away = [i for i in range(0, len(chords), spans_per_bar) if chords[i] != home]
        return away[number % len(away)] if away else 0
    if kind not in {SectionKind.STANZA, SectionKind.VERSE, SectionKind.PRE_CHORUS}:
        number += max(1, len(starts) // 2)
    return starts[number % len(starts)]


def _ended(chords: list[Chord], home: Chord) -> tuple[Chord, ...]:
    """Return chords that begin on the tonic, and end on it after the dominant."""
    chords[0] = chords[-1] = home
    last = next((n for n in range(len(chords) - 1, 0, -1) if chords[n] != home), 0)
    is_late = len(chords) - last <= LONGEST_TONIC
    if not (last and is_late and chords[last] == _dominant(home)) and len(chords) > 2:
        chords[-2] = _dominant(home)
    return tuple(chords)


LONGEST_TONIC = 5
"""Spans of the tonic at the end of a song, at most."""
