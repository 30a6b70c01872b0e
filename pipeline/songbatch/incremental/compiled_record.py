"""What is kept of a compiled spec: `.songbatch/compiled/NAME`, version 1.

The line `songbatch-compiled 1`; a line of JSON about all; a line for every song: the SHA-256 of its
text and place, how many tracks it has, and its renders as JSON; the CRC-32 of all that. Whatever is
odd about the file, it counts as missing: it only ever saves time.
"""

from __future__ import annotations

import io
import itertools
import json
import zlib
from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import Canonical, canonical_json
from songbatch.model import UnresolvedRender

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEADER = b"songbatch-compiled 1\n"
_CRC_BYTES = 9


class CompiledSong(msgspec.Struct, frozen=True):
    """A song: the digest of its text and place, how many tracks it has, its renders as a line."""

    digest: str
    tracks: int
    renders: bytes


class CompiledSpec(msgspec.Struct, frozen=True):
    """A compiled spec.

    `about` is the digest of everything but the songs and `files`, which are digests by path;
    `head` and `indent` are those of its form; `excess` are steps of templates.
    """

    about: str
    head: int
    indent: int
    excess: int
    files: Mapping[str, str]
    songs: Mapping[str, CompiledSong]
    """By digest."""


def parse(data: bytes) -> CompiledSpec | None:
    """Return a record from its bytes, or None where they are none."""
    body, crc = memoryview(data)[:-_CRC_BYTES], data[-_CRC_BYTES:]
    if not data.startswith(HEADER) or crc != b"%08x\n" % zlib.crc32(body):
        return None
    # Line by line: all of them at once would take the memory of the whole again.
    lines = io.BytesIO(data)
    lines.readline()
    first = json.loads(lines.readline())
    songs = (_song(line) for line in itertools.takewhile(lambda line: line != crc, lines))
    return CompiledSpec(**first, songs={song.digest: song for song in songs})


def _song(line: bytes) -> CompiledSong:
    digest, tracks, renders = line.split(b" ", 2)
    return CompiledSong(digest.decode(), int(tracks), renders)


def dump(record: CompiledSpec) -> bytes:
    """Return the bytes of a record."""
    first: dict[str, Canonical] = {
        "about": record.about,
        "head": record.head,
        "indent": record.indent,
        "excess": record.excess,
        "files": dict(record.files),
    }
    pieces = [HEADER, canonical_json(first), b"\n"]
    for song in record.songs.values():
        pieces += (song.digest.encode(), b" %d " % song.tracks, song.renders)
    crc = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
    return b"".join([*pieces, b"%08x\n" % crc])


def packed(renders: Iterable[UnresolvedRender]) -> bytes:
    """Return renders as a line of JSON."""
    # Not by msgspec, which has null for infinity.
    return json.dumps(msgspec.to_builtins(list(renders)), separators=(",", ":")).encode() + b"\n"


def unpacked(songs: Iterable[CompiledSong]) -> list[list[UnresolvedRender]] | None:
    """Return the renders of songs, in order; None where they are of another form."""
    try:
        return [_renders(song.renders) for song in songs]
    except msgspec.MsgspecError:
        return None


_renders = msgspec.json.Decoder(list[UnresolvedRender]).decode
