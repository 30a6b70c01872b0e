"""The score of a song: bars, phrases, rhythm, melody. Times in seconds, notes as MIDI numbers.

A line becomes a phrase of the form, an empty line a rest. Its syllables are set on the grid so
that stress falls on strong beats, and get notes of the scale that fit the chords, inside the
voice's range, along a contour: both by dynamic programming.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import MAJOR, MINOR, Chord
from songbatch.engines.sketch.compose import progression
from songbatch.engines.sketch.compose.form import SYLLABLES_A_SECOND, SongForm, form_of
from songbatch.engines.sketch.compose.melody import melody
from songbatch.engines.sketch.compose.phrasing import TakeStyle, style_of_take
from songbatch.engines.sketch.compose.text_setting import PhraseGrid, set_syllables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.rhythm import Rhythm
    from songbatch.engines.sketch.analysis.voice import Voice
    from songbatch.engines.sketch.phonetics.lyrics import Line, SungLyrics, Syllable

SCALES = {MAJOR: frozenset({0, 2, 4, 5, 7, 9, 11}), MINOR: frozenset({0, 2, 3, 5, 7, 8, 10})}
WIDEST = 12
"""Semitones of the melody, at most."""

SLACK, SLACK_MOST = 0.006, 0.012
"""Seconds by which a singer is off the grid: standard deviation, and the most."""


class Note(msgspec.Struct, frozen=True):
    """A syllable on a pitch, from `start` to `end`."""

    start: float
    end: float
    pitch: float
    syllable: Syllable
    line: int


class Score(msgspec.Struct, frozen=True):
    """A song as it is played and sung: a chord for every `chord_beats` beats from `origin` on.

    A bar has `beats_per_bar` beats. The last chord rings until the end, at `seconds`.
    """

    bpm: float
    beats_per_bar: int
    chord_beats: int
    origin: float
    tonic: int
    mode: str
    chords: tuple[Chord, ...]
    notes: tuple[Note, ...]
    seconds: float
    intro_bars: int
    rhythm: Rhythm | None
    """The reference's, for the drums; None if a voice sings alone."""

    @property
    def beat_seconds(self) -> float:
        """Seconds of a beat."""
        return 60 / self.bpm

    @property
    def bar_seconds(self) -> float:
        """Seconds of a bar."""
        return self.beats_per_bar * self.beat_seconds

    @property
    def chord_span(self) -> float:
        """Seconds of a chord."""
        return self.chord_beats * self.beat_seconds

    def chord_at(self, seconds: float) -> Chord:
        """Return the chord that sounds at a time."""
        number = int((seconds - self.origin) / self.chord_span + 1e-6)
        return self.chords[min(max(number, 0), len(self.chords) - 1)]


def compose(
    lyrics: SungLyrics,
    voice: Voice | None,
    band: Features | None,
    sung: Features | None,
    take: int,
    rng: np.random.Generator,
) -> Score:
    """Write the score. `band` and `sung` are the features of the two roles; one may be None.

    The take, counted from 1, decides the style of phrases, so that no two takes are alike.
    """
    heard = band or sung
    assert heard is not None  # noqa: S101  (the contract demands one)
    style = style_of_take(take, rng)
    form = form_of(lyrics, band, style.phrasing, sung=voice is not None)
    spans_per_bar = form.beats_per_bar // form.chord_beats
    frame = Score(
        bpm=form.bpm,
        beats_per_bar=form.beats_per_bar,
        chord_beats=form.chord_beats,
        origin=form.origin,
        tonic=heard.harmony.tonic,
        mode=heard.harmony.mode,
        chords=progression.of_band(band.harmony, form.chord_spans, spans_per_bar, take)
        if band
        else progression.alone(heard.harmony, form.chord_spans),
        notes=(),
        seconds=form.seconds,
        intro_bars=form.intro_bars,
        rhythm=band.rhythm if band else None,
    )
    return replace(frame, notes=_sung(frame, form, lyrics, voice, style, rng)) if voice else frame


def _sung(
    frame: Score,
    form: SongForm,
    lyrics: SungLyrics,
    voice: Voice,
    style: TakeStyle,
    rng: np.random.Generator,
) -> tuple[Note, ...]:
    """Return the notes of all lines that fit."""
    low, high = vocal_range(voice)
    scale = [p for p in range(low, high + 1) if (p - frame.tonic) % 12 in SCALES[frame.mode]]
    middle = float(np.clip(voice.median, low, (low + high) / 2))
    at = form.opening
    notes: list[Note] = []
    for line, spans in zip(lyrics.lines, form.phrases, strict=False):
        if line:
            number = notes[-1].line + 1 if notes else 0
            most = max(1, int(spans * frame.chord_span * SYLLABLES_A_SECOND[-1]))
            notes += _phrase(frame, line[:most], at, spans, style, scale, middle, number, rng)
        at += spans * frame.chord_span
    return tuple(notes)


def _phrase(
    frame: Score,
    line: Line,
    at: float,
    spans: int,
    style: TakeStyle,
    scale: list[int],
    middle: float,
    number: int,
    rng: np.random.Generator,
) -> list[Note]:
    first = round((at - frame.origin) / frame.beat_seconds) % frame.beats_per_bar
    place = PhraseGrid(frame.beat_seconds, spans * frame.chord_beats, first, frame.beats_per_bar)
    slots = set_syllables(line, place, style.phrasing, rng)
    pitches = melody(
        [frame.chord_at(at + (slot.start + slot.end) / 2) for slot in slots],
        [slot.weight for slot in slots],
        scale,
        middle,
        frame.tonic,
        style.contours[number % 2],
        rng,
    )
    starts = at + np.array([slot.start for slot in slots]) + _slack(len(slots), rng)
    ends = np.minimum(at + np.array([slot.end for slot in slots]), np.append(starts[1:], np.inf))
    return [
        Note(float(start), float(end), float(pitch), syllable, number)
        for start, end, pitch, syllable in zip(starts, ends, pitches, line, strict=True)
    ]


def _slack(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.clip(SLACK * exact.normals(rng, count), -SLACK_MOST, SLACK_MOST)


def vocal_range(voice: Voice) -> tuple[int, int]:
    """Return the lowest and highest note for a voice: at least a fifth, at most WIDEST apart."""
    low = int(np.clip(np.floor(voice.low), 40, 68))
    high = int(np.clip(np.ceil(voice.high), low + 7, low + WIDEST))
    return low, high
