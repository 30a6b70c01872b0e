"""A package against its record: is all of it there, as it was written, and does it play?"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.errors import AudioProblem
from songbatch.diagnostics import UsageError
from songbatch.digest import sha256
from songbatch.handover.checksums import NAME as SUMS
from songbatch.handover.checksums import NotSums, read_sha256sums
from songbatch.handover.package_reading import (
    READ_FAILED,
    PackageProblem,
    open_package,
    read_small,
)
from songbatch.handover.package_record import NAME, NotAPackage, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from songbatch.handover.package_reading import PackageSource
    from songbatch.handover.package_record import PackagedFile, PackagedTrack, PackageRecord

TOLERANCE_SECONDS = 0.1
"""Decoders disagree by an MP3 encoder's delay."""
TOLERANCE_LU = 0.1
TOLERANCE_DB = 0.2
"""Other decoders round otherwise."""
_CLOSE_SECONDS = 0.001
_MOST_SECONDS = 24 * 3600
_PIECE = 2**20


class VerifiedPackage(msgspec.Struct, frozen=True):
    """What came of a package: its title, how many of its files were looked at, what is wrong."""

    title: str
    checked: int
    tracks: int
    problems: tuple[PackageProblem, ...]


def verify_package(path: Path) -> VerifiedPackage:
    """Judge a package by itself alone. Raises UsageError if it is none."""
    source = open_package(path)
    data = read_small(source, NAME)
    if data is None:
        raise UsageError(f"{path} has no {NAME}", fix="name what songbatch deliver has written")
    try:
        record = read_record(data)
    except NotAPackage as error:
        raise UsageError(
            f"{NAME} of {path}: {error}", fix="name what songbatch deliver has written"
        ) from error
    problems = [
        *source.problems,
        *_sums(source, record, data),
        *_files(source, record),
        *_added(source, record),
        *_order(record),
    ]
    return VerifiedPackage(record.title, len(record.files) + 2, len(record.tracks), tuple(problems))


def _sums(source: PackageSource, record: PackageRecord, data: bytes) -> Iterator[PackageProblem]:
    """Yield where the list of checksums and the record do not say the same."""
    text = read_small(source, SUMS)
    if text is None:
        yield PackageProblem(SUMS, "missing")
        return
    try:
        sums = read_sha256sums(text.decode("utf-8", "replace"))
    except NotSums as error:
        yield PackageProblem(SUMS, f"altered: {error}")
        return
    if sums.get(NAME) != sha256(data):
        yield PackageProblem(NAME, f"altered: it is not the one that {SUMS} lists")
    recorded = {file.path: file.sha256 for file in record.files}
    for path in sorted(sums.keys() | recorded.keys()):
        if path != NAME and sums.get(path) != recorded.get(path):
            yield PackageProblem(path, f"{SUMS} and {NAME} have different checksums of it")


def _files(source: PackageSource, record: PackageRecord) -> Iterator[PackageProblem]:
    for file in record.files:
        problem = _wrong(source, file)
        if problem:
            yield PackageProblem(file.path, problem)


def _wrong(source: PackageSource, file: PackagedFile) -> str:
    held = source.files.get(file.path)
    if held is None:
        return "missing"
    if held.bytes != file.bytes:
        return f"altered: it has {held.bytes:,} bytes, not {file.bytes:,}"
    try:
        found = _digest(source, file)
        if found != file.sha256:
            return f"altered: its sha256 is {found[:12]}…, not {file.sha256[:12]}…"
        return _sounds_otherwise(source, file) if file.format else ""
    except READ_FAILED:
        return "damaged: it cannot be read to its end"


def _digest(source: PackageSource, file: PackagedFile) -> str:
    digest, left = hashlib.sha256(), file.bytes
    with source.open(file.path) as opened:
        while left and (piece := opened.read(min(_PIECE, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()


def _sounds_otherwise(source: PackageSource, file: PackagedFile) -> str:
    """Return how audio that has its bytes does not decode to what is recorded, "" if it does."""
    from songbatch.mastering.decoding import OpenedSound  # noqa: PLC0415  (numpy)
    from songbatch.mastering.meter import is_silent, measure_sound  # noqa: PLC0415

    seconds = file.seconds or 0.0
    if seconds > _MOST_SECONDS:
        return "it is said to last longer than a day"
    try:
        with source.open(file.path) as opened:
            sound = OpenedSound(opened)
            if sound.channels > 2 or not 8000 <= sound.sample_rate <= 192000:
                return "it is no master: more than two channels, or another rate"
            most = round((seconds + 2 * TOLERANCE_SECONDS) * sound.sample_rate)
            measure = measure_sound(sound.pieces(most), sound.sample_rate)
    except AudioProblem as problem:
        return str(problem)
    if abs(measure.seconds - seconds) > TOLERANCE_SECONDS:
        return f"it lasts {measure.seconds:.2f} s, not {seconds:.2f} s"
    if is_silent(measure):
        return ""
    return _levels_differ(file, measure.lufs, measure.dbtp)


def _levels_differ(file: PackagedFile, lufs: float, dbtp: float) -> str:
    if file.loudness_lufs is not None and abs(lufs - file.loudness_lufs) > TOLERANCE_LU:
        return f"its loudness is {lufs:.2f} LUFS, not {file.loudness_lufs:.2f}"
    if file.true_peak_dbtp is not None and abs(dbtp - file.true_peak_dbtp) > TOLERANCE_DB:
        return f"its true peak is {dbtp:.2f} dBTP, not {file.true_peak_dbtp:.2f}"
    return ""


def _added(source: PackageSource, record: PackageRecord) -> Iterator[PackageProblem]:
    known = {*(file.path for file in record.files), NAME, SUMS}
    for path in sorted(source.files.keys() - known):
        yield PackageProblem(path, "added: the package does not list it")


def _order(record: PackageRecord) -> Iterator[PackageProblem]:
    numbers = [track.number for track in record.tracks]
    if numbers != [*range(1, len(numbers) + 1)]:
        yield PackageProblem(NAME, f"tracks are numbered {', '.join(map(str, numbers[:20]))}")
        return
    for track, after in zip(record.tracks, record.tracks[1:], strict=False):
        if abs(_end(track) - after.start_seconds) > _CLOSE_SECONDS:
            yield PackageProblem(
                NAME,
                f"track {after.number} begins at {after.start_seconds:.3f} s, and what is "
                f"before it ends at {_end(track):.3f} s",
            )
    forms = {file.format for file in record.files if file.format and file.track}
    for form in sorted(forms):
        there = sorted(file.track for file in record.files if file.format == form and file.track)
        if there != numbers:
            yield PackageProblem(form, f"it has the tracks {', '.join(map(str, there[:20]))}")


def _end(track: PackagedTrack) -> float:
    return track.start_seconds + track.seconds + track.gap_seconds - track.crossfade_seconds
