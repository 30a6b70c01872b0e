"""Form of a song: metre, opening, a phrase for every line, sections, ending, and their lengths.

Everything is counted in chord spans, the length of a chord: half a bar of four beats, or the whole
bar of a waltz. The tempo is the reference's as it was heard: to halve or double it would stretch
its chords and its drums as well.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from songbatch.engines.sketch.compose.echoes import echoes
from songbatch.engines.sketch.compose.sections import SectionKind, sections_of
from songbatch.engines.sketch.parts import LEAD_SECONDS, TAIL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.compose.echoes import Echo
    from songbatch.engines.sketch.compose.performance import Performance
    from songbatch.engines.sketch.compose.phrasing import Phrasing
    from songbatch.engines.sketch.compose.sections import Section
    from songbatch.engines.sketch.phonetics.lyrics import SungLyrics
    from songbatch.engines.sketch.phonetics.syllable import Line

LONGEST = 60.0
"""Seconds; the contract's limit."""

SYLLABLES_A_SECOND = (2.8, 3.1, 3.4, 3.6, 3.8, 4.4, 5.2, 6.2, 7.5)
"""Singing rates; the first one at which everything fits is taken."""

PART_SYLLABLES_A_SECOND = 3.4
"""The first rate that is tried for a part of a song: one at which all of its parts fit, so that a
line is as long in each of them."""

BREATH = 0.75
"""Seconds at the end of a phrase without a syllable."""

PAUSE = 3.6
"""Syllables whose time an empty line takes: 1.3 seconds at the calmest pace."""

INTRO = 2.4
"""Seconds of an intro, of an outro and of a last chord, at least."""

INSTRUMENTAL_CHORDS = 4
"""Chord spans of every line that nobody sings: two bars make sense, half a bar does not."""

LONGER = 1.5
"""How much longer a line may become so that it is as long as the one whose music it takes."""

ALONE_FROM, ALONE_AFTER = 0.4, 1.0
"""Seconds before the first vowel of a voice alone, whose consonants need them, and after the last
phrase. A band without an intro plays a bar first, for the same reason."""


class Phrase(msgspec.Struct, frozen=True):
    """A line of the lyrics on `spans` chord spans from the span `first` on."""

    line: int
    first: int
    spans: int


class SongPart(msgspec.Struct, frozen=True):
    """A section on `spans` chord spans from the span `first` on, and its phrases."""

    kind: SectionKind
    first: int
    spans: int
    phrases: tuple[Phrase, ...] = ()

    @property
    def end(self) -> int:
        """The span after it."""
        return self.first + self.spans


class SongForm(msgspec.Struct, frozen=True):
    """The lengths of a song. Its parts are those that fit; the last may be cut.

    `origin` is where the first bar is, in seconds; the last of `chord_spans` chords lasts until
    `seconds`.
    """

    bpm: float
    beats_per_bar: int
    chord_beats: int
    origin: float
    intro_bars: int
    parts: tuple[SongPart, ...]
    chord_spans: int
    seconds: float
    silent_spans: int = 0
    """Spans before a part that goes on with a song, in which nobody plays."""
    is_open: bool = False
    """Whether another part goes on with the song, so that nothing ends."""


class _Measure(NamedTuple):
    """Chord spans and bars: seconds of a span, spans of a bar, fewest spans of a line."""

    chord_span: float
    spans_per_bar: int
    fewest: int


def form_of(
    lyrics: SungLyrics,
    band: Features | None,
    phrasing: Phrasing,
    *,
    sung: bool,
    seconds: float | None = None,
    performance: Performance | None = None,
) -> SongForm:
    """Return the form of lyrics over a band, or of a voice alone at the phrasing's own tempo.

    A band lasts as long as it is asked to, if the words leave room. A part of a `performance` is a
    whole number of bars, and what is before and after it, where others are.
    """
    before, sections, after = _ends(lyrics)
    longest = min(LONGEST, seconds or LONGEST)
    if band is None:
        return _alone(lyrics, sections, phrasing, longest, performance)
    beats_per_bar, chord_beats = band.rhythm.beats_per_bar, band.harmony.chord_beats
    spans_per_bar = beats_per_bar // chord_beats
    measure = _Measure(
        chord_span=chord_beats * 60 / band.rhythm.bpm,
        spans_per_bar=spans_per_bar,
        fewest=1 if sung else INSTRUMENTAL_CHORDS,
    )
    if performance is not None:
        return _of_performance(
            lyrics, band, sections, measure, phrasing, (before, after), longest, performance
        )
    bars = _bars(beats_per_bar * 60 / band.rhythm.bpm)
    intro_bars = bars if before else 0
    outro = bars * spans_per_bar if after else 0
    opening, ring = max(1, intro_bars) * spans_per_bar, ceil(INTRO / measure.chord_span)
    room = max(1, int(longest / measure.chord_span + 1e-6) - opening - outro - ring)
    parts = _laid_out(lyrics.lines, sections, measure, opening, room, phrasing.calm)
    if seconds is not None:
        parts = _filled(parts, opening + room, measure)
    until = parts[-1].end
    whole = (until + outro + ring) * measure.chord_span
    parts = (
        SongPart(SectionKind.INTRO, 0, opening),
        *parts,
        SongPart(SectionKind.OUTRO, until, outro),
    )
    return SongForm(
        bpm=band.rhythm.bpm,
        beats_per_bar=beats_per_bar,
        chord_beats=chord_beats,
        origin=0.0,
        intro_bars=intro_bars,
        parts=tuple(part for part in parts if part.spans),
        chord_spans=until + outro + 1,
        seconds=whole if seconds is None else max(whole, longest),
    )


