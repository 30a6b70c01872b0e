"""A WAV with chunks that say what it is: `bext`, `LIST` of INFO, `id3 ` and `_PMX`.

Sources: EBU Tech 3285 (Broadcast Wave Format, version 2, with the loudness fields of supplement 6's
successor); Multimedia Programming Interface and Data Specifications 1.0 for INFO; for `_PMX`, the
XMP specification part 3. What is written is plain RIFF below 4 GiB.
"""

from __future__ import annotations

import math
import struct
import unicodedata
from typing import TYPE_CHECKING

from songbatch.audio.riff import PLAIN, chunks, size_of_samples, wave_start
from songbatch.handover.ai_note import note_of, xmp
from songbatch.handover.carriers import mp3
from songbatch.handover.carriers.errors import NotWritable
from songbatch.handover.carriers.frames import track_frames
from songbatch.handover.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album, AlbumTrack

_SAYS = {b"bext", b"LIST", b"id3 ", b"ID3 ", b"_PMX", b"JUNK", b"PAD ", b"FLLR", b"ds64"}
"""Chunks that are written anew, or that fill."""
_UNKNOWN = 0x7FFF
_BEXT_VERSION = 2


def with_chunks(audio: bytes, album: Album, track: AlbumTrack) -> bytes:
    """Return a WAV with these chunks around its samples. Raises NotWritable."""
    start = wave_start(audio)
    if start is None or audio[start : start + 4] != PLAIN:
        raise NotWritable("not a WAV file with sizes of 32 bits")
    kept = list(_kept(audio[start:]))
    names = [name for name, _ in kept]
    if b"fmt " not in names or b"data" not in names:
        raise NotWritable("a WAV file without samples")
    data = names.index(b"data")
    before = [(b"bext", _bext(album, track)), *kept[:data]]
    after = [
        *kept[data + 1 :],
        (b"LIST", _info(album, track)),
        (b"id3 ", mp3.tag(track_frames(album, track))),
        (b"_PMX", xmp(album, track)),
    ]
    body = b"".join((b"WAVE", *map(_chunk, (*before, kept[data], *after))))
    if len(body) > 0xFFFF_FFF0:
        raise NotWritable("a WAV file above 4 GiB")
    return b"".join((PLAIN, struct.pack("<I", len(body)), body))


def _kept(audio: bytes) -> Iterator[tuple[bytes, bytes]]:
    for chunk in chunks(audio):
        if chunk.name not in _SAYS:
            size = size_of_samples(chunk, len(audio)) if chunk.name == b"data" else chunk.declared
            yield chunk.name, audio[chunk.start : chunk.start + size]


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    name, content = part
    return b"".join((name, struct.pack("<I", len(content)), content, b"\0" * (len(content) % 2)))


def _bext(album: Album, track: AlbumTrack) -> bytes:
    """Return the extension of broadcasters; no date, as nobody knows when it was recorded."""
    texts = texts_of(album, track)
    description = " - ".join(filter(None, (texts.artist, texts.title)))
    reference = texts.isrc or track.key
    return struct.pack(
        "<256s32s32s10s8sQH64s5h180x",
        _ascii(description, 256),
        b"songbatch",
        _ascii(reference, 32),
        b"",
        b"",
        0,
        _BEXT_VERSION,
        b"",
        _hundredths(track.loudness_lufs),
        _UNKNOWN,
        _hundredths(track.true_peak_dbtp),
        _UNKNOWN,
        _UNKNOWN,
    )


def _hundredths(level: float) -> int:
    if not math.isfinite(level) or abs(level) > 99.99:
        return _UNKNOWN
    return round(100 * level)


def _ascii(text: str, size: int) -> bytes:
    """Return a text in letters of ASCII, as the field demands; accents are left out."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return bare.encode("ascii", "replace")[:size]


def _info(album: Album, track: AlbumTrack) -> bytes:
    texts = texts_of(album, track)
    named = (
        (b"INAM", texts.title),
        (b"IART", texts.artist),
        (b"IPRD", texts.album),
        (b"ITRK", str(texts.number or "")),
        (b"ICRD", texts.year),
        (b"IGNR", texts.genre),
        (b"ICOP", texts.copyright),
        (b"ILNG", texts.lang),
        (b"ICMT", " ".join(filter(None, (texts.comment.replace("\n", " "), note_of(track))))),
        (b"ISFT", "songbatch"),
    )
    return b"INFO" + b"".join(_chunk((name, text.encode() + b"\0")) for name, text in named if text)
