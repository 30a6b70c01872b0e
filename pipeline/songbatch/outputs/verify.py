"""Outputs against their manifests: is every file there, the one that was written, and playable?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.decode import decoded_seconds
from songbatch.audio.delivery import inspect
from songbatch.audio.probe import AudioProblem
from songbatch.digest import sha256
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.records import Entry, Manifest
    from songbatch.store.blobs import Blobs
    from songbatch.store.encodings import OwnEncodings
    from songbatch.workspace import Workspace

TOLERANCE_SECONDS = 0.1
"""Decoders disagree by an MP3 encoder's delay: at most two frames and the decoder's own delay."""


class OutputProblem(msgspec.Struct, frozen=True):
    """What is wrong with one entry of a manifest, or to be known of it."""

    id: str
    output: str
    problem: str


def below(manifest: Manifest) -> Iterator[OutputProblem]:
    """Yield what came otherwise than it was asked for, as recorded; nothing is wrong with it."""
    for entry in manifest:
        if entry.shortfalls:
            yield OutputProblem(entry.id, entry.output, "; ".join(entry.shortfalls))


def verify(
    manifest: Manifest, workspace: Workspace, blobs: Blobs
) -> Iterator[OutputProblem | None]:
    """Judge every entry; yields None for one that is as it should be.

    What this machine's own encoder wrote of a song that is recorded in other bytes is, and so is a
    part that is nowhere here, of a song that is: it is not needed.
    """
    problems = {one.id: _problem(one, workspace, blobs.own_encodings) for one in manifest}
    for entry in manifest:
        problem = problems[entry.id]
        if problem and entry.is_part and not problems.get(entry.id.rpartition("/")[0], "lacking"):
            is_here = workspace.digest(entry.output) is not None
            is_here = is_here or blobs.has(entry.audio_sha256 or "")
            problem = problem if is_here or not entry.done else ""
        yield OutputProblem(entry.id, entry.output, problem) if problem else None


def count_own(manifest: Manifest, workspace: Workspace, own: OwnEncodings) -> int:
    """Return how many outputs are of this machine's encoder, and recorded in another's bytes."""
    known = own.known()
    return sum(
        entry.sha256 in known and workspace.digest(entry.output) == known[entry.sha256]
        for entry in manifest
        if entry.sha256 is not None
    )


def _problem(entry: Entry, workspace: Workspace, own: OwnEncodings) -> str:
    if not entry.done:
        return f"{entry.status}: {entry.error}"
    try:
        data = workspace.read_bytes(entry.output)
    except Unreadable as error:
        return error.reason
    if not own.wrote(sha256(data), entry.sha256):
        return f"it is not the file that was written: its sha256 is {sha256(data)[:12]}…"
    try:
        seconds = decoded_seconds(data, inspect(data, entry.audio).info)
    except AudioProblem as problem:
        return str(problem)
    if abs(seconds - (entry.seconds or 0.0)) > TOLERANCE_SECONDS:
        return f"it lasts {seconds:.3f} s; the manifest says {entry.seconds} s"
    return ""
