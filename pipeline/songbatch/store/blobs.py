"""Bytes by their digest: `store/ab/abcdef…`. What is in here is whole and never changes.

An answer goes through three names, so that a crash between any two steps loses nothing that was
received: `incoming/KEY.ATTEMPT.FORMAT.part` while it arrives, the same with `.whole` once all of it
is on the disk, and its place among the blobs after the ledger knows of it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import BrokenState
from songbatch.files import cache_file
from songbatch.files.named import reserve, write_whole
from songbatch.files.syncing import sync
from songbatch.files.tree import TEMPORARY_SUFFIX
from songbatch.model import AudioFormat, AudioSetting
from songbatch.store.encodings import OwnEncodings
from songbatch.store.group_commit import GroupCommit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO
    from types import TracebackType
    from typing import Self

    from songbatch.files.tree import Tree
    from songbatch.records import ServiceFacts

STORE = "store"
INCOMING = f"{STORE}/incoming"
MEASURES, WAVEFORMS = "measures", "waveforms"
WHOLE_SUFFIX = ".whole"
MAX_BLOB_BYTES = 256 * 2**20
"""What is read: longer than any song, and as long as a reference may be."""
MAX_KNOWN_BYTES = 2**16
"""Of what was measured or drawn of a blob."""

_WHOLE = re.compile(rf"([0-9a-f]{{64}})\.([1-9][0-9]{{0,8}})\.({'|'.join(AudioFormat)})\.whole")
_DIGEST = re.compile("[0-9a-f]{64}")


class Blob(msgspec.Struct, frozen=True):
    """Bytes of the store: SHA-256 in hexadecimal, size in bytes."""

    sha256: str
    bytes: int


class Incoming:
    """An answer on its way in: a sink that hashes what it is given. Use it as a context.

    Entering it sets room aside, so that no answer is paid for that the disk cannot take; leaving it
    without `finish` throws the bytes away.
    """

    def __init__(self, tree: Tree, stem: str, room: int, flush_names: Callable[[], None]) -> None:
        self.tree = self._tree = tree
        self._room = room
        self._flush_names = flush_names
        self.part = stem + TEMPORARY_SUFFIX
        """The file in which room is set aside, in `tree`."""
        self.path = stem + WHOLE_SUFFIX
        self._digest = hashlib.sha256()
        self._size = 0
        self._adopted: tuple[str, Blob] | None = None
        self._file: FileIO

    def __enter__(self) -> Self:
        self._file = self._tree.create(self.part)
        try:
            reserve(self._file, self._room, self._tree.place(INCOMING))
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
        self._tree.remove(self.part)

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        write_whole(self._file, data)
        self._digest.update(data)
        self._size += len(data)

    def adopt(self, path: str, blob: Blob) -> None:
        """Take the file that another process has written beside `part`, and synced, for all of it.

        Raises OSError if it is not there with as many bytes.
        """
        is_beside = path.startswith(self.part.removesuffix(TEMPORARY_SUFFIX))
        if not is_beside or self._tree.status(path).st_size != blob.bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        self._adopted = path, blob

    def finish(self) -> Blob:
        """Bring the bytes to the disk as a whole file at `path`."""
        if self._adopted is not None:
            written, blob = self._adopted
            self._file.close()
            self._tree.move(written, self.path)
            self._flush_names()
            return blob
        self._file.truncate(self._size)
        sync(self._file.fileno())
        self._file.close()
        self._tree.move(self.part, self.path)
        self._flush_names()
        return Blob(self._digest.hexdigest(), self._size)


class Received(msgspec.Struct, frozen=True):
    """A whole answer on the disk that is not filed yet; `path` is its place in the store's tree.

    `audio` is what was asked for. `trace_id`, `cost_usd` and `remarks` came with it from the
    engine: nothing is known of an answer that a run was cut off with.
    """

    key: str
    attempt: int
    audio: AudioSetting
    path: str
    blob: Blob
    trace_id: str | None = None
    cost_usd: float | None = None
    remarks: tuple[str, ...] = ()
    facts: ServiceFacts | None = None
    """None where the engine delivers what was asked for, and says no more of it."""
    song_sha256: str | None = None
    """What the song is on every machine; None where the engine does not say."""

    @property
    def is_master(self) -> bool:
        """Whether only its container was asked for."""
        return self.facts is not None


class Blobs:
    """The store in `state`, the tree of what is kept. Nothing is made before something is kept.

    Of audio that manifests record as another machine's encoder wrote it, it has what this machine's
    own wrote, and gives that (`own_encodings`).
    """

    def __init__(self, state: Tree) -> None:
        self._tree = state
        self.own_encodings = OwnEncodings(state)
        # Answers come in crowds, and one sync keeps the names of them all.
        self._names: GroupCommit[None] = GroupCommit(lambda _: state.flush(INCOMING))

    def name(self, sha256: str) -> str:
        """Return where the blob with this digest lies or would lie, relative to the project."""
        return self._tree.name(_place(self._kept_as(sha256)))

    def has(self, sha256: str, size: int | None = None) -> bool:
        """Return whether the blob is here, of the right size if that is known."""
        return self._has(sha256, size) or self._own(sha256) is not None

    def _kept_as(self, sha256: str) -> str:
        """Return the name under which a blob is here, or its own if it is not."""
        return sha256 if self._has(sha256) else self._own(sha256) or sha256

    def _own(self, sha256: str) -> str | None:
        """Return the blob that this machine has of another's, None for none."""
        own = self.own_encodings.known().get(sha256)
        return own if own is not None and self._has(own) else None

    def _has(self, sha256: str, size: int | None = None) -> bool:
        try:
            status = self._tree.status(_place(sha256))
        except (FileNotFoundError, NotADirectoryError):
            return False
        return stat.S_ISREG(status.st_mode) and size in {None, status.st_size}

    def read(self, sha256: str) -> bytes:
        """Return the bytes with this digest. Raises BrokenState if they are gone or damaged."""
        sha256 = self._kept_as(sha256)
        try:
            data = self._tree.read(_place(sha256), MAX_BLOB_BYTES)
        except OSError as error:
            raise BrokenState(f"cannot read {sha256[:12]} from the store: {error}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            path = self._tree.place(_place(sha256))
            raise BrokenState(
                f"the stored file {path} is damaged: its digest is not its name",
                fix=f"delete {path} and run again; it will be adopted from outputs or rendered",
            )
        return data

    def keep(self, data: bytes) -> Blob:
        """Keep bytes that came from elsewhere (a download, an adopted output)."""
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
        if not self._has(blob.sha256, blob.bytes):
            self._tree.write(_place(blob.sha256), data)
        return blob

    def receive(self, key: str, attempt: int, audio_format: AudioFormat, room: int) -> Incoming:
        """Open a sink for the answer to one attempt at a render, of about `room` bytes."""
        stem = f"{INCOMING}/{key}.{attempt}.{audio_format}"
        return Incoming(self._tree, stem, room, lambda: self._names.submit(None))

    def file(self, whole: str, blob: Blob) -> None:
        """Move a finished answer, which the ledger knows by now, to its place.

        This is not synced: after a power cut it lies at one place or the other, and if it is
        still unfiled, the next run files it.
        """
        self._tree.move(whole, _place(blob.sha256))

    def unfiled(self) -> Iterator[Received]:
        """Yield the whole answers that a run left when it was cut off; other files are ignored."""
        for match in map(_WHOLE.fullmatch, self._tree.files(INCOMING)):
            if match is not None:
                path = f"{INCOMING}/{match[0]}"
                data = self.answer(path)
                blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
                audio = AudioSetting(AudioFormat(match[3]))
                yield Received(match[1], int(match[2]), audio, path, blob)

    def answer(self, whole: str) -> bytes:
        """Return the bytes of a whole answer. Raises OSError."""
        return self._tree.read(whole, MAX_BLOB_BYTES)

    def remove_leftovers(self) -> None:
        """Remove what writes left behind that were cut off, in the store and all beside it.

        For the lock's holder: who writes there without the lock can do without.
        """
        for path in self._tree.walk():
            if path.endswith(TEMPORARY_SUFFIX):
                self._tree.remove(path)

    def __iter__(self) -> Iterator[Blob]:
        """Iterate over everything that is kept, sorted by digest."""
        for folder in self._tree.folders(STORE):
            for name in self._tree.files(f"{STORE}/{folder}"):
                if _DIGEST.fullmatch(name) and name.startswith(folder):
                    yield Blob(name, self._tree.status(_place(name)).st_size)

    def drop(self, sha256: str) -> None:
        """Forget a blob, and what was measured and drawn of it."""
        for path in (_waveform(sha256), _measures(sha256), _place(sha256)):
            self._tree.remove(path)

    # What is known of a blob, beside the store; it only ever saves looking again.

    def known_measures(self, sha256: str) -> bytes | None:
        """Return what was kept of a blob's measures, or None."""
        return self._known(_measures(sha256))

    def keep_measures(self, sha256: str, data: bytes) -> None:
        """Keep measures of a blob."""
        self._tree.write(_measures(sha256), data)

    def known_waveform(self, sha256: str) -> bytes | None:
        """Return what was drawn of a blob, or None."""
        return self._known(_waveform(sha256))

    def keep_waveform(self, sha256: str, data: bytes) -> None:
        """Keep what was drawn of a blob."""
        self._tree.write(_waveform(sha256), data)

    def _known(self, path: str) -> bytes | None:
        return cache_file.read(self._tree, path, MAX_KNOWN_BYTES)


def _place(sha256: str) -> str:
    return f"{STORE}/{sha256[:2]}/{sha256}"


def _measures(sha256: str) -> str:
    return f"{MEASURES}/{sha256}.json"


def _waveform(sha256: str) -> str:
    return f"{WAVEFORMS}/{sha256}"
