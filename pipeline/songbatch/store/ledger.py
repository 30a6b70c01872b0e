"""The ledger: what was asked, answered, uploaded; a file that is only ever appended to.

Format, version 1: the line `songbatch-ledger 1`, then one record a line: the CRC-32 of the JSON
in 8 hexadecimal digits, a space, a JSON object (`songbatch.store.ledger_records`). A last line that
was cut off is dropped; damage anywhere else is an error, for a lost record could mean paying twice.
Lines that end with CR LF are read, and never written.
"""

from __future__ import annotations

import errno
import os
import threading
import zlib
from io import BufferedReader
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from songbatch import model
from songbatch.diagnostics import BrokenState
from songbatch.files.syncing import sync
from songbatch.records import Receipt, ServiceFacts
from songbatch.store.group_commit import GroupCommit
from songbatch.store.ledger_records import (
    AdoptedRecord,
    AnsweredRecord,
    AskedRecord,
    FailedRecord,
    SubmittedRecord,
    UnknownRecord,
    UploadedRecord,
    decode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import FileIO

    from songbatch.files.tree import Tree
    from songbatch.records import UploadKey
    from songbatch.store.ledger_records import LedgerRecord

NAME = "ledger.jsonl"
HEADER = b"songbatch-ledger 1\n"
_HEADER_OF_WINDOWS = b"songbatch-ledger 1\r\n"
"""Of a ledger whose lines Windows ended, or an editor; its records may be ended so, too."""
MAX_RECORD_BYTES = 2**20
"""Of one line: a thousand times what any has."""
_BUFFER_BYTES = 2**18


class LedgerState(msgspec.Struct):
    """What the records add up to."""

    receipts: dict[str, Receipt] = msgspec.field(default_factory=dict)
    uploads: dict[UploadKey, model.Uploaded] = msgspec.field(default_factory=dict)
    attempts: dict[str, int] = msgspec.field(default_factory=dict)
    """Generate requests ever sent for a key."""
    open_attempts: dict[str, set[int]] = msgspec.field(default_factory=dict)
    """Attempts without an outcome, by key: cut off, or in flight right now."""
    jobs: dict[str, dict[int, SubmittedRecord]] = msgspec.field(default_factory=dict)
    """Attempts under way at a service, by key: nothing of them is unknown."""
    names: dict[str, str] = msgspec.field(default_factory=dict)
    """What the render was called that a key was last asked for."""
    engines: dict[str, str] = msgspec.field(default_factory=dict)
    """Which engine was last asked for it."""
    unknown: dict[str, set[int]] = msgspec.field(default_factory=dict)
    """Attempts whose outcome is recorded as unknown, by key."""
    asked_at: dict[tuple[str, int], str] = msgspec.field(default_factory=dict)
    """When attempts were asked of which nobody knows how they ended: UTC, ISO 8601."""
    known_jobs: set[str] = msgspec.field(default_factory=set)
    """Names of all jobs that there ever were."""

    def unknown_outcomes(self, key: str) -> int:
        """Return how many requests for `key` may have been paid without an answer."""
        return len(self.doubtful_attempts(key))

    def doubtful_attempts(self, key: str) -> set[int]:
        """Return the requests for `key` that may have been paid without an answer."""
        return self.unknown.get(key, set()) | self.open_attempts.get(key, set())

    def has_outcome(self, key: str, attempt: int) -> bool:
        """Return whether an attempt was made and is over: neither cut off nor under way."""
        was_asked = attempt <= self.attempts.get(key, 0)
        is_open = attempt in self.open_attempts.get(key, ()) or attempt in self.jobs.get(key, ())
        return was_asked and not is_open

    def apply(self, record: LedgerRecord) -> None:
        """Take one record into account."""
        match record:
            case AskedRecord(key=key, attempt=attempt, id=name, engine=engine):
                self.names[key] = name
                self.engines[key] = engine
                self.attempts[key] = max(self.attempts.get(key, 0), attempt)
                self.open_attempts.setdefault(key, set()).add(attempt)
                self.asked_at[key, attempt] = record.at
            case SubmittedRecord(key=key, attempt=attempt):
                # Another machine may have asked.
                self.attempts[key] = max(self.attempts.get(key, 0), attempt)
                self._close(key, attempt)
                self.known_jobs.add(record.job)
                self.jobs.setdefault(key, {})[attempt] = record
            case AnsweredRecord(key=key, attempt=attempt):
                self._close(key, attempt)
                self.receipts[key] = self._receipt(record)
            case FailedRecord(key=key, attempt=attempt):
                self._close(key, attempt)
            case UnknownRecord(key=key, attempt=attempt):
                asked = self.asked_at.get((key, attempt), "")
                self._close(key, attempt)
                self.asked_at[key, attempt] = asked
                self.unknown.setdefault(key, set()).add(attempt)
            case AdoptedRecord(key=key, id=name, engine=engine):
                self.receipts[key] = self._receipt(record)
                if isinstance(name, str) and isinstance(engine, str):
                    self.names.setdefault(key, name)
                    self.engines.setdefault(key, engine)
            case UploadedRecord():
                upload = record.account, record.sha256, record.purpose, record.stored_as
                self.uploads[upload] = model.Uploaded(
                    record.voice_id,
                    record.instrumental_id,
                    handle=record.handle,
                    until=record.until,
                )
                if record.key:
                    self._close(record.key, record.attempt)

    def _close(self, key: str, attempt: int) -> None:
        self.asked_at.pop((key, attempt), None)
        if key in self.unknown:
            # What was not known has been settled since.
            self.unknown[key].discard(attempt)
        jobs = self.jobs.get(key, {})
        jobs.pop(attempt, None)
        if not jobs:
            self.jobs.pop(key, None)
        left = self.open_attempts.pop(key, set()) - {attempt}
        if left:
            self.open_attempts[key] = left

    def _receipt(self, record: AnsweredRecord | AdoptedRecord) -> Receipt:
        at, counts = (
            record.at,
            (self.attempts.get(record.key, 0), self.unknown_outcomes(record.key)),
        )
        if isinstance(record, AdoptedRecord) and record.attempts is not UNSET:
            # Another machine has asked for it, or an earlier ledger says so in a manifest.
            counts = record.attempts, record.unknown_outcomes or 0
        if isinstance(record, AdoptedRecord):
            at = record.rendered_at or at
        return Receipt(
            key=record.key,
            audio_sha256=record.audio_sha256,
            bytes=record.bytes,
            seconds=record.seconds,
            at=at,
            trace_id=record.trace_id,
            cost_usd=record.cost_usd,
            facts=record.facts or ServiceFacts(),
            song_sha256=record.song_sha256 or None,
            attempts=counts[0],
            unknown_outcomes=counts[1],
        )


class Ledger:
    """The ledger in `state`, the tree of what is kept. `append` may be called from several threads.

    What several append at once is written and synced at once: a sync takes milliseconds, and every
    request waits for two. Only the holder of the project's lock may append; anybody may read.
    """

    def __init__(self, state: Tree, now: Callable[[], str]) -> None:
        self._tree = state
        self.now = now
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._commits = GroupCommit(self._write)
        self.state = LedgerState()
        for record in _read(state):
            self.state.apply(record)

    def append(self, record: LedgerRecord) -> None:
        """Write one record, with the time; when this returns it survives a power cut."""
        self._commits.submit(replace(record, at=self.now()))

    def _write(self, records: Sequence[LedgerRecord]) -> None:
        lines = b"".join(map(_line, records))
        with self._lock:
            if self._file is None:
                self._file = self._open()
            _write_whole(self._file.fileno(), lines)
            for record in records:
                self.state.apply(record)

    def known_jobs(self) -> frozenset[str]:
        """Return the names of all jobs that there ever were. Others may append meanwhile."""
        with self._lock:
            return frozenset(self.state.known_jobs)

    def close(self) -> None:
        """Close the file; a later append opens it again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self) -> FileIO:
        file = self._tree.append(NAME)
        _drop_torn_line(file)
        if os.fstat(file.fileno()).st_size == 0:
            file.write(HEADER)
            sync(file.fileno())
            self._tree.flush()
        return file


def _write_whole(descriptor: int, lines: bytes) -> None:
    # One write call: records are in the file whole, or one is the torn last line. On a full disk
    # all are taken back, so that nothing is ever appended to a torn line.
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, lines) != len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _line(record: LedgerRecord) -> bytes:
    text = msgspec.json.encode(record)
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _read(state: Tree) -> Iterator[LedgerRecord]:
    try:
        file = state.open(NAME)
    except FileNotFoundError:
        return
    path = state.name(NAME)
    with BufferedReader(file, _BUFFER_BYTES) as lines:
        first = lines.readline(len(_HEADER_OF_WINDOWS))
        if first not in {HEADER, _HEADER_OF_WINDOWS}:
            is_begun = HEADER.startswith(first) or _HEADER_OF_WINDOWS.startswith(first)
            if is_begun and not lines.read(1):
                return  # nothing, or a header that was cut off
            raise BrokenState(
                f"{path} is not a ledger this version of songbatch can read",
                fix="use the newer songbatch that wrote it, or restore the file from a backup",
            )
        number = 1
        while line := lines.readline(MAX_RECORD_BYTES):
            number += 1
            if line.endswith(b"\n"):
                yield _record(line.rstrip(b"\r\n"), path, number)
            elif len(line) == MAX_RECORD_BYTES:
                raise _damaged(path, number)


def _record(line: bytes, path: str, number: int) -> LedgerRecord:
    text = line[9:]
    if line[:9] != b"%08x " % zlib.crc32(text):
        raise _damaged(path, number)
    try:
        record: LedgerRecord = decode(text)
    except (msgspec.MsgspecError, RecursionError):
        raise _damaged(path, number) from None
    return record


def _damaged(path: str, line: int) -> BrokenState:
    return BrokenState(
        f"{path}:{line}: the ledger is damaged here",
        fix="restore it from a backup, or delete this line if you accept that what it recorded "
        "may be paid again",
    )


def _drop_torn_line(file: FileIO) -> None:
    end = os.fstat(file.fileno()).st_size
    # A torn line is no longer than a record.
    file.seek(max(0, end - MAX_RECORD_BYTES))
    tail = file.read(MAX_RECORD_BYTES) or b""
    whole = end - len(tail) + tail.rfind(b"\n") + 1
    if whole != end:
        file.truncate(whole)
        sync(file.fileno())
