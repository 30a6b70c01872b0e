"""`package.json`: what a package records of itself, for programs and for `songbatch verify`.

Version 1. Later versions add keys; whoever reads it passes over what it does not know.
"""

from __future__ import annotations

import json

import msgspec

from songbatch.diagnostics import printable_json
from songbatch.digest import Count, Digest, Real

NAME = "package.json"
PACKAGE_VERSION = 1
MAX_BYTES = 16 * 2**20


class PackagedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a package. Of audio also its `format` (as albums name it), and how it decodes.

    `track` is the number of the only track in it, 0 for the whole album.
    """

    path: str
    bytes: Count
    sha256: Digest
    format: str = ""
    track: Count = 0
    seconds: Real | None = None
    loudness_lufs: Real | None = None
    true_peak_dbtp: Real | None = None


class PackagedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A track: what it is of, and what was done to it. Levels are None for silence."""

    number: Count
    id: str
    key: Digest
    title: str
    artist: str
    engine: str
    model: str
    isrc: str
    seconds: Real
    start_seconds: Real
    gap_seconds: Real
    crossfade_seconds: Real
    loudness_lufs: Real | None
    true_peak_dbtp: Real | None
    gain_db: Real
    limited: bool


class AlbumLevels(msgspec.Struct, frozen=True, kw_only=True):
    """What was wanted and what came: LUFS, dBTP, and ReplayGain 2.0 in dB."""

    mode: str
    target_lufs: Real
    bound_dbtp: Real
    loudness_lufs: Real | None
    true_peak_dbtp: Real | None
    replay_gain_db: Real


class PackageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything; `files` has all of the package but itself and the list of checksums."""

    package: Count
    made_by: str
    name: str
    title: str
    artist: str
    upc: str
    catalogue_number: str
    levels: AlbumLevels
    tracks: tuple[PackagedTrack, ...]
    files: tuple[PackagedFile, ...]

    def dump(self) -> bytes:
        """Return the file: equal records are equal bytes."""
        return (printable_json(msgspec.to_builtins(self), indent=1) + "\n").encode()


class NotAPackage(ValueError):
    """Bytes that are no record of a package; `str(error)` is why."""


def read_record(data: bytes) -> PackageRecord:
    """Return a record. Raises NotAPackage."""
    try:
        plain = json.loads(data)
        version = plain.get("package") if isinstance(plain, dict) else None
        if isinstance(version, int) and version > PACKAGE_VERSION:
            raise NotAPackage(f"it is of version {version}; a newer songbatch reads it")
        return msgspec.convert(plain, PackageRecord)
    except (ValueError, RecursionError, UnicodeDecodeError) as error:
        if isinstance(error, NotAPackage):
            raise
        raise NotAPackage("it is not what songbatch deliver writes") from error
