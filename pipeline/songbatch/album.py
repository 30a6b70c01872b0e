"""An album: what is handed over, in order, as data. No I/O, no clock.

An `AlbumSheet` is what its author wrote, which `songbatch.spec` reads from a spec or from
`specs/albums/`. `songbatch.mastering` decides levels and joins; an `Album` is what came of it,
which `songbatch.handover` writes into a package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from songbatch.model import Picture, Rights
from songbatch.sources import Span

FORMATS = ("wav16", "wav24", "flac", "mp3", "opus")
"""What a track can be written as: each is the name of a folder, too."""
WAV = ("wav16", "wav24")
DEFAULT_GAP = 2.0
"""Seconds between two tracks, as on most records."""


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """How loud an album is to be.

    `target_lufs` by ITU-R BS.1770; no sample between samples is above `true_peak_dbtp`. One gain
    for the whole album, which keeps its songs' relations, or one for each track. The limiter only
    where gain alone cannot reach the target.
    """

    target_lufs: float = -14.0
    mode: Literal["album", "track"] = "album"
    true_peak_dbtp: float = -1.0
    limiter: bool = False


class SequenceItem(msgspec.Struct, frozen=True, kw_only=True):
    """A song in the order of an album, as its author names it; None for what is left out.

    Seconds: `gap` is the silence behind it, `crossfade` how long it runs into the next song.
    """

    song: str
    span: Span
    title: str | None = None
    isrc: str = ""
    gap: float | None = None
    crossfade: float | None = None
    fade_in: float | None = None
    fade_out: float | None = None


class AlbumSheet(msgspec.Struct, frozen=True, kw_only=True):
    """An album as its author wrote it. "" for what is left out.

    `spec` is the one that it stands in, "" for a file of its own. Without a `sequence` it has all
    songs of its spec. `whole` are the formats of the album in one file.
    """

    name: str
    path: str
    span: Span
    spec: str = ""
    title: str = ""
    artist: str = ""
    sequence: tuple[SequenceItem, ...] = ()
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    catalogue_number: str = ""
    upc: str = ""
    label: str = ""
    copyright: str = ""
    cover: Picture | None = None
    loudness: Loudness = Loudness()
    fade_in: float = 0.0
    fade_out: float = 0.0
    gap: float = DEFAULT_GAP
    formats: tuple[str, ...] = ("wav16", "wav24", "flac", "mp3")
    whole: tuple[str, ...] = ("wav16",)


LineTimes = tuple[tuple[float, str], ...]
"""Seconds from a track's start, and what is sung from then on."""


class CreditedReference(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that a track follows, with its rights. `source` is its file or address."""

    name: str
    purpose: str
    source: str
    sha256: str
    rights: Rights | None = None


class AlbumTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A song in its place on an album.

    `number` counts from 1. `id` is the render's, `key` the identity of its request. `seconds` is
    how long it lasts as mastered, `start_seconds` when it begins on the whole album, gaps and
    cross-fades counted. `loudness_lufs` and `true_peak_dbtp` are those of the master.
    """

    number: int
    id: str
    key: str
    title: str
    artist: str
    seconds: float
    start_seconds: float
    loudness_lufs: float
    true_peak_dbtp: float
    engine: str
    model: str
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The author's tags over the usual ones, by the names that specs have."""
    isrc: str = ""
    lang: str = ""
    """A BCP 47 tag."""
    lyrics: str = ""
    lines: LineTimes = ()
    words: LineTimes = ()
    """Where the engine knows when each word is sung."""
    references: tuple[CreditedReference, ...] = ()
    source_type: str = "trainedAlgorithmicMedia"
    """IPTC's code for how its engine makes audio, as `songbatch.outputs.provenance` says it."""


class AlbumCover(msgspec.Struct, frozen=True):
    """A picture for every track: a JPEG or PNG, its size in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


class Album(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a package says of itself. "" for what the author did not say.

    `gain_db` and `peak_dbtp` are the album's ReplayGain 2.0: to -18 LUFS, and its true peak.
    """

    name: str
    title: str
    artist: str
    tracks: tuple[AlbumTrack, ...]
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    catalogue_number: str = ""
    upc: str = ""
    label: str = ""
    copyright: str = ""
    cover: AlbumCover | None = None
    gain_db: float = 0.0
    peak_dbtp: float = 0.0
