"""Recordings for a spec: judged, named, and brought into the project, all of them or none."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.batch.references import measure
from songbatch.diagnostics import UsageError, has_errors
from songbatch.digest import sha256
from songbatch.files.named import read_named, reason_of
from songbatch.files.tree import Tree
from songbatch.formatting import moment
from songbatch.layout import OUTPUTS, STATE_FOLDER
from songbatch.lyrics.slugs import slug
from songbatch.model import Reference
from songbatch.sources import Source, Span
from songbatch.spec.paths import BadPath, inside
from songbatch.workspace import MAX_AUDIO_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_insert import Fields
    from songbatch.model import Purpose, RecordingCut, Rights, Track
    from songbatch.traits import Traits
    from songbatch.workspace import Workspace

FOLDER = "references"
"""Where recordings lie beside the specs."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
_FALLBACK = "recording"
"""What a recording is called whose name has no letter or digit that a reference may have."""
_NOT_OURS = (OUTPUTS, STATE_FOLDER, ".git")
"""Folders of the project of which nothing is used in its place: it may go, or is not the user's."""
_FIX = "name recordings: WAV, MP3, …"


def is_name(text: str) -> bool:
    """Return whether a reference may be called so."""
    return _NAME.fullmatch(text) is not None


class AddedRecording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that is added. `path` is relative to the project, `place` where it lies now.

    `is_new`: it has to be brought there. `listed_as` is the reference that has it already.
    """

    place: Path
    path: str
    name: str
    sha256: str
    track: Track
    is_new: bool
    is_same: bool = False
    """Whether it is not brought because its bytes are in the project under another name."""
    listed_as: Reference | None = None


class Added(msgspec.Struct, frozen=True):
    """What adding came to. Nothing is to be written if any diagnostic is an error."""

    recordings: tuple[AddedRecording, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        """Whether any recording cannot be a reference."""
        return has_errors(self.diagnostics)

    @property
    def fresh(self) -> list[AddedRecording]:
        """Those that the spec does not list yet."""
        return [one for one in self.recordings if one.listed_as is None]


class Adder:
    """Judges recordings and finds their places; writes nothing until it is told to.

    `listed` are the references that the spec in `folder` has, `taken` all names that it lists.
    """

    def __init__(
        self,
        workspace: Workspace,
        folder: str,
        listed: Mapping[str, Reference],
        taken: Iterable[str],
        traits: Traits,
    ) -> None:
        self._workspace = workspace
        self._folder = folder
        self._traits = traits
        self._names = set(taken)
        self._by_content = {
            (digest, one.purpose, cut): one
            for one in listed.values()
            if one.file is not None and (digest := workspace.digest(one.file)) is not None
            for cut in (None, one.cut)
        }
        self._paths: dict[str, str] = {}
        """The paths of recordings by their digests."""

    def judge(
        self,
        files: Sequence[Path],
        purpose: Purpose,
        name: str = "",
        cut: RecordingCut | None = None,
    ) -> Added:
        """Return what these files are, each once; `name` and `cut` are of the only one.

        Raises UnusableFile for a file that cannot be read.
        """
        recordings: dict[str, AddedRecording] = {}
        diagnostics: list[Diagnostic] = []
        for file in files:
            data = read_named(file, fix=_FIX, limit=MAX_AUDIO_BYTES)
            digest = sha256(data)
            if digest in recordings:
                continue
            span = Span(Source(str(file), ""))
            # A command that mends it may run in another folder: only a whole path is right there.
            whole = os.path.abspath(file)
            reference = Reference(file.stem, purpose, span, span, file=whole, cut=cut)
            found = measure(reference, data, self._traits, is_prepared=False)
            diagnostics += found.diagnostics
            if found.track is not None:
                recordings[digest] = self._recording(file, digest, found.track, purpose, name, cut)
        return Added(tuple(recordings.values()), tuple(diagnostics))

    def _recording(
        self,
        file: Path,
        digest: str,
        track: Track,
        purpose: Purpose,
        name: str,
        cut: RecordingCut | None,
    ) -> AddedRecording:
        own = _path_inside(file, self._workspace.root, self._folder)
        listed = self._by_content.get((digest, purpose, cut))
        if listed is not None and listed.file is not None:
            return AddedRecording(
                place=file, path=listed.file, name=listed.name, sha256=digest, track=track,
                is_new=False, is_same=listed.file != own, listed_as=listed,
            )  # fmt: skip
        path = own or self._same(digest, track) or self._free_path(file, track)
        is_new = own is None and not self._workspace.tree.is_there(self._resolved(path))
        self._paths[digest] = path
        return AddedRecording(
            place=file, path=path, name=name or self._free_name(file.stem), sha256=digest,
            track=track, is_new=is_new, is_same=own is None and not is_new,
        )  # fmt: skip

    def _same(self, digest: str, track: Track) -> str | None:
        """Return where the same bytes lie among the project's recordings already."""
        folder = self._resolved(f"{self._folder}/{FOLDER}")
        for name in self._workspace.tree.files(folder):
            path = f"{self._folder}/{FOLDER}/{name}"
            size = self._workspace.tree.status(f"{folder}/{name}").st_size
            if size == track.bytes and self._workspace.digest(path) == digest:
                return path
        return None

    def _free_path(self, file: Path, track: Track) -> str:
        folder = f"{self._folder}/{FOLDER}"
        there = {name for name, _ in self._workspace.tree.entries(self._resolved(folder))}
        taken = {
            name.casefold() for name in [*there, *map(posixpath.basename, self._paths.values())]
        }
        suffix = file.suffix.lower()
        if not _SUFFIX.fullmatch(suffix):
            suffix = f".{track.info.format}" if track.info is not None else ""
        stem = slug(file.stem) or _FALLBACK
        return f"{folder}/{_free(stem, lambda name: (name + suffix).casefold() in taken)}{suffix}"

    def _free_name(self, stem: str) -> str:
        plain = slug(stem)
        name = _free(plain if is_name(plain) else _FALLBACK, self._names.__contains__)
        self._names.add(name)
        return name

    def _resolved(self, path: str) -> str:
        return self._workspace.tree.resolved(path)

    def bring(self, recordings: Iterable[AddedRecording], *, is_linked: bool) -> list[str]:
        """Copy, or link, recordings to their places; return the paths that were made.

        Raises UsageError, and leaves none of them, if that fails for one.
        """
        made: list[str] = []
        try:
            for one in recordings:
                if not one.is_new:
                    continue
                if is_linked:
                    self._link(one)
                else:
                    self._copy(one)
                made.append(one.path)
                if self._workspace.digest(one.path) != one.sha256:
                    raise UsageError(f"{one.place} changed meanwhile", fix="add it again")
        except BaseException:
            self.take_back(made)
            raise
        return made

    def take_back(self, paths: Iterable[str]) -> None:
        """Remove what was brought."""
        for path in paths:
            with contextlib.suppress(OSError):
                self._workspace.tree.remove(self._resolved(path))

    def _copy(self, one: AddedRecording) -> None:
        data = read_named(one.place, fix=_FIX, limit=MAX_AUDIO_BYTES)
        self._workspace.write(one.path, data)

    def _link(self, one: AddedRecording) -> None:
        place = one.place.resolve()
        try:
            tree = self._workspace.tree
            tree.link(place.name, self._resolved(one.path), Tree(place.parent))
        except OSError as error:
            reason = reason_of(error)
            if error.errno == errno.EXDEV:
                reason = "the project lies on another file system"
            raise UsageError(
                f"{one.place} cannot be linked: {reason}", fix="leave out --link: it is copied then"
            ) from error


def fields_of(
    recording: AddedRecording, folder: str, purpose: Purpose, rights: Rights | None
) -> Fields:
    """Return a reference as a spec in `folder` writes it."""
    fields: dict[str, str | Fields] = {
        "file": posixpath.relpath(recording.path, folder),
        "purpose": purpose.value,
    }
    if (cut := recording.track.cut) is not None:
        fields["from"] = moment(cut.from_ms)
        if cut.to_ms is not None:
            fields["to"] = moment(cut.to_ms)
    return fields if rights is None else fields | {"rights": rights.said()}


def _path_inside(file: Path, root: Path, folder: str) -> str | None:
    """Return the path of a file that lies in the project where specs may name it, else None."""
    try:
        path = file.resolve().relative_to(root).as_posix()
        inside(folder, posixpath.relpath(path, folder))
    except (BadPath, OSError, ValueError):
        return None
    return None if path.partition("/")[0].casefold() in _NOT_OURS else path


def _free(stem: str, is_taken: Callable[[str], bool]) -> str:
    """Return a name that is not taken: as it is, or with the next number."""
    numbered = (f"{stem[:56]}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([stem], numbered) if not is_taken(name))
