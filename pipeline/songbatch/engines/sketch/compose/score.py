"""The score of a song: bars, phrases, rhythm, melody. Times in seconds, notes as MIDI numbers.

A line becomes a phrase of the form, an empty line a rest. Rhythm comes first, then the chords,
which close where a stanza's last syllable is, then the melody (`singing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.engines.sketch.compose import progression
from songbatch.engines.sketch.compose.form import SongPart, form_of
from songbatch.engines.sketch.compose.phrasing import style_of_take
from songbatch.engines.sketch.compose.progression import Cadence
from songbatch.engines.sketch.compose.rearrangement import held_chords, rearranged
from songbatch.engines.sketch.compose.sections import SectionKind
from songbatch.engines.sketch.compose.singing import Singing, copies_of
from songbatch.engines.sketch.parts import LEAD_SECONDS

if TYPE_CHECKING:
    import numpy as np

    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.analysis.rhythm import Rhythm
    from songbatch.engines.sketch.analysis.voice import Voice
    from songbatch.engines.sketch.compose.form import SongForm
    from songbatch.engines.sketch.compose.performance import Performance
    from songbatch.engines.sketch.compose.singing import Note
    from songbatch.engines.sketch.phonetics.lyrics import SungLyrics


class HookNote(msgspec.Struct, frozen=True):
    """A note of the melody that the band plays, from `start` to `end`."""

    start: float
    end: float
    pitch: float


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

    parts: tuple[SongPart, ...] = ()
    """The sections, with the spans that they last."""

    hook: tuple[HookNote, ...] = ()
    """What is played of the melody where nobody sings: before and after the song."""

    reused: tuple[int, ...] = ()
    """The recording's span for every chord; empty if a band plays."""

    silent_spans: int = 0
    """Spans at the beginning in which the band is silent: another part of the song plays there."""

    is_open: bool = False
    """Whether another part goes on after the last chord but one, and nothing ends."""

    @property
    def skipped(self) -> float:
        """Seconds at the beginning that a part leaves out: all but its lead."""
        return max(0.0, self.silent_spans * self.chord_span - LEAD_SECONDS)

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
    seconds: float | None = None,
    bpm: float | None = None,
    *,
    reuse: bool = False,
    performance: Performance | None = None,
) -> Score:
    """Write the score. `band` and `sung` are the features of the two roles; one may be None.

    With a band it lasts `seconds` if its words fit; a voice alone lasts no longer than its words,
    at `bpm` or at the take's own tempo. To `reuse` the band's recording it must be one that can be
    rearranged, at its own tempo.

    The take, counted from 1, decides the style of phrases, so that no two takes are alike. A part
    of a `performance` has the style of all of its parts.
    """
    heard = band or sung
    assert heard is not None  # noqa: S101  (the contract demands one)
    style = style_of_take(take, rng)
    if bpm is not None:
        style = replace(style, phrasing=replace(style.phrasing, bpm=bpm))
    is_sung = voice is not None
    form = form_of(
        lyrics, band, style.phrasing, sung=is_sung, seconds=seconds, performance=performance
    )
    singing = Singing(lyrics, form, style, rng, performance) if voice is not None else None
    cadences = singing.cadences() if singing else _unsung_cadences(form)
    copies = copies_of(lyrics, form)
    if band is not None and form.intro_bars:
        copies += _around(form)
    chords = progression.of_form(heard.harmony, form, take, copies, cadences)
    reused = rearranged(chords, form.parts, heard, copies, rng) if reuse else ()
    chords = held_chords(heard, reused) if reuse else chords
    tonic, mode = heard.harmony.tonic, heard.harmony.mode
    notes = singing.notes(chords, voice, tonic, mode) if singing and voice else ()
    return Score(
        bpm=form.bpm,
        beats_per_bar=form.beats_per_bar,
        chord_beats=form.chord_beats,
        origin=form.origin,
        tonic=tonic,
        mode=mode,
        chords=chords,
        notes=notes,
        seconds=form.seconds,
        intro_bars=form.intro_bars,
        rhythm=band.rhythm if band else None,
        parts=form.parts,
        hook=_hook(form, notes) if band is not None and not reuse else (),
        reused=reused,
        silent_spans=form.silent_spans,
        is_open=form.is_open,
    )


def _main_part(form: SongForm) -> SongPart:
    """Return the first chorus, or else the first section with words."""
    worded = [part for part in form.parts if part.phrases] or list(form.parts)
    return next((part for part in worded if part.kind is SectionKind.CHORUS), worded[0])


def _around(form: SongForm) -> list[progression.Copied]:
    """Return intro and outro as copies of the beginning of what the song is about."""
    main = _main_part(form)
    return [
        progression.Copied(main.first, part.first, min(part.spans, main.spans))
        for part in form.parts
        if part.kind in {SectionKind.INTRO, SectionKind.OUTRO} and not part.phrases
    ]


def _unsung_cadences(form: SongForm) -> list[Cadence]:
    """Return a cadence in the last two spans of every section."""
    return [
        Cadence(part.first, part.end - 1, part.end)
        for part in form.parts
        if part.kind not in {SectionKind.INTRO, SectionKind.OUTRO} and part.spans > 1
    ]


def _hook(form: SongForm, notes: tuple[Note, ...]) -> tuple[HookNote, ...]:
    """Return the first phrase of what the song is about, for every part that nobody sings in."""
    main = _main_part(form)
    if not (notes and main.phrases and form.intro_bars):
        return ()
    chord_span = form.chord_beats * 60 / form.bpm
    line = [phrase.line for part in form.parts for phrase in part.phrases].index(
        main.phrases[0].line
    )
    begin = main.first * chord_span
    return tuple(
        HookNote(note.start + moved, min(note.end, begin + length) + moved, note.pitch)
        for part in form.parts
        if not part.phrases and part.spans > 1
        for moved, length in [((part.first - main.first) * chord_span, part.spans * chord_span)]
        for note in notes
        if note.line == line
        and note.start - begin < length - 60 / form.bpm / 2
        and note.start + moved >= 0
    )
