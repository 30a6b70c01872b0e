"""Staves of a song: a few bars each, with sections, chords, the melody and its words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from songbatch.formatting import clock
from songbatch.picture.overview import shade
from songbatch.picture.style import ACROSS, LEFT
from songbatch.picture.svg import box, fitted, label, number, path
from songbatch.picture.word_lanes import SIZE, place_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.engines.outline import OutlinedNote, OutlinedPart, SongOutline

SECONDS = 10.5
"""That a stave may show, in whole bars."""

BARS = (16, 12, 8, 6, 4, 3, 2, 1)
"""How many bars a stave may have."""

NAMES, CHORDS = 18.0, 20.0
STEP = 6.0
"""Units of a semitone."""

NEAREST = 10.0
"""Units between two names of pitches."""

LANES = (15.0, 30.0)
"""Baselines of words below the melody."""

BLINK = 0.05
"""Seconds by which a singer is early: what begins so long before a stave begins with it."""

LEAST_RANGE = 8
"""Semitones that a stave shows at least."""


class Stave(msgspec.Struct, frozen=True):
    """A stave from `start` to `end` seconds, and the pitches that all staves of the song show."""

    outline: SongOutline
    top: float
    start: float
    end: float
    low: float
    high: float

    @property
    def roll_top(self) -> float:
        """Where the notes begin."""
        return self.top + NAMES + CHORDS + 3

    @property
    def bottom(self) -> float:
        """Where the notes end, and the words begin."""
        return self.roll_top + (self.high - self.low + 1) * STEP

    @property
    def last(self) -> float:
        """Where it ends to the right: a last stave may be shorter."""
        return self.x(min(self.end, self.outline.seconds))

    def x(self, at: float) -> float:
        """Return where a time is; before and after the stave, its edges."""
        return LEFT + ACROSS * min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))

    def y(self, pitch: float) -> float:
        """Return the upper edge of a note."""
        return self.roll_top + (self.high - pitch) * STEP

    def shows(self, part: OutlinedPart | OutlinedNote) -> bool:
        """Return whether any of a section, chord or note is in it, but for a blink."""
        end = min(self.end, self.outline.seconds)
        return part.start < end - BLINK and part.end > self.start + BLINK

    def begins(self, note: OutlinedNote) -> bool:
        """Return whether a note begins in it; upbeats to the first bar are in the first stave."""
        is_first = self.start <= self.outline.origin
        at = note.start + BLINK
        return at < self.end and (at >= self.start or is_first)


def draw_staves(outline: SongOutline, top: float) -> tuple[list[str], float]:
    """Return the shapes of all staves from `top` on, and where they end."""
    parts: list[str] = []
    low, high = _pitches(outline.notes)
    length = _bars(outline.bar_seconds) * outline.bar_seconds
    count = max(1, math.ceil((outline.seconds - outline.origin) / length - 0.02))
    for place in range(count):
        start = outline.origin + place * length
        stave = Stave(outline, top, start, start + length, low, high)
        parts += _drawn(stave, is_first=place == 0)
        top = stave.bottom + (LANES[1] + 14 if outline.notes else 10)
    return parts, top


def _bars(bar_seconds: float) -> int:
    return next((bars for bars in BARS if bars * bar_seconds <= SECONDS), 1)


def _pitches(notes: Sequence[OutlinedNote]) -> tuple[float, float]:
    """Return the lowest and the highest pitch that staves show; none if there is no melody."""
    if not notes:
        return 0.0, 1.0
    pitches = [round(note.pitch) for note in notes]
    low, high = min(pitches) - 1, max(pitches) + 1
    more = max(0, LEAST_RANGE - (high - low)) // 2
    return low - more, high + more


def _drawn(stave: Stave, *, is_first: bool) -> Iterator[str]:
    yield from _sections(stave)
    yield from _bar_lines(stave)
    yield from _chords(stave)
    if stave.outline.notes:
        yield from _axis(stave)
        yield from _notes(stave)
        yield from _words(stave)
    at = 0.0 if is_first else stave.start
    yield label(LEFT - 8, stave.top + 13, clock(at), 11, kind="faint", anchor="end")


def _sections(stave: Stave) -> Iterator[str]:
    for place, section in enumerate(stave.outline.sections):
        if not stave.shows(section):
            continue
        x, end = stave.x(section.start), stave.x(section.end)
        yield box(x, stave.roll_top, end - x, stave.bottom - stave.roll_top, shade(place))
        is_new = section.start >= stave.start - 0.01
        if name := fitted(section.name, 12, end - x - 6, bold=True):
            kind = "" if is_new else "faint"
            yield label(x + 2, stave.top + 13, name, 12, bold=is_new, kind=kind)


def _bar_lines(stave: Stave) -> Iterator[str]:
    beat = stave.outline.beat_seconds
    count = round((stave.end - stave.start) / beat)
    last = stave.last
    for kind, is_bar in (("grid", False), ("bar", True)):
        steps = [
            f"M{number(x)} {number(stave.top + NAMES)}V{number(stave.bottom)}"
            for k in range(count + 1)
            if (k % stave.outline.beats_per_bar == 0) is is_bar
            and (x := stave.x(stave.start + k * beat)) <= last + 0.5
        ]
        yield path("".join(steps), kind, 1)


def _chords(stave: Stave) -> Iterator[str]:
    top = stave.top + NAMES
    for chord in stave.outline.chords:
        if not stave.shows(chord):
            continue
        x, end = stave.x(chord.start), stave.x(chord.end)
        span = f"{chord.name}, {chord.start:.2f} to {chord.end:.2f} s"
        yield box(x + 1, top + 1, end - x - 2, CHORDS - 2, "chord", round_by=3, tip=span)
        if name := fitted(chord.name, 12, end - x - 6, bold=True):
            yield label(x + 6, top + 14.5, name, 12, bold=True)


def _axis(stave: Stave) -> Iterator[str]:
    """Yield a line for every pitch that sounds, with its name where there is room."""
    sounding = dict(sorted({round(n.pitch): n.name for n in stave.outline.notes}.items()))
    lines = [
        f"M{LEFT} {number(stave.y(pitch) + STEP / 2)}H{number(stave.last)}" for pitch in sounding
    ]
    yield path("".join(lines), "grid", 1)
    below = math.inf
    for pitch, name in sounding.items():
        y = stave.y(pitch) + STEP / 2 + 3.5
        if below - y >= NEAREST:
            below = y
            yield label(LEFT - 8, y, name, 10, kind="faint", anchor="end")


def _notes(stave: Stave) -> Iterator[str]:
    for note in stave.outline.notes:
        if not stave.shows(note):
            continue
        x, end = stave.x(note.start), stave.x(note.end)
        what = ", played" if note.is_played else ""
        span = f"{note.name}{what}, {note.start:.2f} to {note.end:.2f} s"
        y = stave.y(round(note.pitch))
        if note.is_played:
            yield box(x + 0.5, y + 0.5, end - x - 1.5, STEP - 1, "played", round_by=2, tip=span)
        else:
            yield box(x, y - 0.5, end - x - 1, STEP + 1, "sung", round_by=2, tip=span)


def _words(stave: Stave) -> Iterator[str]:
    sung = _with_the_word_before(stave)
    placed = place_words(
        [(stave.x(note.start), note.word) for note in sung if note.word], LEFT + ACROSS + 16
    )
    word = None
    for note in sung:
        x = stave.x(note.start)
        if note.word:
            word = next(placed)
            y, is_new = stave.bottom + LANES[word.lane], stave.begins(note)
            tip = f"{note.word}, {note.start:.2f} s" if is_new else ""
            yield label(x, y, word.shown, SIZE, tip=tip, kind="" if is_new else "faint")
        elif word is None or x > word.end:
            # As under notes: a further syllable of the word before.
            lane = word.lane if word else 0
            yield label(x, stave.bottom + LANES[lane], "\u2013", SIZE, kind="faint")


def _with_the_word_before(stave: Stave) -> list[OutlinedNote]:
    """Return what is sung in a stave, and first the note whose word goes on into it, if one does.

    That note's place is the stave's edge.
    """
    sung = [note for note in stave.outline.notes if not note.is_played]
    here = [note for note in sung if stave.begins(note)]
    if not here or here[0].word:
        return here
    before = [note for note in sung if note.word and note.start < here[0].start]
    return [*before[-1:], *here]
