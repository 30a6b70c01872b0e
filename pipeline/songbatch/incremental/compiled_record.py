"""The record of a compiled spec: `.songbatch/compiled/NAME`, version 1.

The line `songbatch-compiled 1`; a line of JSON about all; a line for every song: the SHA-256 of its
text and place, how many tracks it has, and its renders as JSON; the CRC-32 of all that. A cache
file (`cache_file`): whatever is odd about it, it counts as missing.
"""

from __future__ import annotations

import io
import itertools
import json
from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import Canonical, canonical_json
from songbatch.files.cache_file import CHECKSUM_BYTES, CacheFormat, decoded
from songbatch.model import UnresolvedRender

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = CacheFormat("compiled", 1)


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
    """Return a record from its bytes, or None if they are odd."""
    return decoded(data if FORMAT.is_whole(data) else None, _parse, lambda _record: True)


def _parse(data: bytes) -> CompiledSpec:
    # Line by line: all of them at once would take the memory of the whole again.
    lines = io.BytesIO(data)
    lines.readline()
    first = json.loads(lines.readline())
    checksum = data[-CHECKSUM_BYTES:]
    songs = (_song(line) for line in itertools.takewhile(lambda line: line != checksum, lines))
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
    pieces = [canonical_json(first), b"\n"]
    for song in record.songs.values():
        pieces += (song.digest.encode(), b" %d " % song.tracks, song.renders)
    return FORMAT.seal_at_end(pieces)


def packed(renders: Iterable[UnresolvedRender]) -> bytes:
    """Return renders as a line of JSON."""
    # Not by msgspec, which has null for infinity.
    return json.dumps(msgspec.to_builtins(list(renders)), separators=(",", ":")).encode() + b"\n"


def unpacked(songs: Iterable[CompiledSong]) -> list[list[UnresolvedRender]] | None:
    """Return the renders of songs, in order; None if they are of another form."""
    try:
        return [_renders(song.renders) for song in songs]
    except msgspec.MsgspecError:
        return None


_renders = msgspec.json.Decoder(list[UnresolvedRender]).decode
