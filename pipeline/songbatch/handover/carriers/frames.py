"""A track as ID3v2.4 frames, whose words and lines have their times too.

Sources: the ID3v2.4.0 native frames document at id3.org; for XMP in a private frame, the XMP
specification part 3, "Storage in files".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.cover import kind_of_picture
from songbatch.audio.id3 import UTF8
from songbatch.audio.id3_frames import TagFrame
from songbatch.handover.ai_note import note_texts, xmp
from songbatch.handover.lyrics_files import sylt_texts
from songbatch.handover.texts import (
    UNKNOWN_LANGUAGE,
    TrackTexts,
    replaygain_of,
    replaygain_texts,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album, AlbumTrack, LineTimes

_MILLISECONDS, _LYRICS = b"\x02", b"\x01"
_FRONT_COVER = b"\x03"
_LATEST = 2**32 - 1


def track_frames(album: Album, track: AlbumTrack) -> Iterator[TagFrame]:
    """Yield the frames of a track's tag, in their order."""
    texts = texts_of(album, track)
    language = (texts.language or UNKNOWN_LANGUAGE).encode("ascii", "replace")
    yield from (_text(name, text) for name, text in _texts(texts, track) if text)
    for name, body in ((b"COMM", texts.comment), (b"USLT", texts.lyrics)):
        if body:
            yield TagFrame(name, UTF8 + language + b"\0" + body.encode())
    for description, times in (("lines", track.lines), ("words", track.words)):
        if times:
            yield _sung(description, sylt_texts(track, times), language)
    for description, text in sorted(_described(album, track, texts).items()):
        yield TagFrame(b"TXXX", UTF8 + description.encode() + b"\0" + text.encode())
    yield TagFrame(b"PRIV", b"XMP\0" + xmp(album, track))
    if album.cover is not None:
        kind = kind_of_picture(album.cover.data).encode("ascii")
        yield TagFrame(b"APIC", UTF8 + kind + b"\0" + _FRONT_COVER + b"\0" + album.cover.data)


def _texts(texts: TrackTexts, track: AlbumTrack) -> tuple[tuple[bytes, str], ...]:
    return (
        (b"TIT2", texts.title),
        (b"TPE1", texts.artist),
        (b"TALB", texts.album),
        (b"TPE2", texts.album_artist),
        (b"TRCK", f"{texts.number}/{texts.total}" if texts.number else ""),
        (b"TDRC", texts.year),
        (b"TCON", texts.genre),
        (b"TCOM", texts.composer),
        (b"TSRC", texts.isrc),
        (b"TPUB", texts.label),
        (b"TCOP", texts.copyright),
        (b"TLAN", texts.language),
        (b"TLEN", str(round(1000 * track.seconds))),
    )


def _text(name: bytes, text: str) -> TagFrame:
    return TagFrame(name, UTF8 + text.encode())


def _sung(description: str, times: LineTimes, language: bytes) -> TagFrame:
    head = UTF8 + language + _MILLISECONDS + _LYRICS + description.encode() + b"\0"
    sung = (
        text.encode() + b"\0" + min(max(round(1000 * start), 0), _LATEST).to_bytes(4, "big")
        for start, text in times
    )
    return TagFrame(b"SYLT", head + b"".join(sung))


def _described(album: Album, track: AlbumTrack, texts: TrackTexts) -> dict[str, str]:
    named = {
        "CATALOGNUMBER": texts.catalogue_number,
        "BARCODE": texts.barcode,
        **note_texts(track),
        **replaygain_texts(replaygain_of(album, track)),
    }
    return {name: text for name, text in named.items() if text}
