"""Tags in front of an MP3's frames, written and read back; the frames are never touched.

No well-kept library under a permissive licence writes such tags, so this room does
(`songbatch.audio.id3`); the tests read them with another one. Equal labels give equal bytes.

Tags that the audio came with are kept in a private frame of ours: players see one tag, and the
audio as it was received can be had back to the byte. Of their frames, all that say something which
our tag does not (Content Credentials, marks of services) stand in it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio import id3
from songbatch.audio.cover import kind_of_picture
from songbatch.audio.envelope import frames_start, id3v2_size
from songbatch.audio.id3 import UTF8
from songbatch.audio.id3_frames import TagFrame
from songbatch.diagnostics import uncontrolled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LABEL_VERSION = 1
"""Goes up whenever equal labels are written otherwise, so that outputs are tagged anew."""

_FRAMES = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "album_artist": b"TPE2",
    "track": b"TRCK",
    "year": b"TDRC",
    "genre": b"TCON",
    "composer": b"TCOM",
    "language": b"TLAN",
}
_NAMES = {frame: name for name, frame in _FRAMES.items()} | {b"TYER": "year"}
_UNKNOWN_LANGUAGE = "XXX"
_FRONT_COVER = b"\x03"
_OWNER = b"songbatch\0"
_FACTS = ("SONGBATCH_", "REPLAYGAIN_")
"""How facts begin that are only ours to state, also where we state none."""
_SHOWN = {b"USLT", b"APIC"}
"""Frames that players show beside the texts: only ours."""
_OF_PLACES = {b"SEEK", b"ASPI"}
"""Frames about places in the file, which are others now."""


class Label(msgspec.Struct, frozen=True):
    """The contents of an MP3's tag.

    `tags` are texts by our names (title, artist, album, album_artist, track, year, genre, comment,
    composer, and language as ISO 639-2), `facts` texts by descriptions of any kind; `cover` is a
    JPEG or PNG picture, b"" for none.
    """

    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)
    lyrics: str = ""
    cover: bytes = b""


def tagged(received: bytes, label: Label) -> tuple[bytes, memoryview]:
    """Return received MP3 bytes with `label` as the only leading tag: the tag, and the rest.

    If none can be written, they are returned unchanged behind an empty tag: the label is empty, or
    what they came with leaves no room in a tag.
    """
    start = frames_start(received)
    before = received[:start] if start <= len(received) else b""
    frames, rest = list(_frames(label)), memoryview(received)
    if not frames:
        return b"", rest
    ours = TagFrame(b"PRIV", _OWNER + before)
    # One that has no room for both holds what can be had back, and no copy of its parts.
    tag = id3.write([*frames, *_foreign_frames(before, label), ours]) or id3.write([*frames, ours])
    return (b"", rest) if tag is None else (tag, rest[len(before) :])


def untagged(output: bytes) -> bytes:
    """Return what `tagged` was given, or `output` itself if the leading tag is not ours."""
    size = id3v2_size(output)
    if not 0 < size <= len(output) or output[3:6] != id3.WRITTEN_KIND:
        return output
    for identity, body in id3.read(output[:size]):
        if identity == b"PRIV" and body.startswith(_OWNER):
            return body[len(_OWNER) :] + output[size:]
    return output


def read_label(mp3: bytes) -> Label:
    """Return the contents of the leading tag, whoever wrote it; an empty label if there is none."""
    tags: dict[str, str] = {}
    facts: dict[str, str] = {}
    lyrics = ""
    for identity, body in id3.read(mp3):
        words = id3.texts(body)
        if identity in _NAMES and words:
            tags.setdefault(_NAMES[identity], words[0])
        elif identity == b"TXXX" and len(words) > 1:
            facts.setdefault(words[0], words[1])
        elif identity == b"COMM" and (comment := id3.texts(body, start=4))[:1] == [""]:
            tags.setdefault("comment", "".join(comment[1:2]))
        elif identity == b"USLT" and (sung := id3.texts(body, start=4)[1:2]):
            lyrics = lyrics or sung[0]
    return Label(tags, facts, lyrics, _cover(mp3))


def _frames(label: Label) -> Iterator[TagFrame]:
    language = label.tags.get("language", _UNKNOWN_LANGUAGE).encode("ascii", "replace")[:3]
    for name, text in sorted(label.tags.items()):
        if text and name in _FRAMES:
            yield TagFrame(_FRAMES[name], UTF8 + _encoded(text))
    if comment := label.tags.get("comment"):
        yield TagFrame(b"COMM", UTF8 + language + b"\0" + _encoded(comment, is_lines=True))
    if label.lyrics:
        yield TagFrame(b"USLT", UTF8 + language + b"\0" + _encoded(label.lyrics, is_lines=True))
    for name, text in sorted(label.facts.items()):
        yield TagFrame(b"TXXX", UTF8 + _encoded(name) + b"\0" + _encoded(text))
    if label.cover:
        kind = kind_of_picture(label.cover).encode("ascii")
        yield TagFrame(b"APIC", UTF8 + kind + b"\0" + _FRONT_COVER + b"\0" + label.cover)


def _foreign_frames(before: bytes, label: Label) -> list[TagFrame]:
    """Return the frames of received tags that say something else than ours, each once."""
    return list(
        dict.fromkeys(
            frame
            for frame, content in id3.read_all(before)
            if frame.body and frame.identity.isalnum()
            if not _is_ours(frame.identity, content, label)
        )
    )


def _is_ours(identity: bytes, content: bytes, label: Label) -> bool:
    """Return whether our label decides what a frame of this kind says."""
    if identity == b"TXXX":
        name = "".join(id3.texts(content)[:1])
        return name.startswith(_FACTS) or name in label.facts
    if identity == b"COMM":
        # One with a description is about something else.
        return id3.texts(content, start=4)[:1] in ([], [""])
    if identity == b"PRIV":
        return content.startswith(_OWNER)
    return identity in _NAMES or identity in _SHOWN or identity in _OF_PLACES


def _encoded(text: str, *, is_lines: bool = False) -> bytes:
    # Players show it, some of them on terminals; and a zero byte would begin the next text.
    return uncontrolled(text, is_lines=is_lines).encode("utf-8", "replace")


def _cover(mp3: bytes) -> bytes:
    for identity, body in id3.read(mp3):
        if identity != b"APIC":
            continue
        _, _, described = body[1:].partition(b"\0")
        wide = body[:1] in (b"\x01", b"\x02")
        _, _, picture = described[1:].partition(b"\0\0" if wide else b"\0")
        return picture
    return b""
