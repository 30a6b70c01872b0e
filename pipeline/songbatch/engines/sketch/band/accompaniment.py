"""The accompaniment: the score's chords, the reference's drum pattern and energy, four buses."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.band import instruments
from songbatch.engines.sketch.band.instruments import RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.engines.sketch.analysis.harmony import Chord
    from songbatch.engines.sketch.analysis.rhythm import Rhythm
    from songbatch.engines.sketch.analysis.tonal_balance import TonalBalance
    from songbatch.engines.sketch.band.instruments import Sound
    from songbatch.engines.sketch.compose.score import Score

HAS_DRUMS = 0.25
"""Share of percussion in the reference from which on there are drums."""

BRIGHT = 1250.0
"""Hz of brightness from which on strings are plucked rather than struck softly."""

# Strength of a sixteenth in the reference from which on it is struck; the last for a hat between
# eighths.
KICK = 0.5
SNARE = 0.55
HAT = 0.35
BETWEEN = 0.5

BACKBEATS = {4: (4, 12), 3: (4, 8)}
"""Sixteenths on which a snare is believed, by beats of the bar: its band hears chords too."""

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


class Buses(msgspec.Struct):
    """Mono sound by kind, all of one length."""

    bass: Sound
    chords: Sound
    pads: Sound
    drums: Sound

    @classmethod
    def silent(cls, seconds: float) -> Buses:
        """Return buses on which nothing is played yet."""
        length = int((seconds + TAIL) * RATE)
        return cls(*(np.zeros(length, np.float32) for _ in range(4)))


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

    def play(self) -> Buses:
        sung = _sung_chords(self._score)
        last = len(self._score.chords) - 1
        for number, chord in enumerate(self._score.chords[:last]):
            self._play_chord(number, chord, sung=number in sung)
        if self._rhythm:
            self._drum_fill(last * self._score.chord_span)
        self._ending(self._score.chords[last], last * self._score.chord_span)
        return self._buses

    def _play_chord(self, number: int, chord: Chord, *, sung: bool) -> None:
        at = number * self._score.chord_span
        gain, triad = self._gain(at), _triad(chord)
        self._pads(triad, at, self._score.chord_span, (0.5 if self._rhythm else 0.8) * gain)
        self._bass(_root(chord), number, at, gain)
        if self._rhythm:
            self._drums(self._rhythm, number, at)
        if self._rhythm or self._score.beats_per_bar == 3:
            self._strum(triad, at, gain)
        else:
            self._eighths(triad, self._figure if number % 2 else ARPEGGIOS[1], at, 0.8 * gain)
        if not sung:
            self._eighths([p + 12 for p in triad], self._answer_figure, at, 0.45 * gain)

    def _ending(self, chord: Chord, at: float) -> None:
        """Let the last chord ring, rolled from the bass up."""
        seconds, gain, triad = self._score.seconds - at, self._gain(at), _triad(chord)
        self._pads(triad, at, seconds, 0.8 * gain)
        self._put(self._buses.bass, at, instruments.bass, _root(chord), seconds, 0.9 * gain)
        for place, pitch in enumerate([*triad, triad[0] + 12]):
            when = at + 5 * ROLL * place
            self._put(self._buses.chords, when, self._strings, pitch + 12, seconds, gain)
        if self._rhythm:
            self._strike(at, "kick", 1.0)

    def _gain(self, at: float) -> float:
        """Return the energy of the reference's bar at the same place."""
        energy = self._balance.energy
        bar = int(at / self._score.bar_seconds + 1e-6)
        return float(np.clip(energy[bar % len(energy)], 0.65, 1.3))

    def _pads(self, triad: list[int], at: float, seconds: float, gain: float) -> None:
        for pitch in triad:
            self._put(self._buses.pads, at, instruments.pad, pitch + 12, seconds, gain)

    def _bass(self, root: int, number: int, at: float, gain: float) -> None:
        """Play the root along with the kick; some takes go to the fifth before a new phrase."""
        sixteenth = self._score.beat_seconds / 4
        fifth = root + 7 if root + 7 < 48 else root - 5
        places = self._bass_places(number)
        for place, after in itertools.pairwise([*places, 4 * self._score.chord_beats]):
            pitch = fifth if place and self._walk and number % 4 == 3 else root
            length = sixteenth * (after - place - 0.4)
            when = at + place * sixteenth + self._late(HAND / 2)
            self._put(self._buses.bass, when, instruments.bass, pitch, length, 0.9 * gain)

    def _bass_places(self, number: int) -> list[int]:
        """Return the sixteenths of a span that the bass plays on: the first, and most kicks."""
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

    def _strum(self, triad: list[int], at: float, gain: float) -> None:
        """Strike chords on eighths or beats, in three on the second and the third."""
        score = self._score
        step = (
            score.beat_seconds
            if score.beats_per_bar == 3 or score.beat_seconds < BRISK
            else score.beat_seconds / 2
        )
        for number in range(score.beats_per_bar == 3, round(score.chord_span / step)):
            when = at + number * step + self._late(HAND)
            level = 0.5 if step == score.beat_seconds or number % 2 == 0 else 0.38
            touch = level * gain * self._touch()
            for string, pitch in enumerate(triad):
                note = (pitch + 12, score.beat_seconds / 2, touch)
                self._put(self._buses.chords, when + ROLL * string, self._strings, *note)

    def _eighths(self, triad: list[int], figure: tuple[int, ...], at: float, gain: float) -> None:
        """Break a chord along a figure, forth and back in a bar of three."""
        beat = self._score.beat_seconds
        pitches = [*triad, triad[0] + 12]
        turn = (*figure, *figure[-2:0:-1])[: 2 * self._score.chord_beats]
        for eighth, index in enumerate(turn):
            when = at + eighth * beat / 2 + self._late(HAND)
            note = (pitches[index] + 12, beat * 1.4, gain * self._touch())
            self._put(self._buses.chords, when, self._strings, *note)

    def _drums(self, rhythm: Rhythm, number: int, at: float) -> None:
        score = self._score
        where = self._sixteenths(number)
        for sixteenth in range(where.start, where.stop):
            when = at + (sixteenth - where.start) * score.beat_seconds / 4 + self._late(HAND / 2)
            kick, snare, hat = (line[sixteenth] for line in (rhythm.kick, rhythm.snare, rhythm.hat))
            if kick > KICK:
                self._strike(when, "kick", 0.6 + 0.4 * kick)
            if sixteenth in BACKBEATS[score.beats_per_bar] and snare > SNARE:
                self._strike(when, "snare", 0.5 + 0.5 * snare)
            if hat > (BETWEEN if sixteenth % 2 else HAT):
                self._strike(when, "hat", 0.4 + 0.6 * hat)

    def _drum_fill(self, until: float) -> None:
        """Lead to the last chord on the snare, louder and louder."""
        for sixteenth in range(4):
            when = until - (4 - sixteenth) * self._score.beat_seconds / 4 + self._late(HAND / 2)
            self._strike(when, "snare", 0.3 + 0.15 * sixteenth)

    def _late(self, spread: float) -> float:
        return float(np.clip(spread * float(exact.normals(self._rng, 1)[0]), -HAND_MOST, HAND_MOST))

    def _touch(self) -> float:
        return float(np.clip(1 + TOUCH * float(exact.normals(self._rng, 1)[0]), 0.8, 1.2))

    def _strike(self, at: float, name: str, gain: float) -> None:
        drum = {"kick": instruments.kick, "snare": instruments.snare, "hat": instruments.hat}[name]
        _add(self._buses.drums, at, self._sound((name, 0.0, 0.0), drum), gain)

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


def _sung_chords(score: Score) -> set[int]:
    """Return the numbers of the spans in which somebody sings."""
    spans = (int(t / score.chord_span) for note in score.notes for t in (note.start, note.end))
    return set(spans)
