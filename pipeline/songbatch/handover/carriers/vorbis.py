"""Vorbis comments and pictures, which FLAC and Opus share.

Sources: the Ogg Vorbis I specification, "comment header"; RFC 9639 (FLAC), sections 8.6 and 8.8;
names of fields as MusicBrainz and players have them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from songbatch.audio.cover import kind_of_picture
from songbatch.handover.ai_note import note_texts
from songbatch.handover.lyrics_files import lrc
from songbatch.handover.texts import texts_of

if TYPE_CHECKING:
    from songbatch.album import Album, AlbumCover, AlbumTrack

FRONT_COVER = 3
Fields = tuple[tuple[str, str], ...]


def track_fields(album: Album, track: AlbumTrack) -> Fields:
    """Return the fields of a track without its gains, which the formats say each in its way."""
    texts = texts_of(album, track)
    named = (
        ("TITLE", texts.title),
        ("ARTIST", texts.artist),
        ("ALBUM", texts.album),
        ("ALBUMARTIST", texts.album_artist),
        ("TRACKNUMBER", str(texts.number or "")),
        ("TRACKTOTAL", str(texts.total)),
        ("DATE", texts.year),
        ("GENRE", texts.genre),
        ("COMPOSER", texts.composer),
        ("ISRC", texts.isrc),
        ("CATALOGNUMBER", texts.catalogue_number),
        ("BARCODE", texts.barcode),
        ("LABEL", texts.label),
        ("COPYRIGHT", texts.copyright),
        ("LANGUAGE", texts.language),
        ("COMMENT", texts.comment),
        ("LYRICS", texts.lyrics),
        ("SYNCEDLYRICS", lrc(album, track)),
        *note_texts(track).items(),
    )
    return tuple((name, text) for name, text in named if text)


def comments(vendor: bytes, fields: Fields) -> bytes:
    """Return a comment header without its frame; `vendor` is who encoded the audio."""
    entries = [f"{name}={text}".encode() for name, text in fields]
    packed = (struct.pack("<I", len(entry)) + entry for entry in entries)
    return b"".join(
        (struct.pack("<I", len(vendor)), vendor, struct.pack("<I", len(entries)), *packed)
    )


def vendor_of(header: bytes) -> bytes:
    """Return the vendor that a comment header begins with; ours if it is cut."""
    size = int.from_bytes(header[:4], "little")
    return header[4 : 4 + size] if 0 < size <= len(header) - 4 else b"songbatch"


def picture(cover: AlbumCover) -> bytes:
    """Return a front cover as the body of FLAC's block."""
    kind = kind_of_picture(cover.data).encode("ascii")
    is_png = kind == b"image/png"
    return b"".join(
        (
            struct.pack(">II", FRONT_COVER, len(kind)),
            kind,
            struct.pack(">I", 0),
            struct.pack(
                ">IIIII",
                cover.width,
                cover.height,
                _depth(cover, is_png=is_png),
                0,
                len(cover.data),
            ),
            cover.data,
        )
    )


def _depth(cover: AlbumCover, *, is_png: bool) -> int:
    """Return bits a pixel."""
    if not is_png or len(cover.data) < 26:
        return 24
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(cover.data[25], 3)
    return cover.data[24] * channels
