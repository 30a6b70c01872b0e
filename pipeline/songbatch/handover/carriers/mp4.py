"""An M4A with the atoms that iTunes reads, and XMP at its end; its samples stay where they lie.

Sources: ISO/IEC 14496-12 (boxes, `stco`, `co64`); Apple's QuickTime File Format for `meta` and
`ilst`; the XMP specification part 3 for the UUID box. Where `moov` stands before the samples, the
offsets in it are moved by what it grows.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from songbatch.audio.cover import kind_of_picture
from songbatch.handover.ai_note import note_texts, xmp
from songbatch.handover.carriers.errors import NotWritable
from songbatch.handover.texts import replaygain_of, replaygain_texts, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.album import Album, AlbumTrack

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_TO_OFFSETS = (b"trak", b"mdia", b"minf", b"stbl")
_WIDTHS = {b"stco": 4, b"co64": 8}
_BINARY, _TEXT, _JPEG, _PNG = 0, 1, 13, 14
_MOST_BOXES = 10_000
_GAPLESS = b"iTunSMPB"
"""How many samples of an encoder's are no music: a fact of the audio."""


class Box(NamedTuple):
    """A box: its name, where it begins in its surroundings, its content and its end."""

    name: bytes
    start: int
    content: bytes
    end: int


def with_atoms(audio: bytes, album: Album, track: AlbumTrack) -> bytes:
    """Return an M4A file with these atoms only. Raises NotWritable."""
    boxes = list(_boxes(audio))
    names = [box.name for box in boxes]
    if names[:1] != [b"ftyp"] or names.count(b"moov") != 1:
        raise NotWritable("not an MP4 file")
    if b"moof" in names:
        raise NotWritable("an MP4 file in fragments")
    moov = boxes[names.index(b"moov")]
    written = _box(b"moov", _with_list(moov.content, _items(album, track)))
    grown = len(written) - (moov.end - moov.start)
    if grown:
        written = _box(b"moov", _moved(written[8:], behind=moov.end, by=grown))
    before, after = audio[: moov.start], boxes[names.index(b"moov") + 1 :]
    rest = (audio[box.start : box.end] for box in after if not _is_xmp(box))
    return b"".join((before, written, *rest, _box(b"uuid", _XMP + xmp(album, track))))


def _boxes(data: bytes) -> Iterator[Box]:
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(data):
            return
        size, name = struct.unpack_from(">I4s", data, position)
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        end = position + size if size else len(data)
        if end > len(data) or end < position + head:
            raise NotWritable("an MP4 file that is cut or damaged")
        yield Box(name, position, data[position + head : end], end)
        position = end


def _box(name: bytes, *content: bytes) -> bytes:
    return b"".join((struct.pack(">I4s", 8 + sum(map(len, content)), name), *content))


def _is_xmp(box: Box) -> bool:
    return box.name == b"uuid" and box.content.startswith(_XMP)


def _with_list(moov: bytes, items: list[bytes]) -> bytes:
    """Return the content of `moov` with these items in place of its own."""
    others, user = b"", b""
    for box in _boxes(moov):
        if box.name == b"udta":
            user += b"".join(_user_data(box.content, items))
        else:
            others += moov[box.start : box.end]
    handler = _box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    meta = _box(b"meta", bytes(4), handler, _box(b"ilst", *items))
    return others + _box(b"udta", user, meta)


def _user_data(content: bytes, items: list[bytes]) -> Iterator[bytes]:
    """Yield what is not metadata; what tells of the encoder's padding goes to the items."""
    # Some writers end this list with a zero of four bytes, which is no box.
    for box in _boxes(content):
        if box.name != b"meta":
            yield content[box.start : box.end]
            continue
        for inner in _boxes(box.content[4:]):
            if inner.name == b"ilst":
                items += [
                    _box(b"----", item.content)
                    for item in _boxes(inner.content)
                    if item.name == b"----" and _GAPLESS in item.content[:100]
                ]


def _moved(content: bytes, *, behind: int, by: int, path: tuple[bytes, ...] = _TO_OFFSETS) -> bytes:
    """Return boxes whose offsets of samples beyond `behind` are greater by `by`."""
    moved = []
    for box in _boxes(content):
        if path and box.name == path[0]:
            inner = _moved(box.content, behind=behind, by=by, path=path[1:])
            moved.append(_box(box.name, inner))
        elif not path and box.name in _WIDTHS:
            moved.append(_box(box.name, _offsets(box.content, _WIDTHS[box.name], behind, by)))
        else:
            moved.append(content[box.start : box.end])
    return b"".join(moved)


def _offsets(content: bytes, width: int, behind: int, by: int) -> bytes:
    count = int.from_bytes(content[4:8], "big")
    if len(content) < 8 + width * count:
        raise NotWritable("an MP4 file that is cut or damaged")
    places = struct.unpack_from(f">{count}{'I' if width == 4 else 'Q'}", content, 8)
    new = [place + by if place >= behind else place for place in places]
    if any(place >= 1 << (8 * width) for place in new):
        raise NotWritable("an MP4 file whose offsets leave no room")
    return content[:8] + b"".join(place.to_bytes(width, "big") for place in new)


def _items(album: Album, track: AlbumTrack) -> list[bytes]:
    texts = texts_of(album, track)
    named = (
        (b"\xa9nam", texts.title),
        (b"\xa9ART", texts.artist),
        (b"\xa9alb", texts.album),
        (b"aART", texts.album_artist),
        (b"\xa9day", texts.year),
        (b"\xa9gen", texts.genre),
        (b"\xa9wrt", texts.composer),
        (b"cprt", texts.copyright),
        (b"\xa9cmt", texts.comment),
        (b"\xa9lyr", texts.lyrics),
    )
    own = {
        "ISRC": texts.isrc,
        "LABEL": texts.label,
        "CATALOGNUMBER": texts.catalogue_number,
        "BARCODE": texts.barcode,
        "LANGUAGE": texts.language,
        **replaygain_texts(replaygain_of(album, track)),
        **note_texts(track),
    }
    number = struct.pack(">2x3H", min(texts.number, 65535), min(texts.total, 65535), 0)
    items = [_item(name, _TEXT, text.encode()) for name, text in named if text]
    if texts.number:
        items.append(_item(b"trkn", _BINARY, number))
    items += [_own_item(name, text) for name, text in own.items() if text]
    if album.cover is not None:
        is_png = kind_of_picture(album.cover.data) == "image/png"
        items.append(_item(b"covr", _PNG if is_png else _JPEG, album.cover.data))
    return items


def _item(name: bytes, kind: int, content: bytes) -> bytes:
    return _box(name, _data(kind, content))


def _own_item(name: str, text: str) -> bytes:
    mean = _box(b"mean", bytes(4), b"com.apple.iTunes")
    return _box(b"----", mean, _box(b"name", bytes(4), name.encode()), _data(_TEXT, text.encode()))


def _data(kind: int, content: bytes) -> bytes:
    return _box(b"data", struct.pack(">II", kind, 0), content)
