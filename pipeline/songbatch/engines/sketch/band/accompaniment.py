"""The accompaniment: the score's chords, the reference's drums and energy, section by section.

Buses are mono, with one more for what differs between left and right: strings and pads are played
twice, once on each side.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.band import instruments
from songbatch.engines.sketch.band.drums import KICK, Drummer
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.band.places import LOUD, places_of
from songbatch.engines.sketch.compose.character import CHARACTERS
from songbatch.engines.sketch.compose.sections import SectionKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.analysis.rhythm import Rhythm
    from songbatch.engines.sketch.analysis.tonal_balance import TonalBalance
    from songbatch.engines.sketch.band.instruments import Sound
    from songbatch.engines.sketch.band.places import SpanPlace
    from songbatch.engines.sketch.compose.score import HookNote, Score
    from songbatch.engines.sketch.compose.singing import Note

HAS_DRUMS = 0.25
"""Share of percussion in the reference from which on there are drums."""

BRIGHT = 1250.0
"""Hz of brightness from which on strings are plucked rather than struck softly."""

TAIL = 1.0
"""Seconds after the end, for what still rings."""

BRISK = 0.36
"""Seconds of a beat below which chords are struck on beats, not on eighths."""

HAND, HAND_MOST = 0.004, 0.009
"""Seconds by which a player is off the grid: standard deviation, and the most. Drums have half."""

TOUCH = 0.06
"""Share of a stroke's strength that varies from hand to hand: standard deviation."""

ROLL = 0.007
"""Seconds from string to string of a chord."""

ARPEGGIOS = ((0, 2, 1, 3), (0, 1, 2, 3), (0, 1, 3, 2), (3, 2, 1, 0))
ANSWERS = ((3, 2, 1, 2), (1, 2, 3, 2), (3, 1, 2, 0))
"""Steps of the triad in the eighths of two beats; answers sound where nobody sings."""

CALM = frozenset({SectionKind.VERSE, SectionKind.BRIDGE, SectionKind.INTRO})
"""Sections whose chords are struck on beats."""

LEAD_LOWEST = 60
"""Note (MIDI) below which the band plays the melody an octave higher."""

WIDE = 0.8
"""Level of pads at the sides, against the middle."""

DRUMS: dict[str, Callable[[], Sound]] = {
    "kick": instruments.kick,
    "snare": instruments.snare,
    "hat": instruments.hat,
    "crash": instruments.crash,
    "tom": partial(instruments.tom, 50.0),
    "low tom": partial(instruments.tom, 43.0),
}
PANNED = {"hat": 0.5, "crash": -0.5, "tom": 0.4, "low tom": -0.4}
"""How far drums are at the left, 0 to 1, or at the right."""

DRUM_GAIN = {SectionKind.VERSE: 0.85, SectionKind.BRIDGE: 0.8, SectionKind.INTRO: 0.85}


class Buses(msgspec.Struct):
    """Sound by kind, all of one length; `side` is half of left less right, of all kinds."""

    bass: Sound
    chords: Sound
    pads: Sound
    drums: Sound
    side: Sound

    @classmethod
    def silent(cls, seconds: float) -> Buses:
        """Return buses on which nothing is played yet."""
        length = int((seconds + TAIL) * RATE)
        return cls(*(np.zeros(length, np.float32) for _ in range(5)))


def play(score: Score, balance: TonalBalance, rng: np.random.Generator) -> Buses:
    """Play the score; `balance` is the reference's. Figures and hands vary at random."""
    return _Band(score, balance, rng).play()


