"""CD-Text: titles that players of discs show, as a sheet for `cdrskin input_sheet_v07t=`.

Source: Sony's Text File Format 0.7T as the documentation of libburn describes it. Its texts are
ISO 8859-1, and all of them have some 3000 bytes.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import msgspec

from songbatch.handover.cue import media_catalogue_number
from songbatch.handover.texts import isrc_of, plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album

MOST_TRACKS = 99
LONGEST_TEXT = 160
"""Bytes: what players show."""
MOST_BYTES = 12 * 253
"""Of all texts of a language: 253 packs of twelve bytes."""
_TYPED = {
    "“": '"', "”": '"', "„": '"', "\u2018": "'", "\u2019": "'", "\u201a": "'",
    "–": "-", "—": "-", "…": "...",
    "℗": "(P)", "™": "(TM)", "€": "EUR", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L",
}  # fmt: skip
"""What has a usual spelling in the letters that discs have."""


class CdText(msgspec.Struct, frozen=True):
    """A sheet in ISO 8859-1, and what of the album it could not say, in sentences."""

    sheet: bytes
    notes: tuple[str, ...]


def cd_text(album: Album) -> CdText:
    """Return the sheet of an album."""
    said = [*_of_album(album), *_of_tracks(album)]
    notes = [note for name, text in said for note in _lost(name, text)]
    if len(album.tracks) > MOST_TRACKS:
        notes.append(f"a disc has at most {MOST_TRACKS} tracks, and the album {len(album.tracks)}")
    if sum(len(on_disc(text)) + 1 for _, text in said) > MOST_BYTES:
        notes.append(f"all texts together are more than the {MOST_BYTES:,} bytes that a disc has")
    lines = (f"{name:<19} = {on_disc(text)}\n" for name, text in (*_first_lines(), *said))
    return CdText("".join(lines).encode("latin-1"), tuple(dict.fromkeys(notes)))


def on_disc(text: str) -> str:
    """Return a text in letters of ISO 8859-1: usual spellings, bare letters, or `?`."""
    return "".join(map(_letter, plain(text)))[:LONGEST_TEXT]


def _first_lines() -> Iterator[tuple[str, str]]:
    yield "Input Sheet Version", "0.7T"
    yield "Text Code", "8859"
    # The standard has one language a block, and players look for this one.
    yield "Language Code", "English"


def _of_album(album: Album) -> Iterator[tuple[str, str]]:
    named = {
        "Album Title": album.title,
        "Artist Name": album.artist,
        "Composer": album.tags.get("composer", ""),
        "Album Message": album.tags.get("comment", ""),
        "Catalog Number": album.catalogue_number,
        "Genre Information": album.tags.get("genre", ""),
        "UPC / EAN": media_catalogue_number(album.upc),
    }
    yield from ((name, text) for name, text in named.items() if plain(text))
    yield "Text Data Copy Protection", "OFF"
    yield "First Track Number", "1"
    yield "Last Track Number", str(min(len(album.tracks), MOST_TRACKS))


def _of_tracks(album: Album) -> Iterator[tuple[str, str]]:
    for number, track in enumerate(album.tracks[:MOST_TRACKS], 1):
        texts = texts_of(album, track)
        yield f"Track {number:02} Title", texts.title
        yield f"Track {number:02} Artist", texts.artist
        if texts.composer:
            yield f"Track {number:02} Composer", texts.composer
        if isrc := isrc_of(track.isrc):
            yield f"ISRC {number:02}", isrc


def _letter(letter: str) -> str:
    if letter in _TYPED:
        return _TYPED[letter]
    if ord(letter) < 0x100:
        return letter
    bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return bare if bare and all(ord(c) < 0x100 for c in bare) else "?"


def _lost(name: str, text: str) -> Iterator[str]:
    written = plain(text)
    lost = sorted({c for c in written if _letter(c) == "?" and c != "?"})
    if lost:
        yield f"{name}: a disc has no {' '.join(lost[:10])}; write it in Latin letters"
    if len("".join(map(_letter, written))) > LONGEST_TEXT:
        yield f"{name}: cut to {LONGEST_TEXT} characters"
