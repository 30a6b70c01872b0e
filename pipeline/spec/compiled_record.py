"""What is kept of a compiled spec: `.songbatch/compiled/NAME`, version 1.

The line `songbatch-compiled 1`; a line of JSON about all; a line for every song: the SHA-256 of its
text and place, how many tracks it has, and its drafts as JSON; the CRC-32 of all that. Whatever is
odd about the file, it counts as missing: it only ever saves time.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.digest import Canonical, canonical_json
from pipeline.model import AudioFormat, AudioSetting, Draft, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HEADER = b"songbatch-compiled 1\n"
_CRC_BYTES = 9


@dataclass(frozen=True, slots=True)
class Compiled:
    """A song: the digest of its text and place, how many tracks it has, its drafts as JSON."""

    digest: str
    tracks: int
    drafts: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """A compiled spec.

    `about` is the digest of everything but the songs and `files`, which are digests by path;
    `head` and `indent` are those of its form; `excess` are steps of templates.
    """

    about: str
    head: int
    indent: int
    excess: int
    files: Mapping[str, str]
    songs: Mapping[str, Compiled]
    """By digest."""


def parse(data: bytes) -> Record | None:
    """Return a record from its bytes, or None where they are none."""
    body, crc = data[:-_CRC_BYTES], data[-_CRC_BYTES:]
    if not body.startswith(HEADER) or crc != b"%08x\n" % zlib.crc32(body):
        return None
    first, *lines = body[len(HEADER) :].split(b"\n")[:-1]
    songs = (_song(line) for line in lines)
    return Record(**json.loads(first), songs={song.digest: song for song in songs})


def _song(line: bytes) -> Compiled:
    digest, tracks, drafts = line.split(b" ", 2)
    return Compiled(digest.decode(), int(tracks), drafts)


def dump(record: Record) -> bytes:
    """Return the bytes of a record."""
    first: dict[str, Canonical] = {
        "about": record.about,
        "head": record.head,
        "indent": record.indent,
        "excess": record.excess,
        "files": dict(record.files),
    }
    lines = (
        b"%b %d %b" % (song.digest.encode(), song.tracks, song.drafts)
        for song in record.songs.values()
    )
    body = b"\n".join([HEADER + canonical_json(first), *lines, b""])
    return body + b"%08x\n" % zlib.crc32(body)


class _Packed(msgspec.Struct, array_like=True):
    song: str
    variant: dict[str, Value]
    label: str
    take: int
    lyrics: str
    voice: str | None
    instrumental: str | None
    audio: tuple[AudioFormat, int, int]
    tags: dict[str, str]
    output: str
    lang: str | None
    lrc: bool

    def draft(self, spec: str) -> Draft:
        return Draft(
            spec=spec,
            song=self.song,
            variant=self.variant,
            label=self.label,
            take=self.take,
            lyrics=self.lyrics,
            voice=self.voice,
            instrumental=self.instrumental,
            audio=_audio(*self.audio),
            tags=self.tags,
            output=self.output,
            lang=self.lang,
            lrc=self.lrc,
        )


def packed(drafts: Iterable[Draft]) -> bytes:
    """Return drafts, which have no cover, as JSON in one line."""
    # Not by msgspec, which has null for infinity.
    return json.dumps([_values(draft) for draft in drafts], separators=(",", ":")).encode()


def _values(draft: Draft) -> list[Any]:
    audio = (draft.audio.format.value, draft.audio.sample_rate, draft.audio.bitrate)
    own = {"variant": dict(draft.variant), "audio": audio, "tags": dict(draft.tags)}
    names = _Packed.__struct_fields__
    return [own[name] if name in own else getattr(draft, name) for name in names]


def unpacked(spec: str, songs: Sequence[Compiled]) -> list[list[Draft]] | None:
    """Return the drafts of songs, in order; None where they are of another form."""
    try:
        return [[one.draft(spec) for one in _packed(song.drafts)] for song in songs]
    except msgspec.MsgspecError:
        return None


_packed = msgspec.json.Decoder(list[_Packed]).decode


@lru_cache(256)
def _audio(audio_format: AudioFormat, sample_rate: int, bitrate: int) -> AudioSetting:
    return AudioSetting(audio_format, sample_rate, bitrate)
