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

from pipeline.digest import Canonical, canonical_json
from pipeline.model import AudioFormat, AudioSetting, Draft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.model import Value

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


def packed(drafts: Iterable[Draft]) -> bytes:
    """Return drafts, which have no cover, as JSON in one line."""
    return json.dumps([_values(draft) for draft in drafts], separators=(",", ":")).encode()


def _values(draft: Draft) -> list[Any]:
    audio = draft.audio
    return [
        draft.song,
        dict(draft.variant),
        draft.label,
        draft.take,
        draft.lyrics,
        draft.voice,
        draft.instrumental,
        [audio.format.value, audio.sample_rate, audio.bitrate],
        dict(draft.tags),
        draft.output,
        draft.lang,
        draft.lrc,
    ]


def unpacked(spec: str, songs: Sequence[Compiled]) -> list[list[Draft]]:
    """Return the drafts of songs, in order."""
    # Parsed all together: that takes a third of the time.
    trees = json.loads(b"[%b]" % b",".join(song.drafts for song in songs))
    return [[_draft(spec, *values) for values in tree] for tree in trees]


def _draft(
    spec: str,
    song: str,
    variant: dict[str, Value],
    label: str,
    take: int,
    lyrics: str,
    voice: str | None,
    instrumental: str | None,
    audio: tuple[str, int, int],
    tags: dict[str, str],
    output: str,
    lang: str | None,
    lrc: bool,
) -> Draft:
    return Draft(
        spec=spec,
        song=song,
        variant=variant,
        label=label,
        take=take,
        lyrics=lyrics,
        voice=voice,
        instrumental=instrumental,
        audio=_audio(*audio),
        tags=tags,
        output=output,
        lang=lang,
        lrc=lrc,
    )


@lru_cache(256)
def _audio(audio_format: str, sample_rate: int, bitrate: int) -> AudioSetting:
    return AudioSetting(AudioFormat(audio_format), sample_rate, bitrate)
