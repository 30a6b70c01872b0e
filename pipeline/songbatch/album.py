"""An album: what is handed over, in order, as data. No I/O, no clock.

`songbatch.spec` reads it from a spec or from `specs/albums/`, `songbatch.mastering` decides its
levels and joins, `songbatch.handover` writes the package.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from songbatch.model import Rights

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
