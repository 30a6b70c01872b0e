"""Form of a song: metre, opening, a phrase for every line, ending, and their lengths.

Everything is counted in chord spans, the length of a chord: half a bar of four beats, or the whole
bar of a waltz. The tempo is the reference's as it was heard: to halve or double it would stretch
its chords and its drums as well.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.compose.phrasing import Phrasing
    from songbatch.engines.sketch.phonetics.lyrics import Line, SungLyrics

LONGEST = 60.0
"""Seconds; the contract's limit."""

SYLLABLES_A_SECOND = (2.8, 3.1, 3.4, 3.6, 3.8, 4.4, 5.2, 6.2, 7.5)
"""Singing rates; the first one at which everything fits is taken."""

BREATH = 0.75
"""Seconds at the end of a phrase without a syllable."""

PAUSE = 3.6
"""Syllables whose time an empty line takes: 1.3 seconds at the calmest pace."""

INTRO = 2.4
"""Seconds of an intro, of an outro and of a last chord, at least."""

INSTRUMENTAL_CHORDS = 4
"""Chord spans of every line that nobody sings: two bars make sense, half a bar does not."""

ALONE_FROM, ALONE_AFTER = 0.4, 1.0
"""Seconds before the first vowel of a voice alone, whose consonants need them, and after the last
phrase. A band without an intro plays a span first, for the same reason."""


class SongForm(msgspec.Struct, frozen=True):
    """The lengths of a song. `phrases` are chord spans of each line that fits; the last may
    be cut.

    `opening` is where the first phrase has its bar, `origin` where the first bar is, in seconds;
    the last of `chord_spans` chords lasts until `seconds`.
    """

    bpm: float
    beats_per_bar: int
    chord_beats: int
    origin: float
    opening: float
    intro_bars: int
    phrases: tuple[int, ...]
    chord_spans: int
    seconds: float


def form_of(
    lyrics: SungLyrics, band: Features | None, phrasing: Phrasing, *, sung: bool
) -> SongForm:
    """Return the form of lyrics over a band, or of a voice alone at the phrasing's own tempo."""
    if band is None:
        return _alone(lyrics, phrasing)
    beats_per_bar, chord_beats = band.rhythm.beats_per_bar, band.harmony.chord_beats
    chord_span = chord_beats * 60 / band.rhythm.bpm
    spans_per_bar = beats_per_bar // chord_beats
    intro_bars = _bars(beats_per_bar * 60 / band.rhythm.bpm) if lyrics.accompanied else 0
    around = intro_bars * spans_per_bar
    opening, ring = max(1, around), ceil(INTRO / chord_span)
    room = int(LONGEST / chord_span + 1e-6) - opening - around - ring
    fewest = 1 if sung else INSTRUMENTAL_CHORDS
    phrases = _phrases(lyrics.lines, chord_span, room, phrasing.calm, fewest)
    until = opening + sum(phrases) + around
    return SongForm(
        bpm=band.rhythm.bpm,
        beats_per_bar=beats_per_bar,
        chord_beats=chord_beats,
        origin=0.0,
        opening=opening * chord_span,
        intro_bars=intro_bars,
        phrases=phrases,
        chord_spans=until + 1,
        seconds=(until + ring) * chord_span,
    )


def _alone(lyrics: SungLyrics, phrasing: Phrasing) -> SongForm:
    beat = 60 / phrasing.bpm
    chord_span, origin = 2 * beat, ALONE_FROM - min(0.0, phrasing.entry_beats) * beat
    after = ALONE_AFTER + max(0.0, phrasing.entry_beats) * beat
    room = int((LONGEST - origin - after) / chord_span)
    phrases = _phrases(lyrics.lines, chord_span, room, phrasing.calm, 1)
    return SongForm(
        bpm=phrasing.bpm,
        beats_per_bar=4,
        chord_beats=2,
        origin=origin,
        opening=origin,
        intro_bars=0,
        phrases=phrases,
        chord_spans=sum(phrases) + 1,
        seconds=origin + sum(phrases) * chord_span + after,
    )


def _bars(bar: float) -> int:
    """Return how many bars of so many seconds an intro has: one, two or four."""
    return next(bars for bars in (1, 2, 4) if bars * bar >= INTRO or bars == 4)


def _phrases(
    lines: tuple[Line, ...], chord_span: float, room: int, calm: float, fewest: int
) -> tuple[int, ...]:
    """Return spans per line, at the calmest pace at which all lines fit into `room` spans."""
    wanted: list[int] = []
    for pace in SYLLABLES_A_SECOND:
        wanted = [max(fewest, _spans(line, chord_span, pace / calm)) for line in lines]
        if sum(wanted) <= room:
            break
    lengths: list[int] = []
    for spans in wanted:
        if sum(lengths) < room:
            lengths.append(min(spans, room - sum(lengths)))
    return tuple(lengths)


def _spans(line: Line, chord_span: float, pace: float) -> int:
    seconds = len(line) / pace + BREATH if line else PAUSE / pace
    return max(1, ceil(seconds / chord_span - 1e-6))
