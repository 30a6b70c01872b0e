"""Names in a shared store: the one layout, written and parsed. Pure.

    songbatch-store                     which format this is
    blobs/ab/SHA256                     audio as received, references
    songs/ab/KEY/answer                 the receipt of a song
    songs/ab/KEY/N.claim, N.end, N.job, N.landed
    uploads/ACCOUNT/SHA256-PURPOSE/N.claim, N.end, N.ids
    beats/WHO                           signs of life of runs
    projects/DIGEST                     repositories that share here
    probe/HEX                           tests of conditional writes
    partial/HEX                         objects that are being written, in folders only

A listing may hold anything: a name that does not parse is nobody's, and is never used.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from songbatch.digest import sha256

if TYPE_CHECKING:
    from songbatch.records import UploadKey

MARKER = "songbatch-store"
FORMAT = 1
BLOBS, SONGS, UPLOADS, BEATS, PROJECTS, PROBES = (
    "blobs",
    "songs",
    "uploads",
    "beats",
    "projects",
    "probe",
)
PARTIAL = "partial"
ANSWER = "answer"
SHARDS = tuple(f"{number:02x}" for number in range(256))
"""The folders that blobs and songs are spread over: how their digests begin."""
MOST_CLAIMS = 999
"""Of one song or upload: nobody asks as often for anything."""

WHO = r"[A-Za-z0-9._-]{1,64}@[A-Za-z0-9._-]{1,64}-[0-9]{1,10}-[0-9a-f]{16}"
"""The pattern of a run's name: user, host, process, and a random part."""

_DIGEST = "[0-9a-f]{64}"
_NOTE = re.compile(r"(?:.*/)?([1-9][0-9]{0,2})\.(claim|end|job|landed|ids)")
_SONG = re.compile(rf"{SONGS}/([0-9a-f]{{2}})/({_DIGEST})/([a-z0-9.]{{1,20}})")
_BLOB = re.compile(rf"{BLOBS}/([0-9a-f]{{2}})/({_DIGEST})")
_BEAT = re.compile(rf"{BEATS}/({WHO})")
_PASSING = re.compile(rf"(?:{PROBES}|{PARTIAL})/[0-9a-f]{{32}}|{BEATS}/{WHO}")
_PROJECT = re.compile(rf"{PROJECTS}/({_DIGEST})")


class NoteKind(StrEnum):
    """What a numbered note of a song or an upload says."""

    CLAIM = "claim"
    END = "end"
    JOB = "job"
    LANDED = "landed"
    IDS = "ids"


class NumberedName(NamedTuple):
    """A note by its number and kind."""

    number: int
    kind: NoteKind


class SongName(NamedTuple):
    """A name below a song; without a note it is the answer's."""

    key: str
    note: NumberedName | None


def blob(digest: str) -> str:
    """Return where bytes with this SHA-256 lie."""
    return f"{BLOBS}/{digest[:2]}/{digest}"


def song(key: str) -> str:
    """Return the folder of a song."""
    return f"{SONGS}/{key[:2]}/{key}"


def answer(key: str) -> str:
    """Return where the answer of a song lies."""
    return f"{song(key)}/{ANSWER}"


def upload(key: UploadKey) -> str:
    """Return the folder of an upload. Account and form may be any text, so digests stand there."""
    account, reference, purpose, stored_as = key
    form = f"-{sha256(stored_as.encode())[:16]}" if stored_as else ""
    return f"{UPLOADS}/{sha256(account.encode())[:32]}/{reference}-{purpose}{form}"


def numbered(folder: str, number: int, kind: NoteKind) -> str:
    """Return where a note of a song or an upload lies."""
    return f"{folder}/{number}.{kind}"


def beat(who: str) -> str:
    """Return where a run's sign of life lies."""
    return f"{BEATS}/{who}"


def project(name: str) -> str:
    """Return the name that says that a repository shares here, and not which."""
    return f"{PROJECTS}/{sha256(name.encode())}"


def parse_note(path: str) -> NumberedName | None:
    """Return which note lies at a path, None for anything else."""
    match = _NOTE.fullmatch(path)
    return NumberedName(int(match[1]), NoteKind(match[2])) if match else None


def parse_song(path: str) -> SongName | None:
    """Return what of which song lies at a path, None for anything else."""
    match = _SONG.fullmatch(path)
    if match is None or not match[2].startswith(match[1]):
        return None
    if match[3] == ANSWER:
        return SongName(match[2], None)
    note = parse_note(match[3])
    return SongName(match[2], note) if note else None


def parse_blob(path: str) -> str | None:
    """Return the digest that a path names, None for anything else."""
    match = _BLOB.fullmatch(path)
    return match[2] if match and match[2].startswith(match[1]) else None


def parse_beat(path: str) -> str | None:
    """Return whose sign of life lies at a path, None for anything else."""
    match = _BEAT.fullmatch(path)
    return match[1] if match else None


def is_passing(path: str) -> bool:
    """Return whether a path is one of ours that means nothing once its run has ended."""
    return _PASSING.fullmatch(path) is not None


def parse_project(path: str) -> str | None:
    """Return which repository's name lies at a path, None for anything else."""
    match = _PROJECT.fullmatch(path)
    return match[1] if match else None
