"""Copying of the takes that listeners chose: from outputs, from the store, from older copies."""

from __future__ import annotations

import posixpath
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from songbatch.digest import sha256
from songbatch.outputs.earlier_output import bare_output, output_of
from songbatch.outputs.playlist import list_tracks, listed
from songbatch.outputs.selects_list import copy_lines, track_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.files.tree import Piece
    from songbatch.outputs.selects import ChosenTake, SelectsPlan
    from songbatch.outputs.selects_list import RecordedCopy
    from songbatch.selects import Heard
    from songbatch.store.blobs import Blobs
    from songbatch.workspace import Workspace


class CopiedSelects(msgspec.Struct, frozen=True):
    """What changed among the copies, by path.

    `kept` are those whose render has this audio no longer, since the last run; `lacking` is chosen,
    and its audio is not here.
    """

    copied: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    lacking: tuple[Heard, ...] = ()
    kept: tuple[KeptCopy, ...] = ()

    def __add__(self, other: CopiedSelects) -> CopiedSelects:
        return CopiedSelects(
            self.copied + other.copied,
            self.removed + other.removed,
            self.lacking + other.lacking,
            self.kept + other.kept,
        )


class Left(StrEnum):
    """Why audio is its render's no longer."""

    OTHER_AUDIO = "other-audio"
    NO_AUDIO = "no-audio"
    NO_TAKE = "no-take"
    NO_SONG = "no-song"


class KeptCopy(msgspec.Struct, frozen=True):
    """A copy of what was chosen, what its render is called, and why it is only kept."""

    path: str
    heard: Heard
    why: Left


def copy_selects(plans: Iterable[SelectsPlan], workspace: Workspace, blobs: Blobs) -> CopiedSelects:
    """Bring the copies in line with what was planned."""
    everything = CopiedSelects()
    for plan in plans:
        everything += _Copying(plan, workspace, blobs).apply()
    return everything


class _Copying:
    """Copying one spec's takes."""

    def __init__(self, plan: SelectsPlan, workspace: Workspace, blobs: Blobs) -> None:
        self._plan = plan
        self._workspace = workspace
        self._blobs = blobs
        self._lines: dict[str, str] = {}

    def apply(self) -> CopiedSelects:
        plan = self._plan
        # What lies in the place of another is read before that is written.
        in_order = sorted(plan.wanted, key=lambda path: plan.sources.get(path, path) == path)
        copied = {path for path in in_order if self._hold(path, plan.wanted[path])}
        gone = {p: copy.sha256 for p, copy in plan.recorded.items() if p not in plan.wanted}
        removed = tuple(path for path, digest in gone.items() if self._remove(path, digest))
        if plan.wanted or plan.recorded:
            lines = [self._lines.get(path, "") for path in plan.wanted]
            list_tracks(plan.playlist, listed(plan.title, lines), self._workspace)
        return CopiedSelects(
            tuple(path for path in plan.wanted if path in copied),
            removed,
            plan.lacking,
            tuple(self._newly_kept()),
        )

    def _newly_kept(self) -> Iterator[KeptCopy]:
        for path, take in self._plan.wanted.items():
            copy = self._plan.recorded.get(self._plan.sources.get(path, path))
            is_known = copy is not None and copy.is_earlier and self._is_its(copy, take)
            if take.is_earlier and not is_known:
                yield KeptCopy(path, take.heard, self._why(take))

    def _is_its(self, copy: RecordedCopy, take: ChosenTake) -> bool:
        return copy.audio_sha256 in {take.heard.audio_sha256, ""}

    def _why(self, take: ChosenTake) -> Left:
        """Return why a take is earlier: the plan has tags for every render of the spec."""
        renders = self._plan.tags.keys()
        if take.name in renders:
            return Left.OTHER_AUDIO if take.has_other else Left.NO_AUDIO
        is_there = any(name.rpartition("/")[0] == take.variant for name in renders)
        return Left.NO_TAKE if is_there else Left.NO_SONG

    def _hold(self, path: str, take: ChosenTake) -> bool:
        """Make a copy if there is none and its audio is here; return whether it made one."""
        name = posixpath.basename(path)
        pieces: tuple[Piece, ...] | None
        copy = self._plan.recorded.get(self._plan.sources.get(path, path))
        if take.is_earlier and copy is not None and path in self._plan.sources:
            source, digest, played = self._plan.sources[path], copy.sha256, copy.track
            pieces = None if source == path else (self._workspace.read_bytes(source),)
        else:
            digest, pieces = self._made(take) if take.is_earlier else self._from_output(path, take)
            played = ""
        if take.entry is not None:
            tags = self._plan.tags.get(take.entry.id, take.entry.tags)
            existing = posixpath.basename(self._workspace.found(path))
            played = track_lines(take.entry, take.entry.tags if take.is_earlier else tags, existing)
        self._lines[path] = (
            copy_lines(name, digest, take.heard, is_earlier=take.is_earlier) + played
        )
        if pieces is None or self._workspace.digest(path) == digest:
            return False
        self._workspace.write(path, *pieces)
        return True

    def _from_output(self, path: str, take: ChosenTake) -> tuple[str, tuple[Piece, ...] | None]:
        """Return digest and bytes of a take's output; no bytes if there is nothing to copy."""
        entry = take.entry
        assert entry is not None  # noqa: S101
        digest = entry.sha256 or ""
        # A copy is of the file that is here, whatever encoder wrote what is recorded.
        digest = self._blobs.own_encodings.known().get(digest, digest)
        if digest in {self._workspace.digest(path), ""}:
            return digest, None
        if self._workspace.digest(entry.output) != digest:
            return digest, None
        return digest, (self._workspace.read_bytes(entry.output),)

    def _made(self, take: ChosenTake) -> tuple[str, tuple[Piece, ...]]:
        """Return digest and bytes of an earlier take's output, made from the store."""
        if take.entry is None or take.engine is None:
            data, _ = bare_output(self._blobs.read(take.heard.audio_sha256))
            return sha256(data), (data,)
        pieces = output_of(take.entry, take.engine, self._blobs, self._workspace)
        return sha256(*pieces), pieces

    def _remove(self, path: str, digest: str) -> bool:
        if self._workspace.digest(path) != digest:
            return False
        self._workspace.remove(path)
        return True
