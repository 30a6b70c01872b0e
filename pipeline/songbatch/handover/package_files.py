"""Packages on the disk: a folder or a zip, written whole or not at all, own ones replaced.

A zip is the same for equal contents: names in order, one time, one set of permissions, nothing
compressed (audio hardly can be, and compressors differ).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import time
import zipfile
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from songbatch.diagnostics import UsageError
from songbatch.files.handles import Odd
from songbatch.files.named import make_folder
from songbatch.files.syncing import sync
from songbatch.files.tree import Tree
from songbatch.formatting import enumerated
from songbatch.handover.checksums import NAME as SUMS
from songbatch.handover.package_record import MAX_BYTES, NAME, NotAPackage, read_record
from songbatch.layout import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from io import FileIO

ZIP = ".zip"
_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""
_MODE = 0o100644
_UNIX = 3
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What systems put into folders that somebody looked at."""
_DEPTH = 3
_SHOWN = 3
_BUFFER = 2**18
_LARGE = 2**31 - 1
_ELSEWHERE = "write elsewhere with -o"
_LONGEST_NAME = 200
"""Bytes. File systems take 255, and while it is written a package has a longer one."""
_LEFT_SECONDS = 600
"""What nothing was written into for so long was left by a command that was killed."""


class PackageSink(Protocol):
    """Takes the files of a package."""

    def add(self, path: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Take a file; return its SHA-256 and its size."""


def is_zip(target: Path) -> bool:
    """Return whether a package of this name is a zip."""
    return target.suffix.lower() == ZIP


def write_package(target: Path, fill: Callable[[PackageSink], object]) -> None:
    """Write a package, in place of one of the same name. Raises UsageError, OSError.

    Nothing else is replaced: `demand_own` says what may be.
    """
    target = Path(os.path.realpath(target))
    demand_own(target)
    make_folder(target.parent)
    folder = Tree(target.parent)
    _tidy_up(target)
    part = f".{target.name}.{os.urandom(4).hex()}.part"
    try:
        if is_zip(target):
            with folder.create(part) as file:
                _write_zip(file, fill)
            folder.move(part, target.name)
            folder.flush()
        else:
            folder.make(part)
            fill(_FolderSink(folder, part))
            _replace_folder(target, part)
    except BaseException:
        _remove(target.parent, part)
        raise


def demand_own(target: Path) -> None:
    """Raise UsageError unless nothing lies there, an empty folder, or a package of ours alone."""
    target = Path(os.path.realpath(target))
    _demand_place(target)
    folder = Tree(target.parent)
    fix = _ELSEWHERE
    if not folder.is_there(target.name):
        return
    if is_zip(target):
        if not _is_own_zip(folder, target.name):
            raise UsageError(f"{target} is there, and is no package of songbatch", fix=fix)
        return
    try:
        strange = _strange_files(folder.below(target.name))
    except Odd as error:
        raise UsageError(f"{target} cannot be replaced: {error.reason}", fix=fix) from error
    if strange:
        shown = enumerated([*strange[:_SHOWN], *(["more"] if len(strange) > _SHOWN else [])])
        raise UsageError(f"{target} has files that are not of a package: {shown}", fix=fix)


def _demand_place(target: Path) -> None:
    """Raise UsageError for a place that no package can have, or that belongs to a program."""
    for above in target.parents:
        with contextlib.suppress(OSError):
            if stat.S_ISDIR(Tree(above.parent).status(above.name).st_mode):
                break
            raise UsageError(f"{above} is a file, and {target} would lie in it", fix=_ELSEWHERE)
    if not target.name or len(os.fsencode(target.name)) > _LONGEST_NAME:
        raise UsageError(f"no package can be called {target.name or target}", fix=_ELSEWHERE)
    if taken := {STATE_FOLDER, ".git"}.intersection(target.parts):
        raise UsageError(f"{taken.pop()} is not a place for packages", fix=_ELSEWHERE)


def _strange_files(tree: Tree) -> list[str]:
    """Return the files of a folder that no package of ours there has."""
    own = _own_files(tree)
    return [path for path in _everything(tree, "") if path not in own]


def _everything(tree: Tree, folder: str, depth: int = _DEPTH) -> Iterator[str]:
    """Yield all that lies in a folder and is no folder, and folders that are too deep."""
    for name, kind in tree.entries(folder):
        path = f"{folder}/{name}" if folder else name
        if kind == stat.S_IFDIR and depth:
            yield from _everything(tree, path, depth - 1)
        elif not (kind == stat.S_IFREG and name in _LITTER):
            yield path


def _own_files(tree: Tree) -> frozenset[str]:
    try:
        record = read_record(tree.read(NAME, MAX_BYTES))
    except (OSError, NotAPackage):
        return frozenset()
    return frozenset({*(file.path for file in record.files), NAME, SUMS})


def _is_own_zip(folder: Tree, name: str) -> bool:
    try:
        with folder.open(name) as file, zipfile.ZipFile(file) as archive:
            info = archive.getinfo(NAME)
            return info.file_size <= MAX_BYTES and bool(read_record(archive.read(info)))
    except (OSError, KeyError, NotAPackage, RuntimeError, zipfile.BadZipFile, ValueError):
        return False


def _write_zip(file: FileIO, fill: Callable[[PackageSink], object]) -> None:
    with BufferedWriter(file, _BUFFER) as buffered:
        with zipfile.ZipFile(buffered, "w", zipfile.ZIP_STORED) as archive:
            fill(_ZipSink(archive))
        buffered.flush()
        sync(file.fileno())


class _ZipSink:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, path: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        info = zipfile.ZipInfo(path, _TIME)
        info.create_system = _UNIX
        info.external_attr = _MODE << 16
        with self._archive.open(info, "w", force_zip64=True) as file:
            return _copy(pieces, file.write)


class _FolderSink:
    def __init__(self, tree: Tree, folder: str) -> None:
        self._tree, self._folder = tree, folder

    def add(self, path: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        with self._tree.create(f"{self._folder}/{path}") as file:
            with BufferedWriter(file, _BUFFER) as buffered:
                copied = _copy(pieces, buffered.write)
                buffered.flush()
                sync(file.fileno())
            return copied


def _copy(pieces: Iterable[bytes], write: Callable[[bytes], object]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        write(piece)
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _replace_folder(target: Path, part: str) -> None:
    folder = Tree(target.parent)
    old = f"{part}.old"
    if folder.is_there(target.name):
        demand_own(target)
        folder.move(target.name, old)
        try:
            Tree(target.parent).move(part, target.name)
        except OSError:
            Tree(target.parent).move(old, target.name)
            raise
        _remove(target.parent, old)
    else:
        folder.move(part, target.name)
    Tree(target.parent).flush()


def _tidy_up(target: Path) -> None:
    """Remove what killed commands left of packages of this name; one that works now goes on.

    A former package whose place is empty is put back there.
    """
    folder = Tree(target.parent)
    own = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.part(\.old)?")
    for name, kind in folder.entries():
        found = own.fullmatch(name)
        if found is None or kind not in {stat.S_IFDIR, stat.S_IFREG}:
            continue
        with contextlib.suppress(OSError):
            if found[1] and not folder.is_there(target.name):
                folder.move(name, target.name)
            elif time.time() - _last_written(folder, name) > _LEFT_SECONDS:
                _remove(target.parent, name)


def _last_written(folder: Tree, name: str) -> float:
    """Return when anything in a file or folder was written last, in seconds."""
    paths = [name, *folder.walk(name, _DEPTH)] if name not in folder.files() else [name]
    return max(folder.status(path).st_mtime for path in paths)


def _remove(parent: Path, name: str) -> None:
    """Remove a file, or a folder that we made with all that is in it, if it is there."""
    folder = Tree(parent)
    if not folder.is_there(name):
        return
    if name in folder.files():
        folder.remove(name)
        return
    for path in folder.walk(name, _DEPTH):
        folder.remove(path)
    for inner in _folders(folder, name):
        folder.remove_folder(inner)


def _folders(tree: Tree, name: str) -> Iterator[str]:
    """Yield a folder and those in it, the deepest first."""
    for inner in tree.folders(name):
        yield from _folders(tree, f"{name}/{inner}")
    yield name
