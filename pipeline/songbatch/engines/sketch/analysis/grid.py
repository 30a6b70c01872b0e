"""Metre: the steady grid of beats and bars that fits a recording."""

from __future__ import annotations

import msgspec


class Metre(msgspec.Struct, frozen=True):
    """Length of a beat, times of the first beat and first downbeat in seconds; beats in a bar."""

    beat_seconds: float
    first_beat: float
    first_downbeat: float
    beats_per_bar: int

    @property
    def chord_beats(self) -> int:
        """The shortest length of a chord: half a bar of four, or a whole bar of three."""
        return 2 if self.beats_per_bar == 4 else self.beats_per_bar
