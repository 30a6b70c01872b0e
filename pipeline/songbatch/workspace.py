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
import re
import stat
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.digest import sha256 as digest_of
from songbatch.files.handles import Link, Odd
from songbatch.files.tree import TEMPORARY_SUFFIX, Tree
from songbatch.incremental.fast_path import nearest_project
from songbatch.incremental.file_index import STATE_FOLDER
from songbatch.incremental.observed import Sightings
from songbatch.sources import Unreadable, as_source
from songbatch.spec.output_names import wrong_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import FileIO

    from songbatch.files.tree import Piece
    from songbatch.sources import Source

OUTPUTS = "outputs"
MANIFEST_NAME = "manifest.json"
SETTINGS_NAME = "songbatch.yaml"
SELECTS_NAME = "specs/selects.yaml"
_SPEC_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
MAX_TEXT_BYTES = 64 * 2**20
MAX_MANIFEST_BYTES = 256 * 2**20
"""A hundred thousand songs take about 200 MB."""
MAX_AUDIO_BYTES = 256 * 2**20
"""Ten minutes of 44.1 kHz stereo float WAV are 212 MB."""

_OURS = (f"{OUTPUTS}/", f"{STATE_FOLDER}/")
"""Folders in which this program writes."""

CUT_OFF_AFTER = 3600.0
"""Seconds after which a file that somebody began without the lock will not be finished."""


class SpecFile(msgspec.Struct, frozen=True):
    """A spec of the project: its name, and its path for people and for `Workspace.read`."""

    name: str
    path: str


