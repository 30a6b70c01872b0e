"""Subject of a picture: all that it shows, as data."""

from __future__ import annotations

import msgspec

from songbatch.audio.levels import SoundLevels  # noqa: TC001  (msgspec needs it at run time)
from songbatch.engines.outline import SongOutline  # noqa: TC001


class TimedLine(msgspec.Struct, frozen=True):
    """A line of the lyrics, and the second of the song at which it begins."""

    start: float
    text: str


class PictureSubject(msgspec.Struct, frozen=True, kw_only=True):
    """A song as a picture shows it.

    `about` are the facts below the title. `lines` are only there without an outline.
    `notes` say where everything comes from, and what is not known.
    """

    title: str
    name: str
    """Its id and its engine."""
    about: tuple[str, ...]
    levels: SoundLevels
    reference: str = ""
    """What the reference is called whose spectrum is shown."""
    reference_levels: SoundLevels | None = None
    outline: SongOutline | None = None
    lines: tuple[TimedLine, ...] = ()
    notes: tuple[str, ...] = ()
