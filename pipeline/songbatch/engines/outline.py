"""Outline of a song: what an engine that writes a score knows of it, for people to look at.

Times are seconds of the song, pitches MIDI note numbers (69 is A4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from songbatch.model import ReferenceUse, RenderInputs

ReadReference = Callable[["ReferenceUse"], bytes | None]
"""Returns the bytes of a reference, None if they are not at hand."""


class OutlinedPart(msgspec.Struct, frozen=True):
    """A section or a chord: what it is called, from `start` to `end`."""

    name: str
    start: float
    end: float


class OutlinedNote(msgspec.Struct, frozen=True):
    """A note from `start` to `end`, called `name`, as in `A4`. Nobody sings one that `is_played`.

    `word` is the word that begins with it, "" for the further syllables of one.
    """

    start: float
    end: float
    pitch: float
    name: str
    word: str = ""
    is_played: bool = False


class SongOutline(msgspec.Struct, frozen=True):
    """The score of a song: bars of `beats_per_bar` beats from `origin` on, and what is in them.

    `bpm` counts quarters; a beat is what the lower number of the `meter` says.
    """

    seconds: float
    bpm: float
    meter: str
    """Such as `6/8`."""
    beat_seconds: float
    beats_per_bar: int
    origin: float
    key: str
    """Such as `A minor`."""
    sections: tuple[OutlinedPart, ...]
    chords: tuple[OutlinedPart, ...]
    notes: tuple[OutlinedNote, ...]

    @property
    def bar_seconds(self) -> float:
        """Seconds of a bar."""
        return self.beats_per_bar * self.beat_seconds


def no_outline(_inputs: RenderInputs, _read: ReadReference) -> SongOutline | None:
    """Return None: the service tells nothing of how its songs are built."""
    return None
