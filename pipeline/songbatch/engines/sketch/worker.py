"""Worker processes with an engine of their own, each for one caller at a time.

Python runs one thread of a process at a time, and a song is many small steps: only processes use
every core. A worker reads one task after the other from its input and writes on its output what
came of each, both as `songbatch.engines.orders` packs them behind their length. It ends when its
input does, so it never outlives its parent, even if that was killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING, cast

import msgspec

from songbatch.engines.orders import (
    GenerateTask,
    UploadTask,
    carry_out,
    pack,
    unpack_outcome,
    unpack_task,
)
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.files.tree import Tree

if TYPE_CHECKING:
    from songbatch.engines.base import Answer, Generation, Sink
    from songbatch.engines.orders import Task, TaskOutcome
    from songbatch.model import AudioFormat, Purpose, Uploaded

START = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from songbatch.engines.sketch.worker import work; work(*sys.argv[1:3])"
)
"""A worker's program. Its arguments: the engine's folder, and the folders of modules."""


class WorkerGone(Exception):
    """The worker never started, or ended before it answered. No sink was written to."""


class Worker:
    """A process that uploads and generates as `SketchEngine` does."""

    def __init__(self, state: Tree) -> None:
        """Start it for the engine that keeps its features in `state`. Raises WorkerGone."""
        try:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
                # -P: nothing in the current folder may be imported.
                [sys.executable, "-P", "-c", START, state.base, state.folder, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What fails there is tried again here, and reported if it fails again.
                stderr=subprocess.DEVNULL,
                # Interrupts are for the parent, which decides what is still finished.
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerGone from error
        self._tasks = cast("IO[bytes]", self._process.stdin)
        self._replies = cast("IO[bytes]", self._process.stdout)

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Analyze a reference. Raises EngineError and WorkerGone."""
        outcome = self._ask(UploadTask(audio, audio_format, purpose, request_id))
        if outcome.uploaded is None:
            raise WorkerGone
        return outcome.uploaded

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Make a song. Raises EngineError and WorkerGone."""
        outcome = self._ask(GenerateTask(request))
        if outcome.answer is None:
            raise WorkerGone
        sink.write(outcome.audio)
        return outcome.answer

    def close(self) -> None:
        """End its input and wait until it has ended."""
        with contextlib.suppress(OSError):
            self._process.communicate()

    def _ask(self, task: Task) -> TaskOutcome:
        try:
            _write(self._tasks, pack(task))
            outcome = unpack_outcome(_read(self._replies))
        except (OSError, EOFError, msgspec.DecodeError) as error:
            raise WorkerGone from error
        if outcome.refusal is not None:
            raise outcome.refusal.error()
        return outcome


def work(base: str, folder: str) -> None:
    """Serve tasks until the input ends."""
    tasks, replies = sys.stdin.buffer, sys.stdout.buffer
    # Nothing else may be printed between the replies.
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = SketchEngine(Tree(base, folder))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            task = unpack_task(_read(tasks))
            _write(replies, pack(carry_out(engine, task)))
    # Nobody reads any more: leave what is not yet written.
    os._exit(0)


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes:
    """Return the next message. Raises EOFError if the stream ends before it does."""
    return _exactly(stream, int.from_bytes(_exactly(stream, _LENGTH_BYTES), "big"))


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


_LENGTH_BYTES = 8
"""Before each message."""
