"""Write and read the ID3v2.4 tag in front of an MP3's frames; the frames are never touched.

Source: the ID3v2.4.0 structure and native frames documents at id3.org. Text is UTF-8, without
padding and without unsynchronisation, so equal tags give equal bytes.

Tags that the audio came with are kept in a private frame of ours: players see one tag, and the
audio as it was received can be had back to the byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.audio.envelope import frames_start, id3v2_size, unsynchsafe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UTF8 = b"\x03"
_FRAMES = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "album_artist": b"TPE2",
    "track": b"TRCK",
    "year": b"TDRC",
    "genre": b"TCON",
    "composer": b"TCOM",
}
_NAMES = {frame: name for name, frame in _FRAMES.items()}
_UNKNOWN_LANGUAGE = b"und"
_OWNER = b"songbatch\0"
_OUR_KIND = b"\x04\x00\x00"
"""Version 2.4.0 with no flags: no unsynchronisation, no extended header."""


def tagged(received: bytes, tags: Mapping[str, str]) -> bytes:
    """Return received MP3 bytes with `tags` as the only leading tag; unchanged without tags.

    Names outside the usual ones (title, artist, album, album_artist, track, year, genre, comment,
    composer) become TXXX frames. Raises ValueError for a tag of 256 MiB or more.
    """
    if not tags:
        return received
    start = frames_start(received)
    before = received[:start] if start <= len(received) else b""
    return _tag(tags, before) + received[len(before) :]


def untagged(output: bytes) -> bytes:
    """Return what `tagged` was given, or `output` itself where the leading tag is not ours."""
    size = id3v2_size(output)
    if not 0 < size <= len(output) or output[3:6] != _OUR_KIND:
        return output
    for identity, body in _frames(output[10:size]):
        if identity == b"PRIV" and body.startswith(_OWNER):
            return body[len(_OWNER) :] + output[size:]
    return output


def read_tags(mp3: bytes) -> dict[str, str]:
    """Return the texts of the leading ID3v2.4 tag by our names; frames we never write are left."""
    size = id3v2_size(mp3)
    if not 0 < size <= len(mp3) or mp3[3:6] != _OUR_KIND:
        return {}
    pairs = (_read(identity, body) for identity, body in _frames(mp3[10:size]))
    return dict(pair for pair in pairs if pair is not None)


def _tag(tags: Mapping[str, str], before: bytes) -> bytes:
    body = b"".join(_text_frame(name, tags[name]) for name in sorted(tags))
    body += _frame(b"PRIV", _OWNER + before)
    return b"ID3" + _OUR_KIND + _synchsafe(len(body)) + body


def _frame(identity: bytes, body: bytes) -> bytes:
    return identity + _synchsafe(len(body)) + b"\0\0" + body


def _text_frame(name: str, text: str) -> bytes:
    # A zero byte would end the text, and in a list of texts begin the next.
    content = text.replace("\0", "").encode("utf-8")
    if name == "comment":
        identity, body = b"COMM", _UTF8 + _UNKNOWN_LANGUAGE + b"\0" + content
    elif name in _FRAMES:
        identity, body = _FRAMES[name], _UTF8 + content
    else:
        description = name.replace("\0", "").encode("utf-8")
        identity, body = b"TXXX", _UTF8 + description + b"\0" + content
    return _frame(identity, body)


def _synchsafe(number: int) -> bytes:
    if number >= 1 << 28:
        raise ValueError("an ID3 tag holds less than 256 MiB")
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _frames(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield identity and content of each frame; stop at padding or at what is no frame."""
    position = 0
    while position + 10 < len(body) and body[position] != 0:
        head = body[position : position + 10]
        size = unsynchsafe(head[4:8])
        yield head[:4], body[position + 10 : position + 10 + size]
        position += 10 + size


def _read(identity: bytes, body: bytes) -> tuple[str, str] | None:
    if body[:1] != _UTF8:
        return None
    if identity in _NAMES:
        return _NAMES[identity], _text(body[1:])
    if identity == b"COMM":
        return "comment", _text(body[4:].partition(b"\0")[2])
    if identity == b"TXXX":
        name, _, text = body[1:].partition(b"\0")
        return _text(name), _text(text)
    return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace").rstrip("\0")
