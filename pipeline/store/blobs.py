"""Bytes by their digest: `store/ab/abcdef…`. What is in here is whole and never changes.

An answer goes through three names, so that a crash between any two steps loses nothing that was
received: `incoming/KEY.ATTEMPT.FORMAT.part` while it arrives, the same with `.whole` once all of it
is on the disk, and its place among the blobs after the ledger knows of it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline.diagnostics import BrokenState
from pipeline.files import (
    TEMPORARY_SUFFIX,
    begin,
    flush,
    flush_folder,
    reserve,
    write_atomically,
    write_whole,
)
from pipeline.model import AudioFormat
from pipeline.together import Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO
    from types import TracebackType
    from typing import Self

WHOLE_SUFFIX = ".whole"


class Blob(msgspec.Struct, frozen=True):
    """Bytes of the store: SHA-256 in hexadecimal, size in bytes."""

    sha256: str
    bytes: int


class Incoming:
    """An answer on its way in: a sink that hashes what it is given. Use it as a context.

    Entering it sets room aside, so that no answer is paid for that the disk cannot take; leaving it
    without `finish` throws the bytes away.
    """

    def __init__(self, stem: Path, room: int, flush_names: Callable[[], None]) -> None:
        self._room = room
        self._flush_names = flush_names
        self._part = stem.with_name(stem.name + TEMPORARY_SUFFIX)
        self.path = stem.with_name(stem.name + WHOLE_SUFFIX)
        self._digest = hashlib.sha256()
        self._size = 0
        self._file: FileIO

    def __enter__(self) -> Self:
        self._file = begin(self._part)
        try:
            reserve(self._file, self._room)
        except OSError:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        write_whole(self._file, data)
        self._digest.update(data)
        self._size += len(data)

    def finish(self) -> Blob:
        """Bring the bytes to the disk as a whole file at `path`."""
        self._file.truncate(self._size)
        flush(self._file.fileno())
        self._file.close()
        os.replace(self._part, self.path)
        self._flush_names()
        return Blob(self._digest.hexdigest(), self._size)


class Received(msgspec.Struct, frozen=True):
    """A whole answer that a run brought to the disk but did not get to file."""

    key: str
    attempt: int
    format: AudioFormat
    path: Path


class Blobs:
    """The store below `folder`. Nothing is created before something is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._measures = folder.with_name("measures")
        self._waveforms = folder.with_name("waveforms")
        # Answers come in crowds, and one sync keeps the names of them all.
        self._names: Together[None] = Together(lambda _: flush_folder(self._incoming))

    def path(self, sha256: str) -> Path:
        """Return where the blob with this digest lies or would lie."""
        return self._folder / sha256[:2] / sha256

    def measures_path(self, sha256: str) -> Path:
        """Return where the measures of that blob lie or would lie: beside the store."""
        return self._measures / f"{sha256}.json"

    def waveform_path(self, sha256: str) -> Path:
        """Return where the waveform of that blob lies or would lie: beside the store."""
        return self._waveforms / sha256

    def has(self, sha256: str, size: int | None = None) -> bool:
        """Tell whether the blob is here, of the right size where that is known."""
        try:
            found = os.stat(f"{self._folder}/{sha256[:2]}/{sha256}")
        except OSError:
            return False
        return size is None or found.st_size == size

    def read(self, sha256: str) -> bytes:
        """Return the bytes with this digest. Raises BrokenState if they are gone or damaged."""
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise BrokenState(f"cannot read {sha256[:12]} from the store: {error}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            path = self.path(sha256)
            raise BrokenState(
                f"the stored file {path} is damaged: its digest is not its name",
                fix=f"delete {path} and run again; it will be adopted from outputs or rendered",
            )
        return data

    def keep(self, data: bytes) -> Blob:
        """Keep bytes that came from elsewhere (a download, an adopted output)."""
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
        if not self.has(blob.sha256, blob.bytes):
            write_atomically(self.path(blob.sha256), data)
        return blob

    def receive(self, key: str, attempt: int, audio_format: AudioFormat, room: int) -> Incoming:
        """Open a sink for the answer to one attempt at a render, of about `room` bytes."""
        stem = self._incoming / f"{key}.{attempt}.{audio_format}"
        return Incoming(stem, room, lambda: self._names.hand_in(None))

    def file(self, whole: Path, blob: Blob) -> None:
        """Move a finished answer, which the ledger knows by now, to its place.

        This is not synced: after a power cut it lies at one place or the other, and where it is
        still unfiled, the next run files it.
        """
        target = self.path(blob.sha256)
        try:
            os.replace(whole, target)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(whole, target)

    def unfiled(self) -> list[Received]:
        """Return the whole answers a run that was cut off left behind."""
        found = sorted(self._incoming.glob(f"*{WHOLE_SUFFIX}")) if self._incoming.is_dir() else []
        answers = []
        for path in found:
            key, attempt, audio_format = path.name.removesuffix(WHOLE_SUFFIX).split(".")
            answers.append(Received(key, int(attempt), AudioFormat(audio_format), path))
        return answers

    def measure(self, whole: Path) -> Blob:
        """Return what a whole answer will be called."""
        data = whole.read_bytes()
        return Blob(hashlib.sha256(data).hexdigest(), len(data))

    def partial(self) -> list[Path]:
        """Return leftovers of writes that were cut off, in the store and all beside it.

        The lock's holder may delete them: who writes there without the lock can do without.
        """
        return sorted(
            Path(folder, name)
            for folder, _, names in os.walk(self._folder.parent)
            for name in names
            if name.endswith(TEMPORARY_SUFFIX)
        )

    def __iter__(self) -> Iterator[Blob]:
        """Iterate over everything that is kept, sorted by digest."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            if len(path.name) == 64:
                yield Blob(path.name, path.stat().st_size)

    def drop(self, sha256: str) -> None:
        """Forget a blob, and what was measured and drawn of it."""
        self.waveform_path(sha256).unlink(missing_ok=True)
        self.measures_path(sha256).unlink(missing_ok=True)
        self.path(sha256).unlink(missing_ok=True)
