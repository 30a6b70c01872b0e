"""The accompaniment: the score's chords, the reference's drum pattern and energy, four buses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.sketch import instruments
from pipeline.engines.sketch.instruments import RATE
from pipeline.engines.sketch.listen.harmony import pitch_classes

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.engines.sketch.instruments import Sound
    from pipeline.engines.sketch.listen.colour import Colour
    from pipeline.engines.sketch.listen.rhythm import Rhythm
    from pipeline.engines.sketch.score import Score

HAS_DRUMS = 0.25
"""Share of percussion in the reference from which on there are drums."""

BRIGHT = 1250.0
"""Hz of brightness from which on strings are plucked rather than struck softly."""

KICK, SNARE, HAT = 0.5, 0.55, 0.35
"""Strength of a sixteenth in the reference from which on it is struck."""

TAIL = 1.0
"""Seconds after the end, for what still rings."""

ARPEGGIOS = ((0, 2, 1, 3), (0, 1, 2, 3), (0, 1, 3, 2), (3, 2, 1, 0))


@dataclass(slots=True)
class Buses:
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


def play(score: Score, colour: Colour, chance: np.random.Generator) -> Buses:
    """Play the score; `colour` is the reference's. Chance picks among figures, not notes."""
    return _Band(score, colour, chance).play()


class _Band:
    def __init__(self, score: Score, colour: Colour, chance: np.random.Generator) -> None:
        self._score = score
        self._colour = colour
        self._buses = Buses.silent(score.seconds)
        self._played: dict[tuple[str, float, float], Sound] = {}
        self._strings = instruments.pluck if colour.brightness > BRIGHT else instruments.keys
        drums = score.rhythm.drums if score.rhythm else 0.0
        self._rhythm: Rhythm | None = score.rhythm if drums > HAS_DRUMS else None
        self._figure = ARPEGGIOS[int(chance.integers(len(ARPEGGIOS)))]
        self._walk = bool(chance.integers(2))

    def play(self) -> Buses:
        half = self._score.bar / 2
        last = int(self._score.seconds / half + 1e-6) - 1
        for number in range(last + 1):
            self._half_bar(number, number * half, is_last=number >= last)
        return self._buses

    def _half_bar(self, number: int, at: float, *, is_last: bool) -> None:
        chord = self._score.chord_at(at)
        energy = self._colour.energy
        gain = float(np.clip(energy[(number // 2) % len(energy)], 0.65, 1.3))
        root = 33 + (chord[0] - 33) % 12
        triad = sorted(48 + (pitch - 48) % 12 for pitch in pitch_classes(chord))
        self._pads(triad, at, gain, is_last=is_last)
        self._bass(root, number, at, gain, is_last=is_last)
        if is_last:
            for pitch in triad:
                self._put(self._buses.chords, at, self._strings, pitch + 12, self._score.bar, gain)
            return
        if self._rhythm:
            self._strum(triad, at, gain)
            self._drums(self._rhythm, number % 2, at)
        else:
            self._arpeggio(triad, number, at, gain)

    def _pads(self, triad: list[int], at: float, gain: float, *, is_last: bool) -> None:
        seconds = self._score.bar / 2 * (2 if is_last else 1)
        level = 0.5 if self._rhythm and not is_last else 0.8
        for pitch in triad:
            self._put(self._buses.pads, at, instruments.pad, pitch + 12, seconds, level * gain)

    def _bass(self, root: int, number: int, at: float, gain: float, *, is_last: bool) -> None:
        beat = self._score.beat
        fifth = root + 7 if root + 7 < 48 else root - 5
        steps = (0, 1) if self._rhythm and not is_last else (0,)
        for step in steps:
            pitch = fifth if step and self._walk and number % 4 == 3 else root
            length = beat * (0.9 if len(steps) == 2 else 1.9)
            self._put(
                self._buses.bass, at + step * beat, instruments.bass, pitch, length, 0.9 * gain
            )

    def _strum(self, triad: list[int], at: float, gain: float) -> None:
        beat = self._score.beat
        for eighth in range(4):
            level = 0.38 if eighth % 2 else 0.5
            for pitch in triad:
                when = at + eighth * beat / 2
                self._put(
                    self._buses.chords, when, self._strings, pitch + 12, beat / 2, level * gain
                )

    def _arpeggio(self, triad: list[int], number: int, at: float, gain: float) -> None:
        beat = self._score.beat
        figure = self._figure if number % 2 else ARPEGGIOS[1]
        pitches = [*triad, triad[0] + 12]
        for eighth, index in enumerate(figure):
            when = at + eighth * beat / 2
            self._put(
                self._buses.chords, when, self._strings, pitches[index] + 12, beat * 1.4, 0.8 * gain
            )

    def _drums(self, rhythm: Rhythm, half: int, at: float) -> None:
        for step in range(8):
            when = at + step * self._score.beat / 4
            sixteenth = 8 * half + step
            kick, snare, hat = (line[sixteenth] for line in (rhythm.kick, rhythm.snare, rhythm.hat))
            if kick > KICK:
                self._strike(when, "kick", 0.6 + 0.4 * kick)
            # The middle band hears chords too: a snare is believed on the backbeat.
            if step == 4 and snare > SNARE:
                self._strike(when, "snare", 0.5 + 0.5 * snare)
            if hat > HAT and step % 2 == 0:
                self._strike(when, "hat", 0.4 + 0.6 * hat)

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
    start = int(at * RATE)
    sound = sound[: max(0, len(bus) - start)]
    bus[start : start + len(sound)] += np.float32(gain) * sound