class _Band:
    def __init__(self, score: Score, balance: TonalBalance, rng: np.random.Generator) -> None:
        self._score = score
        self._balance = balance
        self._rng = rng
        self._buses = Buses.silent(score.seconds)
        self._played: dict[tuple[str, float, float], Sound] = {}
        self._strings = instruments.pluck if balance.centroid_hz > BRIGHT else instruments.keys
        drums = score.rhythm.drums if score.rhythm else 0.0
        self._rhythm: Rhythm | None = score.rhythm if drums > HAS_DRUMS else None
        self._figure = ARPEGGIOS[int(rng.integers(len(ARPEGGIOS)))]
        self._answer_figure = ANSWERS[int(rng.integers(len(ANSWERS)))]
        self._walk = bool(rng.integers(2))
        self._places = places_of(score, int(rng.integers(2)))
        self._drummer = Drummer(self._rhythm, rng) if self._rhythm else None

    def play(self) -> Buses:
        score = self._score
        melodic = _spans_of(score, score.notes) | _spans_of(score, score.hook)
        last = len(score.chords) - 1
        for number, chord in enumerate(score.chords[:last]):
            if number < score.silent_spans:
                continue
            self._play_chord(number, chord, self._places[number], answers=number not in melodic)
        for note in score.hook:
            self._lead(note)
        if not score.is_open:
            self._ending(score.chords[last], last * score.chord_span)
        return self._buses

    def _play_chord(self, number: int, chord: Chord, place: SpanPlace, *, answers: bool) -> None:
        at = number * self._score.chord_span
        gain, triad = self._gain(at, place.kind), _triad(chord)
        length = self._score.chord_span - (self._score.beat_seconds if place.stops else 0.0)
        self._pads(triad, at, length, (0.5 if self._rhythm else 0.8) * gain)
        self._bass(_root(chord), number, at, gain, place)
        if self._drummer:
            self._drums(self._drummer, number, at, place)
        if self._rhythm or self._score.beats_per_bar == 3:
            self._strum(triad, at, gain, place)
        else:
            figure = self._figure if number % 2 else ARPEGGIOS[1]
            self._eighths(triad, figure, at, 0.8 * gain, place)
        if answers:
            self._eighths([p + 12 for p in triad], self._answer_figure, at, 0.45 * gain, place)

    def _lead(self, note: HookNote) -> None:
        """Play a note of the melody, high enough to be heard above the chords."""
        pitch = note.pitch + (12 if note.pitch < LEAD_LOWEST else 0)
        at, seconds = note.start + self._late(HAND), max(0.15, note.end - note.start)
        self._put(self._buses.chords, at, self._strings, pitch, seconds, 0.7)
        self._put(self._buses.side, at, self._strings, pitch, seconds, 0.2)

    def _ending(self, chord: Chord, at: float) -> None:
        """Let the last chord ring, rolled from the bass up."""
        seconds, gain, triad = self._score.seconds - at, self._gain(at, None), _triad(chord)
        self._pads(triad, at, seconds, 0.8 * gain)
        self._put(self._buses.bass, at, instruments.bass, _root(chord), seconds, 0.9 * gain)
        for place, pitch in enumerate([*triad, triad[0] + 12]):
            when = at + 5 * ROLL * place
            self._twice(when, pitch + 12, seconds, gain)
        if self._rhythm:
            self._strike(at, "kick", 1.0)
            self._strike(at, "crash", 0.6)

    def _gain(self, at: float, kind: SectionKind | None) -> float:
        """Return the section's gain, and half (in dB) of the energy of the reference's bar."""
        energy = self._balance.energy
        bar = int(at / self._score.bar_seconds + 1e-6)
        heard = float(np.sqrt(np.clip(energy[bar % len(energy)], 0.65, 1.3)))
        return heard * (float(exact.gain(CHARACTERS[kind].played_db)) if kind else 1.0)

    def _pads(self, triad: list[int], at: float, seconds: float, gain: float) -> None:
        for pitch in triad:
            self._put(self._buses.pads, at, instruments.pad, pitch + 12, seconds, gain)
            self._put(self._buses.side, at, instruments.wide_pad, pitch + 12, seconds, gain * WIDE)

    def _twice(self, at: float, pitch: float, seconds: float, gain: float) -> None:
        """Play a string on the left, and again on the right a moment later."""
        late = ROLL * (1 + float(self._rng.random()))
        for when, side in ((at, 1.0), (at + late, -1.0)):
            self._put(self._buses.chords, when, self._strings, pitch, seconds, gain / 2)
            self._put(self._buses.side, when, self._strings, pitch, seconds, side * gain / 2)

    def _bass(self, root: int, number: int, at: float, gain: float, span: SpanPlace) -> None:
        """Play the root along with the kick; some takes go to the fifth before a new phrase."""
        sixteenth = self._score.beat_seconds / 4
        fifth = root + 7 if root + 7 < 48 else root - 5
        places = self._bass_places(number, span.kind)
        end = 4 * self._score.chord_beats - (4 if span.stops else 0)
        for place, after in itertools.pairwise([*(p for p in places if p < end), end]):
            pitch = fifth if place and self._walk and number % 4 == 3 else root
            length = sixteenth * (after - place - 0.4)
            when = at + place * sixteenth + self._late(HAND / 2)
            self._put(self._buses.bass, when, instruments.bass, pitch, length, 0.9 * gain)

    def _bass_places(self, number: int, kind: SectionKind) -> list[int]:
        """Return the sixteenths of a span that the bass plays on: the first, and most kicks."""
        if kind is SectionKind.BRIDGE:
            return [0]
        count = 4 * self._score.chord_beats
        if kind in LOUD:
            return list(range(0, count, 4 if self._score.beat_seconds < BRISK else 2))
        places = [0]
        kicks = self._rhythm.kick[self._sixteenths(number)] if self._rhythm else ()
        for place, kick in enumerate(kicks):
            if kick > KICK and place >= places[-1] + 2:
                places.append(place)
        return places

    def _sixteenths(self, number: int) -> slice:
        """Return where in its bar a span is."""
        first = 4 * (number * self._score.chord_beats % self._score.beats_per_bar)
        return slice(first, first + 4 * self._score.chord_beats)

    def _strum(self, triad: list[int], at: float, gain: float, place: SpanPlace) -> None:
        """Strike chords on eighths or beats, in three on the second and the third.

        Verses have beats only, and a bridge one stroke that rings.
        """
        score = self._score
        is_three = score.beats_per_bar == 3
        is_calm = place.kind in CALM or is_three or score.beat_seconds < BRISK
        step = score.beat_seconds if is_calm else score.beat_seconds / 2
        count = round(score.chord_span / step) - (round(score.beat_seconds / step) * place.stops)
        if place.kind is SectionKind.BRIDGE and not is_three:
            count = min(count, 1)
        for number in range(is_three, count):
            when = at + number * step + self._late(HAND)
            level = 0.5 if is_calm or number % 2 == 0 else 0.38
            touch = level * gain * self._touch()
            seconds = score.beat_seconds / 2
            for string, pitch in enumerate(triad):
                self._twice(when + ROLL * string, pitch + 12, seconds, touch)

    def _eighths(
        self, triad: list[int], figure: tuple[int, ...], at: float, gain: float, place: SpanPlace
    ) -> None:
        """Break a chord along a figure, in three forth and back; calm sections have beats only."""
        beat = self._score.beat_seconds
        pitches = [*triad, triad[0] + 12]
        turn = (*figure, *figure[-2:0:-1])[: 2 * self._score.chord_beats]
        for eighth, index in enumerate(turn[: len(turn) - 2 * place.stops]):
            if eighth % 2 and place.kind in CALM:
                continue
            when = at + eighth * beat / 2 + self._late(HAND)
            self._twice(when, pitches[index] + 12, beat * 1.4, gain * self._touch())

    def _drums(self, drummer: Drummer, number: int, at: float, place: SpanPlace) -> None:
        where = self._sixteenths(number)
        for stroke in drummer.strokes(place, where.start, where.stop - where.start):
            when = at + stroke.sixteenth * self._score.beat_seconds / 4 + self._late(HAND / 2)
            self._strike(when, stroke.drum, stroke.gain * DRUM_GAIN.get(place.kind, 1.0))

    def _late(self, spread: float) -> float:
        return float(np.clip(spread * float(exact.normals(self._rng, 1)[0]), -HAND_MOST, HAND_MOST))

    def _touch(self) -> float:
        return float(np.clip(1 + TOUCH * float(exact.normals(self._rng, 1)[0]), 0.8, 1.2))

    def _strike(self, at: float, name: str, gain: float) -> None:
        sound = self._sound((name, 0.0, 0.0), DRUMS[name])
        _add(self._buses.drums, at, sound, gain)
        if name in PANNED:
            _add(self._buses.side, at, sound, gain * PANNED[name])

    def _put(
        self,
        bus: Sound,
        at: float,
        instrument: Callable[[float, float], Sound],
        pitch: float,
        seconds: float,
        gain: float,
    ) -> None:
        key = (instrument.__name__, pitch, round(seconds, 4))
        _add(bus, at, self._sound(key, partial(instrument, pitch, seconds)), gain)

    def _sound(self, key: tuple[str, float, float], make: Callable[[], Sound]) -> Sound:
        if key not in self._played:
            self._played[key] = make()
        return self._played[key]


def _add(bus: Sound, at: float, sound: Sound, gain: float) -> None:
    start = max(0, int(at * RATE))
    sound = sound[: max(0, len(bus) - start)]
    bus[start : start + len(sound)] += np.float32(gain) * sound


def _root(chord: Chord) -> int:
    return 33 + (chord[0] - 33) % 12


def _triad(chord: Chord) -> list[int]:
    return sorted(48 + (pitch - 48) % 12 for pitch in pitch_classes(chord))


def _spans_of(score: Score, notes: Sequence[Note | HookNote]) -> set[int]:
    """Return the numbers of the spans in which there are notes."""
    return {int(t / score.chord_span) for note in notes for t in (note.start, note.end)}
