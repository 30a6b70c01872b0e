"""Singing of a song: the rhythm and the melody of every line, in its section's character.

Syllables are set on the grid so that stress falls on strong beats, and get notes of the scale that
fit the chords, inside the voice's range, along a contour: both by dynamic programming. Words that
come again take the notes that they had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import MAJOR, MINOR
from songbatch.engines.sketch.compose.character import CHARACTERS
from songbatch.engines.sketch.compose.echoes import echoes, stanza_ends
from songbatch.engines.sketch.compose.form import SYLLABLES_A_SECOND
from songbatch.engines.sketch.compose.melody import Register, Sounding, melody
from songbatch.engines.sketch.compose.progression import Cadence, Copied
from songbatch.engines.sketch.compose.sections import sections_of
from songbatch.engines.sketch.compose.text_setting import (
    PhraseGrid,
    SyllableSlot,
    keeps_stress,
    set_syllables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.analysis.voice import Voice
    from songbatch.engines.sketch.compose.form import Phrase, SongForm, SongPart
    from songbatch.engines.sketch.compose.performance import Performance
    from songbatch.engines.sketch.compose.phrasing import TakeStyle
    from songbatch.engines.sketch.phonetics.lyrics import SungLyrics
    from songbatch.engines.sketch.phonetics.syllable import Line, Syllable

SCALES = {MAJOR: frozenset({0, 2, 4, 5, 7, 9, 11}), MINOR: frozenset({0, 2, 3, 5, 7, 8, 10})}
NARROWEST, WIDEST = 12, 14
"""Semitones of a melody's range."""

HIGHEST_EASY = 65
"""Note (MIDI) up to which a narrow range is widened upwards: words are clearer below."""

RHYTHM, MELODY = 0, 1
"""What the choices of a line are for."""

SLACK, SLACK_MOST = 0.006, 0.012
"""Seconds by which a singer is off the grid: standard deviation, and the most."""


class Note(msgspec.Struct, frozen=True):
    """A syllable on a pitch, from `start` to `end`."""

    start: float
    end: float
    pitch: float
    syllable: Syllable
    line: int


class LaidOut(msgspec.Struct):
    """A line as it is sung, in seconds from its phrase's start."""

    line: Line
    slots: Sequence[SyllableSlot]
    slack: NDArray[np.float64]
    pitches: Sequence[int] = ()


class Singing:
    """The lines of a song that fit, laid out for one take."""

    def __init__(
        self,
        lyrics: SungLyrics,
        form: SongForm,
        style: TakeStyle,
        rng: np.random.Generator,
        performance: Performance | None = None,
    ) -> None:
        sections = sections_of(lyrics)
        self._performance = performance
        self._form, self._style, self._rng = form, style, rng
        self._beat = 60 / form.bpm
        self._echoes = echoes(lyrics.lines, sections)
        self._ends = stanza_ends(lyrics.lines, sections)
        self._laid: dict[int, LaidOut] = {}
        for part, phrase in self._phrases():
            self._laid[phrase.line] = self._set(part, phrase, lyrics.lines[phrase.line])

    def _phrases(self) -> list[tuple[SongPart, Phrase]]:
        return [(part, phrase) for part in self._form.parts for phrase in part.phrases]

    def _set(self, part: SongPart, phrase: Phrase, line: Line) -> LaidOut:
        """Return the rhythm of a line, which may be that of an earlier one."""
        form = self._form
        most = max(1, int(phrase.spans * form.chord_beats * self._beat * SYLLABLES_A_SECOND[-1]))
        line = line[:most]
        echo = self._echoes.get(phrase.line)
        model = self._laid[echo.line] if echo else None
        if model is not None and keeps_stress(line, model.line):
            return LaidOut(line, model.slots, model.slack)
        first = phrase.first * form.chord_beats % form.beats_per_bar
        beats = phrase.spans * form.chord_beats
        place = PhraseGrid(self._beat, beats, first, form.beats_per_bar)
        phrasing = CHARACTERS[part.kind].phrasing(self._style.phrasing)
        rng = self._rng_of(part, phrase, RHYTHM)
        slots = set_syllables(line, place, phrasing, rng, model.slots if model else ())
        return LaidOut(line, slots, _slack(len(slots), rng))

    def _rng_of(self, part: SongPart, phrase: Phrase, purpose: int) -> np.random.Generator:
        if self._performance is None:
            return self._rng
        return self._performance.rng(part.kind, part.phrases.index(phrase), purpose)

    def cadences(self) -> list[Cadence]:
        """Return where stanzas close: on the last syllable of their last line."""
        span = self._form.chord_beats * self._beat
        found = []
        for _, phrase in self._phrases():
            if phrase.line in self._ends:
                last = self._laid[phrase.line].slots[-1]
                reached = _at((last.start + 0.3 * (last.end - last.start)) / span, phrase.spans)
                at = phrase.first + reached
                found.append(Cadence(phrase.first, at, phrase.first + phrase.spans))
        return found

    def notes(
        self, chords: Sequence[Chord], voice: Voice, tonic: int, mode: str
    ) -> tuple[Note, ...]:
        """Return the notes of all lines over the chords, in the voice's range."""
        low, high = vocal_range(voice)
        scale = tuple(p for p in range(low, high + 1) if (p - tonic) % 12 in SCALES[mode])
        middle = float(np.clip(voice.median, low, (low + high) / 2))
        whole = Register(scale, scale[0], middle, scale[-1], tonic)
        notes: list[Note] = []
        for number, (part, phrase) in enumerate(self._phrases()):
            laid = self._laid[phrase.line]
            laid.pitches = self._pitches(number, part, phrase, chords, whole)
            sung = self._sung(laid, phrase, number)
            if notes and notes[-1].end > sung[0].start:
                # The upbeat of a line cuts the line before it short.
                notes[-1] = replace(notes[-1], end=sung[0].start)
            notes += sung
        return tuple(notes)

    def _pitches(
        self, number: int, part: SongPart, phrase: Phrase, chords: Sequence[Chord], whole: Register
    ) -> list[int]:
        laid, closes = self._laid[phrase.line], phrase.line in self._ends
        echo = self._echoes.get(phrase.line)
        if echo is not None:
            model = self._laid[echo.line]
            pitches = _followed(laid.slots, model)
            if closes and not echo.same_words:
                pitches[-1] = _nearest(whole, pitches[-1])
            return pitches
        span = self._form.chord_beats * self._beat
        sounding = [
            Sounding(
                chords[_at(phrase.first + ((slot.start + slot.end) / 2) / span, len(chords))],
                slot.weight,
                syllable.stress,
            )
            for slot, syllable in zip(laid.slots, laid.line, strict=True)
        ]
        place = number if self._performance is None else part.phrases.index(phrase)
        contour = self._style.contours[place % 2]
        register = _section_register(whole, part)
        rng = self._rng_of(part, phrase, MELODY)
        return melody(sounding, register, contour, rng, closes=closes)

    def _sung(self, laid: LaidOut, phrase: Phrase, number: int) -> list[Note]:
        at = self._form.origin + phrase.first * self._form.chord_beats * self._beat
        starts = at + np.array([slot.start for slot in laid.slots]) + laid.slack
        ends = at + np.array([slot.end for slot in laid.slots])
        ends = np.minimum(ends, np.append(starts[1:], np.inf))
        return [
            Note(float(start), float(end), float(pitch), syllable, number)
            for start, end, pitch, syllable in zip(
                starts, ends, laid.pitches, laid.line, strict=True
            )
        ]