class Workspace:
    """The project in `root`; `tree` is what lies in it, `state` what this program keeps there."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.tree = Tree(self.root)
        self.state = self.tree.below(STATE_FOLDER)
        self.sightings = Sightings(self.tree)

    @classmethod
    def find(cls, project: Path | None) -> Workspace:
        """Return the named project, or the nearest folder upward that has `specs/`."""
        if project is not None:
            if not (project / "specs").is_dir():
                raise UsageError(
                    f"{project} is not a song project: it has no folder specs/",
                    fix="name another folder with --project, or start one with songbatch init DIR",
                )
            return cls(project)
        here = Path.cwd()
        found = nearest_project(str(here))
        if found is not None:
            return cls(Path(found))
        raise UsageError(
            f"no song project here: neither {here} nor a folder above it has a folder specs/",
            fix="go to one, name one with --project DIR, or start one with songbatch init DIR",
        )

    def specs(self, wanted: Iterable[str] = ()) -> list[SpecFile]:
        """Return the wanted specs, given by name or path, or all of them, sorted by name.

        Raises UsageError for one that is not there, and for two files of one name.
        """
        there = self._all_specs()
        wanted = list(wanted)
        if not there and not wanted:
            raise UsageError(
                f"{self.root / 'specs'} holds no spec",
                fix="write specs/NAME.yaml; songbatch init DIR makes an example to start from",
            )
        names = sorted(there) if not wanted else sorted({self._name(w, there) for w in wanted})
        return [there[name] for name in names]

    def _all_specs(self) -> dict[str, SpecFile]:
        found: dict[str, SpecFile] = {}
        self.sightings.look("specs")
        for name, _ in self.tree.entries(self.tree.resolved("specs")):
            stem, suffix = posixpath.splitext(name)
            if suffix not in {".yaml", ".yml"} or name.startswith("."):
                continue
            if f"specs/{name}" == SELECTS_NAME:
                continue
            spec = SpecFile(stem, f"specs/{name}")
            why = wrong_name(spec.name)
            if why or not _SPEC_NAME.fullmatch(spec.name):
                raise UsageError(
                    f"the spec file {spec.path!r} cannot give its outputs a folder"
                    + (f": {why}" if why else ""),
                    fix="rename it: letters, digits, dot, underscore and hyphen, "
                    "at most 64 of them, not a dot first or last",
                )
            # Its name becomes a folder, and some file systems do not tell Ann from ann.
            if spec.name.casefold() in found:
                raise UsageError(
                    f"{found[spec.name.casefold()].path} and {spec.path} have one name",
                    fix="rename one of them",
                )
            found[spec.name.casefold()] = spec
        return {spec.name: spec for spec in found.values()}

    def _name(self, wanted: str, there: dict[str, SpecFile]) -> str:
        if wanted in there:
            return wanted
        for spec in there.values():
            if os.path.realpath(wanted) == os.path.realpath(self.root / spec.path):
                return spec.name
        near = did_you_mean(PurePosixPath(wanted).stem, there)
        have = f"this project has {', '.join(sorted(there))}" if there else "specs/ is empty"
        raise UsageError(f"there is no spec {wanted!r}", fix=near or have)

    def settings(self) -> Source | None:
        """Return the project's `songbatch.yaml`, or None. Raises Unreadable."""
        return self._if_there(SETTINGS_NAME)

    def selects(self) -> Source | None:
        """Return the project's `specs/selects.yaml`, or None. Raises Unreadable."""
        return self._if_there(SELECTS_NAME)

    def _if_there(self, path: str) -> Source | None:
        if self.tree.is_there(path):
            return self.read(path)
        self.sightings.missed(path)
        return None

    def read(self, path: str) -> Source:
        """Return a text file of the project. Raises Unreadable."""
        return as_source(path, self.read_bytes(path, MAX_TEXT_BYTES))

    def read_bytes(self, path: str, limit: int = MAX_AUDIO_BYTES) -> bytes:
        """Return the bytes of a file of the project. Raises Unreadable."""
        try:
            with self._open(path, limit) as file:
                status = os.fstat(file.fileno())
                data = self.tree.read_from(file, path, limit)
        except OSError as error:
            self.sightings.missed(path)
            raise _unreadable(error) from error
        self.sightings.saw(path, status, hashlib.sha256(data).digest())
        return data

    def open(self, path: str) -> FileIO:
        """Open a file of the project for reading. Raises OSError."""
        return self._open(path, MAX_AUDIO_BYTES)

    def known(self, path: str) -> str | None:
        """Return the SHA-256 of a file that was read before and has not changed since, or None."""
        try:
            known = self.sightings.digest(path, self._status(path))
        except OSError:
            return None
        return known.hex() if known is not None else None

    def manifests(self, engine: str) -> dict[str, bytes]:
        """Return the bytes of every manifest of an engine, by spec. Raises UsageError."""
        self.sightings.look(OUTPUTS)
        manifests = {}
        for spec in self._output_folders():
            self.sightings.look(f"{OUTPUTS}/{spec}")
            path = f"{OUTPUTS}/{spec}/{engine}/{MANIFEST_NAME}"
            try:
                with self.tree.open(path, MAX_MANIFEST_BYTES) as file:
                    status = os.fstat(file.fileno())
                    data = self.tree.read_from(file, path, MAX_MANIFEST_BYTES)
            except (FileNotFoundError, NotADirectoryError):
                self.sightings.missed(path)
                continue
            if self.sightings.digest(path, status) is None:
                self.sightings.saw(path, status, hashlib.sha256(data).digest())
            manifests[spec] = data
        return manifests

    def _output_folders(self) -> list[str]:
        """Return the folders in `outputs`, and links to folders that have the name of a spec.

        What those lead to is not read: whoever looks into them is refused.
        """
        kinds = dict(self.tree.entries(OUTPUTS))
        links = {name for name, kind in kinds.items() if kind == stat.S_IFLNK}
        specs = {spec.name for spec in self._all_specs().values()} if links else set()
        return [n for n, kind in kinds.items() if kind == stat.S_IFDIR or n in links & specs]

    def digest(self, path: str, on_read: Callable[[str], None] = lambda _path: None) -> str | None:
        """Return the SHA-256 of a file, or None where there is no plain file of a song's size.

        `on_read` hears of it if its bytes have to be read.
        """
        try:
            known = self.sightings.digest(path, self._status(path))
            if known is not None:
                return known.hex()
            on_read(path)
            with self._open(path, MAX_AUDIO_BYTES) as file:
                status = os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").digest()
        except OSError:
            self.sightings.missed(path)
            return None
        self.sightings.saw(path, status, digest)
        return digest.hex()

    def write(self, path: str, *pieces: Piece, sha256: str | None = None) -> None:
        """Write an output: whole or not at all. Raises UsageError where it cannot be written.

        `sha256` is that of all pieces, for a caller who knows it already.
        """
        try:
            target = self._target(path)
            self.tree.write(target, *pieces)
        except Odd as error:
            raise UsageError(f"cannot write {path}: {error}", fix=error.fix) from error
        digest = bytes.fromhex(sha256 or digest_of(*pieces))
        self.sightings.wrote(path, self.tree.status(target), digest)

    def remove(self, path: str) -> None:
        """Remove an output, and the folders above it that this leaves empty."""
        self.tree.remove(path)
        self.sightings.missed(path)
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

    def _target(self, path: str) -> str:
        """Return where a file is to be written: the user's folders may be links in the project."""
        if path.startswith(_OURS):
            return path
        folder, _, name = path.rpartition("/")
        return "/".join(filter(None, (self.tree.resolved(folder), name)))

    def _open(self, path: str, limit: int) -> FileIO:
        """Open a plain file; what its author wrote may be reached through links in the project."""
        try:
            return self.tree.open(_demand_readable(path), limit)
        except Link:
            if path.startswith(_OURS):
                raise
            return self.tree.open(_demand_the_users(self.tree.resolved(path)), limit)

    def _status(self, path: str) -> os.stat_result:
        """Return the status of what `_open` would open."""
        try:
            status = self.tree.status(_demand_readable(path))
            if not stat.S_ISLNK(status.st_mode):
                return status
        except Link:
            pass
        if path.startswith(_OURS):
            raise Link(path)
        return self.tree.status(_demand_the_users(self.tree.resolved(path)))


_GITS = {".git", "git~1"}
"""The second is the first on an old file system of Windows."""


def _demand_readable(path: str) -> str:
    """Return a path of the project. Raises Odd for git's own files: they may hold passwords."""
    if not _GITS.isdisjoint(path.casefold().split("/")):
        raise Odd(path, "it is one of git's own files", "copy what you need beside the specs")
    return path


def _demand_the_users(path: str) -> str:
    """Return where a link of the user's leads. Raises Odd for what git and this program keep."""
    if path.partition("/")[0].casefold() == STATE_FOLDER:
        raise Odd(path, "it is one of songbatch's own files", "copy what you need beside the specs")
    return _demand_readable(path)


def _unreadable(error: OSError) -> Unreadable:
    if isinstance(error, Odd):
        return Unreadable(error.reason, fix=error.fix)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return Unreadable("there is no such file", fix="correct the path, or add the file")
    return Unreadable(
        f"it cannot be read: {os.strerror(error.errno or 0)}", fix="check its permissions"
    )