def _filled(parts: tuple[SongPart, ...], end: int, measure: _Measure) -> tuple[SongPart, ...]:
    """Return parts that last until the span `end`, up to a bar: the band fills what is left.

    It does before the last section, or after the only one.
    """
    left = (end - parts[-1].end) // measure.spans_per_bar * measure.spans_per_bar
    if left < measure.spans_per_bar:
        return parts
    place = max(1, len(parts) - 1)
    first = parts[place].first if place < len(parts) else parts[-1].end
    later = tuple(_later(part, left) for part in parts[place:])
    return (*parts[:place], SongPart(SectionKind.INSTRUMENTAL, first, left), *later)


def _later(part: SongPart, spans: int) -> SongPart:
    phrases = tuple(msgspec.structs.replace(p, first=p.first + spans) for p in part.phrases)
    return SongPart(part.kind, part.first + spans, part.spans, phrases)


def _of_performance(
    lyrics: SungLyrics,
    band: Features,
    sections: Sequence[Section],
    measure: _Measure,
    phrasing: Phrasing,
    around: tuple[bool, bool],
    longest: float,
    performance: Performance,
) -> SongForm:
    """Return the form of a part: only the first has an intro, only the last an outro and a ring."""
    beats_per_bar, spans_per_bar = band.rhythm.beats_per_bar, measure.spans_per_bar
    bar = spans_per_bar * measure.chord_span
    has_intro, has_outro = around[0] and performance.begins, around[1] and performance.ends
    intro_bars = _bars(bar) if has_intro else 0
    lead = max(1, intro_bars) if performance.begins else ceil(LEAD_SECONDS / bar)
    opening = lead * spans_per_bar
    outro = _bars(bar) * spans_per_bar if has_outro else 0
    after = ceil((INTRO if performance.ends else TAIL_SECONDS) / measure.chord_span)
    room = max(1, int(longest / measure.chord_span + 1e-6) - opening - outro - after)
    parts = _laid_out(
        lyrics.lines, sections, measure, opening, room, phrasing.calm, PART_SYLLABLES_A_SECOND
    )
    if not performance.ends:
        parts = _in_bars(parts, measure, phrasing.calm)
    until = parts[-1].end
    song_end = SongPart(SectionKind.OUTRO, until, outro)
    ring = after * measure.chord_span if performance.ends else TAIL_SECONDS
    return SongForm(
        bpm=band.rhythm.bpm,
        beats_per_bar=beats_per_bar,
        chord_beats=band.harmony.chord_beats,
        origin=0.0,
        intro_bars=intro_bars,
        parts=(SongPart(SectionKind.INTRO, 0, opening), *parts, *([song_end] if outro else [])),
        chord_spans=until + outro + 1,
        seconds=(until + outro) * measure.chord_span + ring,
        silent_spans=0 if performance.begins else opening,
        is_open=not performance.ends,
    )