def _at(span: float, count: int) -> int:
    return min(max(int(span + 1e-6), 0), count - 1)


def _followed(slots: Sequence[SyllableSlot], model: LaidOut) -> list[int]:
    """Return a line's pitches by another's melody: one by one, or what sounds there at the time."""
    if len(slots) == len(model.pitches):
        return list(model.pitches)
    starts = np.array([slot.start for slot in model.slots])
    places = np.searchsorted(starts, [slot.start + 0.05 for slot in slots], side="right") - 1
    pitches = [model.pitches[max(0, int(place))] for place in places]
    return [*pitches[:-1], model.pitches[-1]]


def _nearest(register: Register, pitch: int) -> int:
    """Return the tonic that is nearest to a pitch, if the range has one."""
    tonics = [note for note in register.notes if note % 12 == register.tonic]
    return min(tonics, key=lambda note: abs(note - pitch), default=pitch)


def _section_register(whole: Register, part: SongPart) -> Register:
    """Return the part of the range that contours of a section go through."""
    character = CHARACTERS[part.kind]
    edges = (whole.low, whole.middle, whole.high)
    shares = (character.low, (character.low + character.high) / 2, character.high)
    low, middle, high = (float(x) for x in np.interp(shares, (0, 0.5, 1), edges))
    return Register(whole.notes, low, middle, high, whole.tonic)


def _slack(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.clip(SLACK * exact.normals(rng, count), -SLACK_MOST, SLACK_MOST)


def copies_of(lyrics: SungLyrics, form: SongForm) -> list[Copied]:
    """Return the chords that come again with the lines that take earlier ones' music."""
    takes = echoes(lyrics.lines, sections_of(lyrics))
    placed = {phrase.line: phrase for part in form.parts for phrase in part.phrases}
    return [
        Copied(placed[echo.line].first, phrase.first, min(phrase.spans, placed[echo.line].spans))
        for number, echo in takes.items()
        if (phrase := placed.get(number)) is not None
    ]


def vocal_range(voice: Voice) -> tuple[int, int]:
    """Return the lowest and highest note for a voice, NARROWEST to WIDEST semitones apart.

    What the reference has not is added above for low voices, and below for high ones.
    """
    low = int(np.clip(np.floor(voice.low), 40, 68))
    high = int(np.clip(np.ceil(voice.high), low + 1, low + WIDEST))
    lacking = max(0, NARROWEST - (high - low))
    above = lacking * (2 if high < HIGHEST_EASY else 1) // 3
    return low - (lacking - above), high + above
