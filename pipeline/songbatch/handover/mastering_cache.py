"""Masters and files that were made before, so that editing a title redoes little.

Files by what decides them: `KEY` is an audio file of a package without its tags, `KEY.json` what
was measured of it. They may be deleted at any time; the oldest go when there are too many.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.album import LineTimes
from songbatch.diagnostics import BrokenState
from songbatch.files import cache_file
from songbatch.mastering.meter import SoundMeasure
from songbatch.shell import shell_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from songbatch.files.tree import Tree

FOLDER = "mastering"
CACHE_VERSION = 1
MOST_BYTES = 8 * 2**30
MAX_FILE_BYTES = 4 * 2**30
_MAX_RECORD_BYTES = 4 * 2**20
_RECORD = ".json"
_PIECE = 2**20


class CachedFile(msgspec.Struct, frozen=True):
    """An audio file as it was encoded: its digest and size, and how loud it decodes to be."""

    sha256: str
    bytes: int
    lufs: float
    dbtp: float


class MasteringCache:
    """What is kept in `state`; `home` tells its folder from copies, which bring none along."""

    def __init__(self, state: Tree, home: int) -> None:
        self._tree = state
        self._home = home

    def key(self, *parts: object) -> str:
        """Return the name of what these parts decide."""
        text = "\0".join(map(str, (CACHE_VERSION, self._home, *parts)))
        return hashlib.sha256(text.encode()).hexdigest()

    def measure(self, key: str) -> SoundMeasure | None:
        """Return what was measured, or None."""
        found: SoundMeasure | None = self._record(key, SoundMeasure)
        return found

    def words(self, key: str) -> LineTimes | None:
        """Return when words are sung, or None."""
        found: LineTimes | None = self._record(key, LineTimes)
        return found

    def file(self, key: str) -> CachedFile | None:
        """Return what is known of a file that is there in its full size, or None."""
        known: CachedFile | None = self._record(key, CachedFile)
        try:
            is_there = known is not None and self._tree.status(_at(key)).st_size == known.bytes
        except (FileNotFoundError, NotADirectoryError):
            return None
        return known if is_there else None

    def keep(self, key: str, known: object) -> None:
        """Keep what was measured."""
        self._tree.write(_at(key) + _RECORD, msgspec.json.encode(known))

    def write(self, key: str, write: Callable[[BinaryIO], None]) -> tuple[str, int]:
        """Keep a file that `write` writes; return its digest and size."""
        # Not the usual ending: a run that begins meanwhile removes such files.
        part = f"{_at(key)}.{os.urandom(4).hex()}.new"
        try:
            with self._tree.create(part) as file:
                write(file)
            with self._tree.open(part, MAX_FILE_BYTES) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
            self._tree.move(part, _at(key))
        finally:
            self._tree.remove(part)
        return digest, size

    def open(self, key: str) -> Any:
        """Open a file for reading. Raises OSError."""
        return self._tree.open(_at(key), MAX_FILE_BYTES)

    def read(self, key: str, known: CachedFile) -> bytes:
        """Return a file's bytes. Raises BrokenState if they are others than were written."""
        return b"".join(self.pieces(key, known))

    def pieces(self, key: str, known: CachedFile) -> Iterator[bytes]:
        """Yield a file's bytes piece by piece; the last one raises BrokenState as `read` does."""
        digest = hashlib.sha256()
        with self.open(key) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                yield piece
        self._tree.touch(_at(key))
        if digest.hexdigest() != known.sha256:
            path = self._tree.name(_at(key))
            raise BrokenState(f"{path} is damaged", fix=f"rm {shell_path(path)}")

    def shrink(self) -> None:
        """Drop the files that were not used for longest, if all take more room than they may."""
        kept = []
        for name in self._tree.files(FOLDER):
            status = self._tree.status(f"{FOLDER}/{name}")
            kept.append((status.st_mtime_ns, status.st_size, name))
        total = sum(size for _, size, _ in kept)
        for _, size, name in sorted(kept):
            if total <= MOST_BYTES:
                return
            self._tree.remove(f"{FOLDER}/{name}")
            total -= size

    def _record(self, key: str, kind: Any) -> Any:
        data = cache_file.read(self._tree, _at(key) + _RECORD, _MAX_RECORD_BYTES)
        return cache_file.decoded(data, msgspec.json.Decoder(kind).decode, lambda _: True)


def _at(key: str) -> str:
    return f"{FOLDER}/{key}"
