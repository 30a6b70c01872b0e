"""Packages from anywhere, read within bounds: a folder, or a zip of which nothing is unpacked.

A stranger may have made it. No path in it leads out, nothing is followed, and of no file more is
read than its size, which counts only if it is the one that the package records.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.files.tree import Tree
from songbatch.handover.package_record import MAX_BYTES, NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from io import FileIO

ZIP = ".zip"
MOST_FILES = 20_000
MOST_DEEP = 8
_MOST_DIRECTORY_BYTES = 16 * 2**20
_MOST_TIMES_ITSELF = 20
"""Audio hardly gets smaller: what would be larger than this in all is a trap."""
_MANY_BYTES = 64 * 2**20
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_END_BYTES, _MOST_COMMENT = 22, 65535
_LITTER = re.compile(r"(?:^|/)(?:\.DS_Store|Thumbs\.db|desktop\.ini)$|^__MACOSX/")
"""What systems put into folders and zips by themselves."""
READ_FAILED = (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, EOFError)
"""What reading a file of a damaged zip may raise."""


class HeldFile(msgspec.Struct, frozen=True):
    """A file of a package: its path, POSIX, and its size."""

    path: str
    bytes: int


class PackageProblem(msgspec.Struct, frozen=True):
    """Something of a package that is not as it was made."""

    path: str
    problem: str


class PackageSource(Protocol):
    """An opened package."""

    problems: list[PackageProblem]
    files: dict[str, HeldFile]
    """What may be read, by path."""

    def open(self, path: str) -> AbstractContextManager[BinaryIO | FileIO]:
        """Open a file for reading. Raises one of READ_FAILED."""


def is_package(path: Path) -> bool:
    """Return whether a package seems to lie there: a zip, or a folder with a record."""
    tree = Tree(os.path.realpath(path.parent)) if path.suffix.lower() == ZIP else None
    try:
        if tree is not None:
            return path.name in tree.files()
        return Tree(os.path.realpath(path)).is_there(NAME)
    except OSError:
        return False


def open_package(path: Path) -> PackageSource:
    """Return a package. Raises UsageError if it is none, or one that may be a trap."""
    place = Path(os.path.realpath(path))
    if path.suffix.lower() == ZIP:
        return _ZipSource(path, Tree(place.parent).open(place.name))
    return _FolderSource(Tree(place))


def read_small(source: PackageSource, path: str) -> bytes | None:
    """Return the bytes of a record or a list, None if there is none of a bearable size."""
    held = source.files.get(path)
    if held is None or held.bytes > MAX_BYTES:
        return None
    try:
        with source.open(path) as file:
            return file.read(held.bytes)
    except READ_FAILED:
        return None


class _FolderSource:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.problems: list[PackageProblem] = []
        self.files: dict[str, HeldFile] = {}
        for path, is_plain in self._everything("", MOST_DEEP):
            if len(self.files) + len(self.problems) >= MOST_FILES:
                raise UsageError(f"there are more than {MOST_FILES:,} files", fix="name a package")
            if not is_plain:
                self.problems.append(PackageProblem(path, "it is no plain file"))
            else:
                self.files[path] = HeldFile(path, tree.status(path).st_size)

    def _everything(self, folder: str, depth: int) -> Iterator[tuple[str, bool]]:
        for name, kind in self._tree.entries(folder):
            path = f"{folder}/{name}" if folder else name
            if kind == stat.S_IFDIR and depth:
                yield from self._everything(path, depth - 1)
            elif not _LITTER.search(path):
                yield path, kind == stat.S_IFREG

    def open(self, path: str) -> FileIO:
        return self._tree.open(path)


class _ZipSource:
    def __init__(self, path: Path, file: FileIO) -> None:
        self.problems: list[PackageProblem] = []
        self.files: dict[str, HeldFile] = {}
        self._infos: dict[str, zipfile.ZipInfo] = {}
        size = os.fstat(file.fileno()).st_size
        broken = UsageError(
            f"{path} is no zip that can be read", fix="get it again: its end may be missing"
        )
        if not 0 <= _directory_bytes(file, size) <= _MOST_DIRECTORY_BYTES:
            raise broken
        try:
            self._archive = zipfile.ZipFile(file)
        except (*READ_FAILED, ValueError) as error:
            raise broken from error
        infos = self._archive.infolist()
        total = sum(info.file_size for info in infos)
        if len(infos) > MOST_FILES or total > _MOST_TIMES_ITSELF * size + _MANY_BYTES:
            raise UsageError(
                f"{path} would unpack to {total:,} bytes in {len(infos):,} files",
                fix="it is no package: do not unpack it",
            )
        folded: set[str] = set()
        for info in infos:
            self._note(info, folded)

    def _note(self, info: zipfile.ZipInfo, folded: set[str]) -> None:
        name = info.orig_filename
        if name.endswith("/") or _LITTER.search(name):
            return
        wrong = _wrong_path(name) or _wrong_kind(info)
        if not wrong and name.casefold() in folded:
            wrong = "it is in the zip twice"
        if wrong:
            self.problems.append(PackageProblem(name, wrong))
            self.files.pop(name, None)
            return
        folded.add(name.casefold())
        self._infos[name] = info
        self.files[name] = HeldFile(name, info.file_size)

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        return self._archive.open(self._infos[path])  # type: ignore[return-value]


def _wrong_path(name: str) -> str:
    parts = name.split("/")
    if {"", ".", ".."} & set(parts) or "\\" in name or ":" in parts[0]:
        return "its name leads out of the package"
    return "" if name.isprintable() else "its name has an invisible character"


def _wrong_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return "it is no plain file"
    return "it is encrypted" if info.flag_bits & 1 else ""


def _directory_bytes(file: FileIO, size: int) -> int:
    """Return how large the list of a zip's files says that it is; -1 for no zip."""
    start = max(0, size - _END_BYTES - _MOST_COMMENT)
    file.seek(start)
    tail = file.read(_END_BYTES + _MOST_COMMENT) or b""
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        return -1
    (length,) = struct.unpack_from("<I", tail, at + 12)
    locator = tail[at - 20 : at] if at >= 20 else b""
    if locator[:4] == _LOCATOR_64:
        (place,) = struct.unpack_from("<Q", locator, 8)
        if place > size:
            return -1
        file.seek(place)
        end = file.read(56) or b""
        if len(end) < 56 or end[:4] != _END_64:
            return -1
        (length,) = struct.unpack_from("<Q", end, 40)
    return int(length)
