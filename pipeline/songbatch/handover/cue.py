"""A cue sheet: where tracks lie in one file, or which files they are, for players and burners.

Sources: the CDRWIN user's guide (commands of cue sheets), and IEC 60908 for 75 frames a second and
99 tracks. A quotation mark has no escape there: it becomes an apostrophe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.handover.ai_note import note_of
from songbatch.handover.texts import (
    barcode_of,
    isrc_of,
    plain,
    replaygain_of,
    replaygain_texts,
    texts_of,
)
from songbatch.outputs.cue import cue_frames, cue_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.album import Album, AlbumTrack

_KINDS = {"mp3": "MP3", "aiff": "AIFF", "aif": "AIFF"}
_OTHER = "WAVE"
"""What players take for everything that they can decode, as FLAC."""


def cue_sheet(album: Album, file_of: Mapping[int, str]) -> str:
    """Return a sheet in UTF-8 whose tracks lie in the files that `file_of` has by their numbers.

    Where all of them are one file, a gap before a track is its INDEX 00; where each has its own,
    the gap is a PREGAP: silence that the file does not have.
    """
    is_single = len(set(file_of.values())) == 1 and len(album.tracks) > 1
    lines = [*_head(album)]
    before = 0.0
    written = None
    for track in album.tracks:
        name = file_of[track.number]
        if name != written:
            lines.append(f"FILE {_quoted(name)} {_kind(name)}")
            written = name
        lines += _track(album, track)
        lines += _places(track, before) if is_single else _alone(track, before)
        before = track.start_seconds + track.seconds
    return "".join(f"{line}\n" for line in lines)


def media_catalogue_number(upc: str) -> str:
    """Return the 13 digits that a disc has, of a UPC or EAN; "" if it has another length."""
    code = barcode_of(upc)
    return code.zfill(13) if len(code) in {12, 13} else ""


def _head(album: Album) -> Iterator[str]:
    tags = album.tags
    remarks = {
        "GENRE": tags.get("genre", ""),
        "DATE": tags.get("year", ""),
        "COMMENT": tags.get("comment", ""),
        "LABEL": album.label,
        "CATALOGNUMBER": album.catalogue_number,
        "COPYRIGHT": album.copyright,
    }
    yield from (f"REM {name} {_word(text)}" for name, text in remarks.items() if plain(text))
    if album.tracks:
        gains = replaygain_texts(replaygain_of(album, album.tracks[0]))
        yield from (f"REM {name} {text}" for name, text in gains.items() if "_ALBUM_" in name)
    if number := media_catalogue_number(album.upc):
        yield f"CATALOG {number}"
    yield f"PERFORMER {_quoted(album.artist)}"
    yield f"TITLE {_quoted(album.title)}"


def _track(album: Album, track: AlbumTrack) -> Iterator[str]:
    texts = texts_of(album, track)
    yield f"  TRACK {track.number:02} AUDIO"
    yield f"    TITLE {_quoted(texts.title)}"
    yield f"    PERFORMER {_quoted(texts.artist)}"
    if texts.composer:
        yield f"    SONGWRITER {_quoted(texts.composer)}"
    if isrc := isrc_of(track.isrc):
        yield f"    ISRC {isrc}"
    gains = replaygain_texts(replaygain_of(album, track))
    yield from (f"    REM {name} {text}" for name, text in gains.items() if "_TRACK_" in name)
    yield f"    REM AI_GENERATED {_quoted(note_of(track))}"


def _places(track: AlbumTrack, before: float) -> Iterator[str]:
    """Yield where a track lies in the one file: it may begin before the one before it ends."""
    if cue_frames(before) < cue_frames(track.start_seconds):
        yield f"    INDEX 00 {cue_time(before)}"
    yield f"    INDEX 01 {cue_time(track.start_seconds)}"


def _alone(track: AlbumTrack, before: float) -> Iterator[str]:
    gap = track.start_seconds - before
    if cue_frames(gap):
        yield f"    PREGAP {cue_time(gap)}"
    yield f"    INDEX 01 {cue_time(0)}"


def _kind(name: str) -> str:
    return _KINDS.get(name.rpartition(".")[2].lower(), _OTHER)


def _word(text: str) -> str:
    """Return a text as the one word that a remark has, in quotation marks where it has spaces."""
    bare = plain(text)
    return bare if bare.replace("-", "").isalnum() else _quoted(bare)


def _quoted(text: str) -> str:
    return '"' + plain(text).replace('"', "'") + '"'
