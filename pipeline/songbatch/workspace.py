"""The user's files: finds the project, reads specs and references, writes and removes outputs.

Nobody else opens a file of the project outside `.songbatch/`. Every path is relative to the
project and POSIX; none may lead out of it, not through `..` and not through a symbolic link. What
this program writes is not even reached through links that stay inside.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import posixpath
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.digest import sha256 as digest_of
from songbatch.files.encodings import as_source
from songbatch.files.handles import Link, Odd
from songbatch.files.named import current_folder
from songbatch.files.project_files import ProjectFiles
from songbatch.files.tree import TEMPORARY_SUFFIX, Tree
from songbatch.incremental.observed import ObservedFiles
from songbatch.layout import (
    ALBUMS,
    FIXES_NAME,
    MANIFEST_NAME,
    OUTPUTS,
    SELECTS_NAME,
    SETTINGS_NAME,
    STATE_FOLDER,
    manifest_path,
    nearest_project,
)
from songbatch.shell import shell_path
from songbatch.sources import Unreadable
from songbatch.spec_files import all_albums, all_specs, find_specs, looks_like_spec, misplaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import FileIO

    from songbatch.files.tree import Piece
    from songbatch.sources import Source
    from songbatch.spec_files import AskedSpecs, SpecFile

MAX_TEXT_BYTES = 64 * 2**20
MAX_MANIFEST_BYTES = 256 * 2**20
"""A hundred thousand songs take about 200 MB."""
MAX_AUDIO_BYTES = 256 * 2**20
"""Ten minutes of 44.1 kHz stereo float WAV are 212 MB."""

CUT_OFF_AFTER = 3600.0
"""Seconds after which a file that somebody began without the lock will not be finished."""


class Workspace:
    """The project in `root`; `tree` is what lies in it, `state` what this program keeps there."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.tree = Tree(self.root)
        self._files = ProjectFiles(self.tree)
        self.state = self.tree.below(STATE_FOLDER)
        self.observed = ObservedFiles(self.tree)
        self._listed: set[str] = set()

    @classmethod
    def find(cls, project: Path | None) -> Workspace:
        """Return the named project, or the nearest folder upward that has `specs/`."""
        here = None if project is not None and project.is_absolute() else current_folder()
        if project is not None:
            if not (project / "specs").is_dir():
                raise UsageError(
                    f"{project} is not a song project: it has no folder specs/",
                    fix="name another folder with --project, or start one with songbatch init DIR",
                )
            return cls(project)
        folder = nearest_project(str(here))
        if folder is not None:
            return cls(Path(folder))
        raise UsageError(
            f"no song project here: neither {here} nor a folder above it has a folder specs/",
            fix="go to one, name one with --project DIR, or start one with songbatch init DIR",
        )

    def specs(self) -> list[SpecFile]:
        """Return all specs, sorted by name. Raises UsageError for two files of one name."""
        return list(self.asked(()).files)

    def asked(self, wanted: Iterable[str]) -> AskedSpecs:
        """Return what words of a user mean, see `find_specs`. Raises UsageError."""
        self._look_at("specs")
        return find_specs(self.tree, wanted)

    def _look_at(self, folder: str) -> None:
        """Observe a folder of specs when it is listed first: what comes later is news to a run."""
        if folder not in self._listed:
            self._listed.add(folder)
            self.observed.observe(folder)

    def albums(self) -> list[SpecFile]:
        """Return the files of albums, sorted by name. Raises UsageError for two of one name."""
        self._look_at(ALBUMS)
        return all_albums(self.tree)

    def stray_specs(self) -> list[str]:
        """Return the files below `specs/` that look like specs, and are none where they lie."""
        found = []
        for path in misplaced(self.tree, self._look_at):
            with contextlib.suppress(Unreadable):
                if looks_like_spec(self.read(path).text):
                    found.append(path)
        return sorted(found)

    def settings(self) -> Source | None:
        """Return the project's `songbatch.yaml`, or None. Raises Unreadable."""
        return self._if_there(SETTINGS_NAME)

    def selects(self) -> Source | None:
        """Return the project's `specs/selects.yaml`, or None. Raises Unreadable."""
        return self._if_there(SELECTS_NAME)

    def fixes(self) -> Source | None:
        """Return the project's `specs/fixes.json`, or None. Raises Unreadable."""
        return self._if_there(FIXES_NAME)

    def _if_there(self, path: str) -> Source | None:
        if self.tree.is_there(path):
            return self.read(path)
        self.observed.record_absent(path)
        return None

    def read(self, path: str) -> Source:
        """Return a text file of the project. Raises Unreadable."""
        return as_source(path, self.read_data(path))

    def read_data(self, path: str) -> bytes:
        """Return the bytes of a text file, in whatever encoding. Raises Unreadable."""
        return self.read_bytes(path, MAX_TEXT_BYTES)

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder; none if there is no such."""
        try:
            return self.tree.files(self.tree.resolved(folder))
        except OSError:
            return []

    def read_bytes(self, path: str, limit: int = MAX_AUDIO_BYTES) -> bytes:
        """Return the bytes of a file of the project. Raises Unreadable."""
        path = self.found(path)
        try:
            with self._files.open(path, limit) as file:
                status = os.fstat(file.fileno())
                data = self.tree.read_from(file, path, limit)
        except OSError as error:
            self.observed.record_absent(path)
            raise _unreadable(error) from error
        self.observed.record(path, status, hashlib.sha256(data).digest())
        return data

    def open(self, path: str) -> FileIO:
        """Open a file of the project for reading. Raises OSError."""
        return self._files.open(self.found(path), MAX_AUDIO_BYTES)

    def found(self, path: str) -> str:
        """Return the path under which a file lies: its own, or that of one that looks the same."""
        if path.isascii():
            return path
        with contextlib.suppress(OSError):
            actual = self._files.found(path)
            if actual != path:
                # If it comes, it is the one that is meant.
                self.observed.record_absent(path)
            return actual
        return path

    def known(self, path: str) -> str | None:
        """Return the SHA-256 of a file that was read before and has not changed since, or None."""
        path = self.found(path)
        try:
            known = self.observed.digest(path, self._files.status(path))
        except OSError:
            return None
        return known.hex() if known is not None else None

    def manifests(self, engine: str) -> dict[str, bytes]:
        """Return the bytes of every manifest of an engine, by spec. Raises UsageError."""
        self.observed.observe(OUTPUTS)
        manifests = {}
        for spec in self._output_folders():
            self.observed.observe(f"{OUTPUTS}/{spec}")
            path = manifest_path(spec, engine)
            try:
                with self.tree.open(path, MAX_MANIFEST_BYTES) as file:
                    status = os.fstat(file.fileno())
                    data = self.tree.read_from(file, path, MAX_MANIFEST_BYTES)
            except (FileNotFoundError, NotADirectoryError):
                self.observed.record_absent(path)
                continue
            except Odd as error:
                if isinstance(error, Link):
                    raise
                away = f"mv {shell_path(path)} {shell_path(f'{path}-moved')}"
                fix = f"move it away, and the next render writes the manifest again: {away}"
                raise UsageError(str(error), fix=fix) from error
            if self.observed.digest(path, status) is None:
                self.observed.record(path, status, hashlib.sha256(data).digest())
            manifests[spec] = data
        return manifests

    def engine_folders(self) -> set[str]:
        """Return the names of the folders in outputs that hold a manifest."""
        self.observed.observe(OUTPUTS)
        found = set()
        for spec in self._output_folders():
            self.observed.observe(f"{OUTPUTS}/{spec}")
            for name in self.tree.folders(f"{OUTPUTS}/{spec}"):
                if self.tree.is_there(f"{OUTPUTS}/{spec}/{name}/{MANIFEST_NAME}"):
                    found.add(name)
        return found

    @property
    def spec_names(self) -> frozenset[str]:
        """The names of all specs, also of those that cannot be read. Raises UsageError."""
        return frozenset(spec.name for spec in self._all_specs())

    def _all_specs(self) -> list[SpecFile]:
        self._look_at("specs")
        return all_specs(self.tree)

    @property
    def output_folders(self) -> list[str]:
        """The names of the folders in outputs: of specs, also of those that are gone."""
        self.observed.observe(OUTPUTS)
        return self._output_folders()

    def _output_folders(self) -> list[str]:
        """Return the folders in `outputs`, and links to folders that have the name of a spec.

        What those lead to is not read: whoever looks into them is refused.
        """
        kinds = dict(self.tree.entries(OUTPUTS))
        links = {name for name, kind in kinds.items() if kind == stat.S_IFLNK}
        specs = {spec.name for spec in self._all_specs()} if links else set()
        return [n for n, kind in kinds.items() if kind == stat.S_IFDIR or n in links & specs]

    def digest(self, path: str, on_read: Callable[[str], None] = lambda _path: None) -> str | None:
        """Return the SHA-256 of a file, or None if there is no plain file of a song's size.

        `on_read` hears of it if its bytes have to be read.
        """
        path = self.found(path)
        try:
            known = self.observed.digest(path, self._files.status(path))
            if known is not None:
                return known.hex()
            on_read(path)
            with self._files.open(path, MAX_AUDIO_BYTES) as file:
                status = os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").digest()
        except OSError:
            self.observed.record_absent(path)
            return None
        self.observed.record(path, status, digest)
        return digest.hex()

    def write(self, path: str, *pieces: Piece, sha256: str | None = None) -> None:
        """Write an output: whole or not at all. Raises UsageError if it cannot be written.

        `sha256` is that of all pieces, for a caller who knows it already.
        """
        path = self.found(path)
        try:
            target = self._files.target(path)
            self.tree.write(target, *pieces)
        except Odd as error:
            raise UsageError(f"cannot write {path}: {error}", fix=error.fix) from error
        digest = bytes.fromhex(sha256 or digest_of(*pieces))
        self.observed.record_written(path, self.tree.status(target), digest)

    def remove(self, path: str) -> None:
        """Remove an output, and the folders above it that this leaves empty."""
        path = self.found(path)
        self.tree.remove(path)
        self.observed.record_absent(path)
        folder = posixpath.dirname(path)
        while folder.startswith(f"{OUTPUTS}/"):
            try:
                self.tree.remove_folder(folder)
            except OSError:
                return
            folder = posixpath.dirname(folder)

    def files(self, folder: str, suffix: str) -> list[str]:
        """Return the files in a folder of outputs whose names end so, sorted."""
        return [f"{folder}/{name}" for name in self.tree.files(folder) if name.endswith(suffix)]

    def remove_leftovers(self) -> None:
        """Remove what writes left behind that were cut off. For the lock's holder.

        The listening page and selects are written without the lock: of theirs, what is old.
        """
        specs = [f"{OUTPUTS}/{name}" for name in self.tree.folders(OUTPUTS)]
        for folder in (f"{spec}/{name}" for spec in specs for name in self.tree.folders(spec)):
            for path in self._leftovers(folder):
                self.tree.remove(path)
        for folder in (OUTPUTS, self.tree.resolved("specs")):
            for path in self._leftovers(folder):
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - self.tree.status(path).st_mtime > CUT_OFF_AFTER:
                        self.tree.remove(path)

    def _leftovers(self, folder: str) -> list[str]:
        return [p for p in self.files(folder, TEMPORARY_SUFFIX) if p.startswith(f"{folder}/.")]


def _unreadable(error: OSError) -> Unreadable:
    if isinstance(error, Odd):
        return Unreadable(error.reason, fix=error.fix)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        fix = "correct the path, or add the file"
        return Unreadable("there is no such file", fix, is_missing=True)
    return Unreadable(
        f"it cannot be read: {os.strerror(error.errno or 0)}", fix="check its permissions"
    )
