"""Quantities that shops' rules look at: of an album, its tracks, its cover and its files.

Each has where it would be written, and what its figures are called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from songbatch.audio.cover import kind_of_picture
from songbatch.audio.cover_colours import colours
from songbatch.handover.ai_note import CODES, digital_source_type
from songbatch.handover.texts import barcode_of, isrc_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album, AlbumTrack
    from songbatch.handover.shops.shop import Value


class PackageFile(msgspec.Struct, frozen=True, kw_only=True):
    """An audio file or video of a package: `path` in it, `kind` its ending without the dot.

    `track` is the number of the only track in it, None for the whole album. Figures are None where
    nobody knows them.
    """

    path: str
    kind: str
    bytes: int | None
    seconds: float
    track: int | None = None
    sample_rate: int | None = None
    bits: int | None = None
    channels: int | None = None


class Quantity(NamedTuple):
    """A value, None if there is none, and what it is of, for people."""

    of: str
    value: Value | None


UNITS = {
    "audio.sample_rate": "Hz",
    "audio.bits": "bits",
    "audio.channels": "channels",
    "audio.bytes": "bytes",
    "audio.seconds": "s",
    "track.seconds": "s",
    "album.seconds": "s",
    "track.loudness_lufs": "LUFS",
    "track.true_peak_dbtp": "dBTP",
    "track.title.length": "characters",
    "album.title.length": "characters",
    "album.tracks": "tracks",
    "cover.side": "pixels",
    "cover.bytes": "bytes",
}
NAMES = {
    "audio.kind": "format",
    "audio.sample_rate": "sample rate",
    "audio.bits": "bits a sample",
    "audio.channels": "channels",
    "audio.bytes": "file size",
    "audio.seconds": "length",
    "track.seconds": "length",
    "album.seconds": "length",
    "track.loudness_lufs": "loudness",
    "track.true_peak_dbtp": "true peak",
    "track.title.length": "length of the title",
    "album.title.length": "length of the title",
    "album.tracks": "number of tracks",
    "track.isrc": "ISRC",
    "track.lang": "language",
    "track.ai": "made by AI",
    "album.upc": "UPC",
    "album.catalogue_number": "catalogue number",
    "cover.kind": "format of the cover",
    "cover.side": "shorter side of the cover",
    "cover.ratio": "width to height of the cover",
    "cover.bytes": "file size of the cover",
    "cover.colours": "colours of the cover",
}
"""What people call a quantity; else it is the last word of its name."""
KEYS = {
    "audio.kind": "album: formats",
    "audio.sample_rate": "album: formats",
    "audio.bits": "album: formats",
    "audio.channels": "album: formats",
    "audio.bytes": "album: formats",
    "track.title": "album: sequence: title",
    "track.title.length": "album: sequence: title",
    "track.isrc": "album: sequence: isrc",
    "track.artist": "tags: artist",
    "track.genre": "tags: genre",
    "track.composer": "tags: composer",
    "track.lyrics": "lyrics",
    "track.lang": "lang",
    "track.loudness_lufs": "album: loudness: target",
    "track.true_peak_dbtp": "album: loudness: true_peak",
    "album.title": "album: title",
    "album.title.length": "album: title",
    "album.artist": "album: artist",
    "album.upc": "album: upc",
    "album.label": "album: label",
    "album.copyright": "album: copyright",
    "album.catalogue_number": "album: catalogue_number",
    "album.year": "album: year",
    "album.genre": "album: genre",
    "album.tracks": "album: sequence",
    "cover": "album: cover",
}
"""Where it is written in a spec."""


def key_of(check: str) -> str:
    """Return where a quantity is written in a spec, "" if nowhere."""
    return KEYS.get(check, KEYS["cover"] if check.startswith("cover.") else "")


def name_of(check: str) -> str:
    """Return what people call a quantity."""
    return NAMES.get(check, check.rpartition(".")[2])


def of_album(album: Album, check: str) -> Iterator[Quantity]:
    """Yield what a rule of albums, tracks or covers looks at; no cover has no sides."""
    if check.startswith("track."):
        for track in album.tracks:
            yield Quantity(_track_name(track), _of_track(album, track, check))
    elif check.startswith("cover"):
        if check == "cover":
            yield Quantity("album", "yes" if album.cover is not None else None)
        elif album.cover is not None:
            yield Quantity("cover", _of_cover(album, check))
    else:
        yield Quantity("album", _of_whole(album, check))


def of_file(file: PackageFile, check: str) -> Value | None:
    """Return what a rule of audio looks at in a file; None if it is not known."""
    values: dict[str, Value | None] = {
        "audio.kind": file.kind,
        "audio.sample_rate": file.sample_rate,
        "audio.bits": file.bits,
        "audio.channels": file.channels,
        "audio.bytes": file.bytes,
        "audio.seconds": file.seconds,
    }
    return values[check]


def _track_name(track: AlbumTrack) -> str:
    return f"{track.number:02} {track.title}".strip()


def _of_track(album: Album, track: AlbumTrack, check: str) -> Value | None:
    texts = texts_of(album, track)
    values: dict[str, Value] = {
        "track.title": texts.title,
        "track.title.length": len(texts.title),
        "track.artist": texts.artist,
        "track.isrc": isrc_of(track.isrc),
        "track.lyrics": texts.lyrics.strip(),
        "track.lang": texts.lang,
        "track.genre": texts.genre,
        "track.composer": texts.composer,
        "track.seconds": track.seconds,
        "track.loudness_lufs": track.loudness_lufs,
        "track.true_peak_dbtp": track.true_peak_dbtp,
        "track.ai": digital_source_type(track).removeprefix(CODES),
    }
    return values[check] if values[check] != "" else None


def _of_whole(album: Album, check: str) -> Value | None:
    values: dict[str, Value] = {
        "album.title": album.title,
        "album.title.length": len(album.title),
        "album.artist": album.artist,
        "album.upc": barcode_of(album.upc),
        "album.label": album.label,
        "album.copyright": album.copyright,
        "album.catalogue_number": album.catalogue_number,
        "album.year": album.tags.get("year", ""),
        "album.genre": album.tags.get("genre", ""),
        "album.tracks": len(album.tracks),
        "album.seconds": max((t.start_seconds + t.seconds for t in album.tracks), default=0.0),
    }
    return values[check] if values[check] != "" else None


def _of_cover(album: Album, check: str) -> Value | None:
    cover = album.cover
    if cover is None:
        return None
    values: dict[str, Value] = {
        "cover.kind": kind_of_picture(cover.data).removeprefix("image/"),
        "cover.side": min(cover.width, cover.height),
        "cover.ratio": round(cover.width / cover.height, 3) if cover.height else 0,
        "cover.bytes": len(cover.data),
        "cover.colours": colours(cover.data),
    }
    return values[check]
