"""The user's files: finds the project, reads specs and references, writes and removes outputs.

Nobody else opens a file of the project outside `.songbatch/`. Every path is relative to the
project and POSIX; none may lead out of it, not through `..` and not through a symbolic link.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from pipeline.diagnostics import UsageError, did_you_mean
from pipeline.digest import sha256 as digest_of
from pipeline.files import TEMPORARY_SUFFIX, write_atomically
from pipeline.index import STATE_FOLDER
from pipeline.quick import nearest_project
from pipeline.sightings import Sightings
from pipeline.spec import Unreadable, as_source, wrong_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.diagnostics import Source
    from pipeline.files import Piece

MANIFEST_NAME = "manifest.json"
SETTINGS_NAME = "songbatch.yaml"
SELECTS_NAME = "specs/selects.yaml"
_SPEC_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
MAX_TEXT_BYTES = 64 * 2**20
MAX_AUDIO_BYTES = 256 * 2**20
"""Ten minutes of 44.1 kHz stereo float WAV are 212 MB."""

CUT_OFF_AFTER = 3600.0
"""Seconds after which a file that somebody began without the lock will not be finished."""


class SpecFile(msgspec.Struct, frozen=True):
    """A spec of the project: its name, and its path for people and for `Workspace.read`."""

    name: str
    path: str


class Workspace:
    """The project whose folder is `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.sightings = Sightings(self.root)
        self._folders: dict[str, str] = {}

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

    @property
    def state(self) -> Path:
        """The folder for what the tool keeps; not made before something is kept.

        Raises UsageError for a link that leads out of the project: it may be a stranger's.
        """
        try:
            return Path(self._inside(STATE_FOLDER))
        except Unreadable as error:
            message = f"{STATE_FOLDER} cannot be used: {error.reason}"
            raise UsageError(message, fix=error.fix) from error

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
        for path in sorted((self.root / "specs").iterdir()):
            if path.suffix not in {".yaml", ".yml"} or path.name.startswith("."):
                continue
            if f"specs/{path.name}" == SELECTS_NAME:
                continue
            spec = SpecFile(path.stem, f"specs/{path.name}")
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
            if Path(wanted).resolve() == (self.root / spec.path).resolve():
                return spec.name
        near = did_you_mean(PurePosixPath(wanted).stem, there)
        have = f"this project has {', '.join(sorted(there))}" if there else "specs/ is empty"
        raise UsageError(f"there is no spec {wanted!r}", fix=near or have)

    def settings(self) -> Source | None:
        """Return the project's `songbatch.yaml`, or None. Raises pipeline.spec.Unreadable."""
        return self._if_there(SETTINGS_NAME)

    def selects(self) -> Source | None:
        """Return the project's `specs/selects.yaml`, or None. Raises pipeline.spec.Unreadable."""
        return self._if_there(SELECTS_NAME)

    def _if_there(self, path: str) -> Source | None:
        if os.path.lexists(self.root / path):
            return self.read(path)
        self.sightings.missed(path)
        return None

    def read(self, path: str) -> Source:
        """Return a text file of the project. Raises pipeline.spec.Unreadable."""
        return as_source(path, self.read_bytes(path, MAX_TEXT_BYTES))

    def read_bytes(self, path: str, limit: int = MAX_AUDIO_BYTES) -> bytes:
        """Return the bytes of a file of the project. Raises pipeline.spec.Unreadable."""
        try:
            # A FIFO would block on open; whatever is not a plain file is refused after it.
            descriptor = os.open(self._inside(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            self.sightings.missed(path)
            raise _unreadable(error) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file"
            raise Unreadable(f"it is {what}", fix="name a file")
        with os.fdopen(descriptor, "rb") as file:
            if status.st_size > limit:
                raise Unreadable(
                    f"it has {status.st_size} bytes; at most {limit} are read",
                    fix="use a smaller file",
                )
            try:
                data = file.read()
            except OSError as error:
                raise _unreadable(error) from error
        self.sightings.saw(path, status, hashlib.sha256(data).digest())
        return data

    def known(self, path: str) -> str | None:
        """Return the SHA-256 of a file that was read before and has not changed since, or None."""
        try:
            _, known = self._known(path)
        except (OSError, Unreadable):
            return None
        return known.hex() if known is not None else None

    def manifests(self, engine: str) -> dict[str, bytes]:
        """Return the bytes of every manifest of an engine, by spec."""
        self.sightings.look("outputs")
        manifests = {}
        for folder in sorted(self.root.glob("outputs/*/")):
            self.sightings.look(f"outputs/{folder.name}")
            path = folder / engine / MANIFEST_NAME
            name = f"outputs/{folder.name}/{engine}/{MANIFEST_NAME}"
            if path.exists():
                status, data = path.stat(), path.read_bytes()
                if self.sightings.digest(name, status) is None:
                    self.sightings.saw(name, status, hashlib.sha256(data).digest())
                manifests[folder.name] = data
            else:
                self.sightings.missed(name)
        return manifests

    def digest(self, path: str, on_read: Callable[[str], None] = lambda _path: None) -> str | None:
        """Return the SHA-256 of an output, or None where there is no such file.

        `on_read` hears of it if its bytes have to be read.
        """
        try:
            target, known = self._known(path)
            if known is not None:
                return known.hex()
            on_read(path)
            with open(target, "rb") as file:
                status = os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").digest()
        except (OSError, Unreadable):
            self.sightings.missed(path)
            return None
        self.sightings.saw(path, status, digest)
        return digest.hex()

    def _known(self, path: str) -> tuple[str, bytes | None]:
        """Return where a file lies, and its digest if it need not be read again."""
        target = self._place(path)
        status = os.lstat(target)
        if stat.S_ISLNK(status.st_mode):
            target = self._checked(path)
            status = os.stat(target)
        return target, self.sightings.digest(path, status)

    def write(self, path: str, *pieces: Piece, sha256: str | None = None) -> None:
        """Write an output: whole or not at all. Raises UsageError where it cannot be written.

        `sha256` is that of all pieces, for a caller who knows it already.
        """
        try:
            target = Path(self._inside(path))
            write_atomically(target, *pieces)
        except Unreadable as error:
            raise UsageError(f"cannot write {path}: {error.reason}", fix=error.fix) from error
        digest = bytes.fromhex(sha256 or digest_of(*pieces))
        self.sightings.wrote(path, target.stat(), digest)

    def remove(self, path: str) -> None:
        """Remove an output, and the folders above it that this leaves empty."""
        target = Path(self._inside(path))
        target.unlink(missing_ok=True)
        self.sightings.missed(path)
        for folder in target.parents:
            if folder == self.root / "outputs" or not folder.is_relative_to(self.root / "outputs"):
                return
            try:
                folder.rmdir()
            except OSError:
                return

    def files(self, folder: str, suffix: str) -> list[str]:
        """Return the files in a folder of outputs whose names end so, sorted."""
        found = sorted((self.root / folder).glob(f"*{suffix}"))
        return [path.relative_to(self.root).as_posix() for path in found]

    def remove_leftovers(self) -> None:
        """Remove what writes left behind that were cut off. For the lock's holder.

        The listening page and selects are written without the lock: of theirs, what is old.
        """
        for path in self.root.glob(f"outputs/*/*/.*{TEMPORARY_SUFFIX}"):
            path.unlink(missing_ok=True)
        for folder in ("outputs", "specs"):
            for path in self.root.glob(f"{folder}/.*{TEMPORARY_SUFFIX}"):
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > CUT_OFF_AFTER:
                        path.unlink()

    def _inside(self, path: str) -> str:
        """Return where a file lies, which is in the project even if links lead to it."""
        target = self._place(path)
        return self._checked(path) if os.path.islink(target) else target

    def _place(self, path: str) -> str:
        """Return where a file lies, which is in the project unless it is itself a link."""
        folder, _, name = path.rpartition("/")
        if name in {"", ".."}:
            return self._checked(path)
        if folder not in self._folders:
            self._folders[folder] = self._checked(folder)
        return f"{self._folders[folder]}/{name}"

    def _checked(self, path: str) -> str:
        target = self.root / PurePosixPath(path)
        try:
            leads_to = target.resolve()
        except (OSError, RuntimeError) as error:
            raise Unreadable("it is a loop of links", fix="replace the link by the file") from error
        if not leads_to.is_relative_to(self.root):
            raise Unreadable(
                "it leads out of the project", fix="keep what a project uses inside its folder"
            )
        return str(target)


def _unreadable(error: OSError) -> Unreadable:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return Unreadable("there is no such file", fix="correct the path, or add the file")
    if error.errno == errno.EISDIR:
        return Unreadable("it is a folder", fix="name a file")
    return Unreadable(
        f"it cannot be read: {os.strerror(error.errno or 0)}", fix="check its permissions"
    )
