"""What the listening page shows: data only. `asdict` of it is what the page's scripts read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio that the page can play.

    `seconds` long, of `lufs` loudness where it was measured; `waveform` is base64 of peaks, 0 to
    255, "" for none. `link` is None where it is not here, or where browsers cannot play it.
    """

    link: str | None
    seconds: float | None = None
    lufs: float | None = None
    waveform: str = ""


@dataclass(frozen=True, slots=True)
class Take:
    """One render. `lyrics` is an index of the page's texts; `lines` are [seconds, words]."""

    id: str
    engine: str
    take: int
    status: str
    said: str
    """What is to be said where it has no audio."""
    audio_sha256: str | None
    sound: Sound
    output: str
    lyrics: int
    lines: Sequence[tuple[float, str]]
    references: Sequence[str]
    """Their digests."""
    findings: Sequence[Mapping[str, str]]
    cost_usd: float | None
    change: str
    """What differs from the last commit, "" for nothing."""
    before: Sound | None
    """What it was then, if that can still be heard."""


@dataclass(frozen=True, slots=True)
class Card:
    """One variant of a song, with its takes by all engines."""

    spec: str
    song: str
    variant: str
    title: str
    artist: str
    takes: Sequence[Take]


@dataclass(frozen=True, slots=True)
class ReferenceSound:
    """A reference to compare with."""

    name: str
    purpose: str
    sound: Sound


@dataclass(frozen=True, slots=True)
class Saving:
    """Where the page writes selects to, and which bytes it has seen there (their SHA-256)."""

    path: str
    seen: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything."""

    project: str
    since: str
    """The commit that changes are told against, "" for none."""
    cards: Sequence[Card]
    texts: Sequence[str]
    references: Mapping[str, ReferenceSound]
    """By digest."""
    decide: str
    listeners: Mapping[str, Sequence[Mapping[str, object]]]
    saving: Saving | None = field(default=None)
