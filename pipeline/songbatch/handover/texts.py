"""The texts that all formats carry of a track, made safe to write into any of them."""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import uncontrolled
from songbatch.languages import canonical, three_letters
from songbatch.spec.album_numbers import check_digit

if TYPE_CHECKING:
    from songbatch.album import Album, AlbumTrack

REPLAYGAIN_LUFS = -18.0
"""What ReplayGain 2.0 brings tracks to."""
UNKNOWN_LANGUAGE = "XXX"
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_BARCODE = re.compile(r"[0-9]{8}|[0-9]{12,14}")


class TrackTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A track's texts without control characters; "" for what nobody said."""

    title: str
    artist: str
    album: str
    album_artist: str
    number: int
    """0 for the whole album in one file."""
    total: int
    year: str
    genre: str
    composer: str
    comment: str
    isrc: str
    catalogue_number: str
    barcode: str
    label: str
    copyright: str
    lyrics: str
    lang: str
    """A BCP 47 tag."""
    language: str
    """ISO 639-2 in three letters."""


class ReplayGain(msgspec.Struct, frozen=True):
    """Gains to -18 LUFS in dB, and true peaks as shares of full scale."""

    track_gain: float
    track_peak: float
    album_gain: float
    album_peak: float


def texts_of(album: Album, track: AlbumTrack) -> TrackTexts:
    """Return the texts of a track: its own tags before those of the album."""
    tags = {**album.tags, **track.tags}
    return TrackTexts(
        title=plain(track.title),
        artist=plain(track.artist or album.artist),
        album=plain(album.title),
        album_artist=plain(tags.get("album_artist") or album.artist),
        number=track.number,
        total=max((each.number for each in album.tracks), default=track.number),
        year=plain(tags.get("year", "")),
        genre=plain(tags.get("genre", "")),
        composer=plain(tags.get("composer", "")),
        comment=lines(tags.get("comment", "")),
        isrc=isrc_of(track.isrc) or plain(track.isrc),
        catalogue_number=plain(album.catalogue_number),
        barcode=barcode_of(album.upc) or plain(album.upc),
        label=plain(album.label),
        copyright=plain(album.copyright),
        lyrics=lines(track.lyrics),
        lang=plain(canonical(track.lang)),
        language=three_letters(track.lang),
    )


def replaygain_of(album: Album, track: AlbumTrack) -> ReplayGain | None:
    """Return the gains of a track, None where its loudness is not known, as that of silence."""
    if not (math.isfinite(track.loudness_lufs) and math.isfinite(track.true_peak_dbtp)):
        return None
    return ReplayGain(
        REPLAYGAIN_LUFS - track.loudness_lufs,
        _share(track.true_peak_dbtp),
        album.gain_db,
        _share(album.peak_dbtp),
    )


def replaygain_texts(gains: ReplayGain | None) -> dict[str, str]:
    """Return gains as the comments that players read."""
    if gains is None:
        return {}
    return {
        "REPLAYGAIN_TRACK_GAIN": f"{gains.track_gain:+.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": f"{gains.track_peak:.6f}",
        "REPLAYGAIN_ALBUM_GAIN": f"{gains.album_gain:+.2f} dB",
        "REPLAYGAIN_ALBUM_PEAK": f"{gains.album_peak:.6f}",
        "REPLAYGAIN_REFERENCE_LOUDNESS": f"{REPLAYGAIN_LUFS:.2f} LUFS",
    }


def isrc_of(written: str) -> str:
    """Return the twelve characters of an ISRC, also if it has hyphens; "" if it is none."""
    code = _joined(written).upper()
    return code if _ISRC.fullmatch(code) else ""


def barcode_of(written: str) -> str:
    """Return the digits of a UPC, EAN or GTIN whose check digit is right; "" if it is none."""
    code = _joined(written)
    if not _BARCODE.fullmatch(code):
        return ""
    return code if check_digit(code[:-1]) == code[-1] else ""


@functools.lru_cache(maxsize=64)
def plain(text: str) -> str:
    """Return a text as one line that is valid UTF-8 and has no control characters."""
    return _valid(uncontrolled(text)).strip()


@functools.lru_cache(maxsize=16)
def lines(text: str) -> str:
    """Return a text of several lines that is valid UTF-8 and has no other control characters."""
    return _valid(uncontrolled(text.replace("\r\n", "\n").replace("\r", "\n"), is_lines=True))


def _joined(written: str) -> str:
    return written.replace("-", "").replace(" ", "")


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _share(decibels: float) -> float:
    return float(10 ** (decibels / 20)) if math.isfinite(decibels) else 0.0
