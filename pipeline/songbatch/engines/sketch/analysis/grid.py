"""The steady grid of beats and bars that a recording is heard on."""

from __future__ import annotations

import msgspec


class Metre(msgspec.Struct, frozen=True):
    """Seconds of a beat, of the first beat and of the first downbeat; how many beats a bar has."""

    beat_seconds: float
    first_beat: float
    first_downbeat: float
    beats_per_bar: int

    @property
    def chord_beats(self) -> int:
        """How long a chord lasts at least: half a bar of four, or a whole bar of three."""
        return 2 if self.beats_per_bar == 4 else self.beats_per_bar
