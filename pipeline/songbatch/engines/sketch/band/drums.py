"""The drummer: the reference's pattern, as each section wants it, with fills between sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.sketch.compose.sections import SectionKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from songbatch.engines.sketch.analysis.rhythm import Rhythm
    from songbatch.engines.sketch.band.places import SpanPlace

# Strength of a sixteenth in the reference from which on it is struck; the last for a hat between
# eighths.
KICK = 0.5
SNARE = 0.55
HAT = 0.35
BETWEEN = 0.5

BACKBEATS: dict[int, tuple[int, ...]] = {4: (4, 12), 3: (4, 8)}
"""Sixteenths on which a snare is believed, by beats of the bar: its band hears chords too."""

HALF_TIME = (8,)
"""The snare's sixteenth in a bridge."""

SMALL_FILLS = ("s.ss", "..st", "t.ts", "s.tl")
LARGE_FILLS = ("s.s.sstt", "ssttttll", "s..st.tl", "k.s.ssss")
"""Sixteenths of a beat and of two: kick, snare, high and low tom. One of each is a take's own."""

FILL_EVERY = 4
"""Bars."""

DRUMS = {"k": "kick", "s": "snare", "t": "tom", "l": "low tom"}


class Stroke(msgspec.Struct, frozen=True):
    """A stroke on a drum, on a sixteenth of a span."""

    sixteenth: int
    drum: str
    gain: float


class Drummer:
    """A take's drummer over a reference's rhythm."""

    def __init__(self, rhythm: Rhythm, rng: np.random.Generator) -> None:
        self._rhythm = rhythm
        self._small = SMALL_FILLS[int(rng.integers(len(SMALL_FILLS)))]
        self._large = LARGE_FILLS[int(rng.integers(len(LARGE_FILLS)))]

    def strokes(self, place: SpanPlace, first: int, count: int) -> Iterator[Stroke]:
        """Yield what is struck in a span, whose sixteenths are `first` and the next of its bar."""
        fill = self._fill(place)
        until = count - (4 if place.stops else len(fill))
        if place.opens:
            yield Stroke(0, "crash", 0.8)
        for sixteenth in range(until):
            yield from self._usual(place.kind, sixteenth, first + sixteenth)
        if not place.stops:
            for number, letter in enumerate(fill):
                if letter in DRUMS:
                    gain = 0.45 + 0.4 * (number + 1) / len(fill)
                    yield Stroke(until + number, DRUMS[letter], gain)

    def _fill(self, place: SpanPlace) -> str:
        """Return the fill at the end of a span, "" for none."""
        if place.ends_section:
            return self._large
        is_due = place.ends_bar and (place.bar + 1) % FILL_EVERY == 0
        return self._small if is_due and place.kind is not SectionKind.INTRO else ""

    def _usual(self, kind: SectionKind, at: int, sixteenth: int) -> Iterator[Stroke]:
        """Yield what the reference strikes on a sixteenth of the bar, as a section wants it."""
        rhythm = self._rhythm
        kick, snare, hat = (line[sixteenth] for line in (rhythm.kick, rhythm.snare, rhythm.hat))
        is_half = kind is SectionKind.BRIDGE
        if kick > KICK and not (is_half and sixteenth):
            yield Stroke(at, "kick", 0.6 + 0.4 * kick)
        backbeats = HALF_TIME if is_half else BACKBEATS[rhythm.beats_per_bar]
        if sixteenth in backbeats and (snare > SNARE or is_half) and kind is not SectionKind.INTRO:
            yield Stroke(at, "snare", (0.5 + 0.5 * snare) * _SNARE.get(kind, 1.0))
        if hat > (BETWEEN if sixteenth % 2 else HAT) and sixteenth % _HATS.get(kind, 1) == 0:
            yield Stroke(at, "hat", (0.4 + 0.6 * hat) * _HAT.get(kind, 1.0))


# How hard snare and hat are struck in a section, and every how many sixteenths the hat.
_SNARE = {SectionKind.VERSE: 0.85, SectionKind.CHORUS: 1.1, SectionKind.INSTRUMENTAL: 1.1}
_HAT = {SectionKind.VERSE: 0.75, SectionKind.CHORUS: 1.2, SectionKind.INSTRUMENTAL: 1.2}
_HATS = {SectionKind.VERSE: 2, SectionKind.BRIDGE: 4}