def _in_bars(parts: tuple[SongPart, ...], measure: _Measure, calm: float) -> tuple[SongPart, ...]:
    """Return parts that end with a bar, after the pause that stands between sections."""
    *others, last = parts
    pause = _spans((), measure, PART_SYLLABLES_A_SECOND / calm, 1)
    end = -(-(last.end + pause) // measure.spans_per_bar) * measure.spans_per_bar
    return (*others, msgspec.structs.replace(last, spans=end - last.first))


def _alone(
    lyrics: SungLyrics,
    sections: Sequence[Section],
    phrasing: Phrasing,
    longest: float,
    performance: Performance | None,
) -> SongForm:
    beat = 60 / phrasing.bpm
    chord_span, origin = 2 * beat, ALONE_FROM - min(0.0, phrasing.entry_beats) * beat
    after = ALONE_AFTER + max(0.0, phrasing.entry_beats) * beat
    if performance is not None and not performance.begins:
        origin = LEAD_SECONDS
    is_open = performance is not None and not performance.ends
    after = TAIL_SECONDS if is_open else after
    room = max(1, int((longest - origin - after) / chord_span))
    measure = _Measure(chord_span, 2, 1)
    calmest = SYLLABLES_A_SECOND[0] if performance is None else PART_SYLLABLES_A_SECOND
    parts = _laid_out(lyrics.lines, sections, measure, 0, room, phrasing.calm, calmest)
    parts = _in_bars(parts, measure, phrasing.calm) if is_open else parts
    return SongForm(
        bpm=phrasing.bpm,
        beats_per_bar=4,
        chord_beats=2,
        origin=origin,
        intro_bars=0,
        parts=parts,
        chord_spans=parts[-1].end + 1,
        seconds=origin + parts[-1].end * chord_span + after,
        is_open=is_open,
    )


def _ends(lyrics: SungLyrics) -> tuple[bool, tuple[Section, ...], bool]:
    """Return whether a band plays before, the sections with words, and whether it plays after."""
    sections = sections_of(lyrics)
    before = after = lyrics.accompanied
    while sections[0].kind is SectionKind.INTRO and sections[0].first == sections[0].until:
        before, sections = True, sections[1:]
    while sections[-1].kind is SectionKind.OUTRO and sections[-1].first == sections[-1].until:
        after, sections = True, sections[:-1]
    return before, sections, after


def _bars(bar: float) -> int:
    """Return how many bars of so many seconds an intro has: one, two or four."""
    return next(bars for bars in (1, 2, 4) if bars * bar >= INTRO or bars == 4)


def _laid_out(
    lines: Sequence[Line],
    sections: Sequence[Section],
    measure: _Measure,
    opening: int,
    room: int,
    calm: float,
    calmest: float = 0.0,
) -> tuple[SongPart, ...]:
    """Return parts at the calmest pace at which all lines fit into `room` spans.

    No pace below `calmest` is tried. Phrases of whole bars are tried first; sections begin with a
    bar unless there is no room at all.
    """
    takes = echoes(lines, sections)
    parts: list[SongPart] = []
    for pace in (pace for pace in SYLLABLES_A_SECOND if pace >= calmest):
        for unit in dict.fromkeys((measure.spans_per_bar, 1)):
            wanted = _wanted(lines, takes, measure, pace / calm, unit)
            parts = _placed(lines, sections, wanted, measure, opening, measure.spans_per_bar)
            if parts[-1].end - opening <= room:
                return tuple(parts)
    wanted = _wanted(lines, takes, measure, SYLLABLES_A_SECOND[-1] / calm, 1)
    return tuple(_cut(_placed(lines, sections, wanted, measure, opening, 1), opening + room))


def _wanted(
    lines: Sequence[Line], takes: dict[int, Echo], measure: _Measure, pace: float, unit: int
) -> list[int]:
    """Return the spans of every line; one that takes another's music is as long as that one."""
    wanted = [_spans(line, measure, pace, unit if line else 1) for line in lines]
    for number, echo in takes.items():
        one, other = wanted[number], wanted[echo.line]
        if one > other and one <= LONGER * other:
            wanted[echo.line] = one
    for number, echo in takes.items():
        one, other = wanted[number], wanted[echo.line]
        if echo.same_words or one <= other <= LONGER * one:
            wanted[number] = other
    return wanted


def _spans(line: Line, measure: _Measure, pace: float, unit: int) -> int:
    seconds = len(line) / pace + BREATH if line else PAUSE / pace
    spans = max(measure.fewest, 1, ceil(seconds / measure.chord_span - 1e-6))
    return -(-spans // unit) * unit


def _placed(
    lines: Sequence[Line],
    sections: Sequence[Section],
    wanted: Sequence[int],
    measure: _Measure,
    opening: int,
    unit: int,
) -> list[SongPart]:
    """Return the sections one after the other, each as long as a multiple of `unit` spans.

    Since `opening` is whole bars, sections begin with one.
    """
    at, parts = opening, []
    bar = measure.spans_per_bar * measure.chord_span
    bars = max(2, _bars(bar)) * (1 if bar > INTRO else 2) * measure.spans_per_bar
    for section in sections:
        first, phrases = at, []
        for number in range(section.first, section.until):
            if lines[number]:
                phrases.append(Phrase(number, at, wanted[number]))
            at += wanted[number]
        at += 0 if section.until > section.first else bars
        is_last = section is sections[-1]
        at += 0 if is_last else -(at - first) % unit
        parts.append(SongPart(section.kind, first, at - first, tuple(phrases)))
    return parts


def _cut(parts: Sequence[SongPart], end: int) -> list[SongPart]:
    """Return the parts before the span `end`; what reaches beyond is cut."""
    kept = []
    for part in parts:
        if part.first < end:
            phrases = tuple(
                msgspec.structs.replace(phrase, spans=min(phrase.spans, end - phrase.first))
                for phrase in part.phrases
                if phrase.first < end
            )
            spans = min(part.spans, end - part.first)
            kept.append(SongPart(part.kind, part.first, spans, phrases))
    return kept
