"""Worker processes with an engine of their own, each for one caller at a time.

Python runs one thread of a process at a time, and a song is many small steps: only processes use
every core. A worker reads one task after the other from its input and answers on its output, as
pickles. It ends when its input does, so it never outlives its parent, even if that was killed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

from songbatch.engines.base import Answer, EngineError, Generation, Verdict
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.files.tree import Tree

if TYPE_CHECKING:
    from songbatch.engines.base import Sink
    from songbatch.model import AudioFormat, Purpose, Uploaded

START = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from songbatch.engines.sketch.worker import work; work(*sys.argv[1:3])"
)
"""A worker's program. Its arguments: the engine's folder, and the folders of modules."""


class _UploadTask(msgspec.Struct, frozen=True):
    """A reference to analyze."""

    audio: bytes
    audio_format: AudioFormat
    purpose: Purpose
    request_id: str


class _SongReply(msgspec.Struct, frozen=True):
    """A finished song."""

    answer: Answer
    audio: bytes


class _ErrorReply(msgspec.Struct, frozen=True):
    """The engine's error, which as an exception would not survive pickling."""

    message: str
    verdict: Verdict


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
        uploaded: Uploaded = self._ask(_UploadTask(audio, audio_format, purpose, request_id))
        return uploaded

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Make a song. Raises EngineError and WorkerGone."""
        song: _SongReply = self._ask(request)
        sink.write(song.audio)
        return song.answer

    def close(self) -> None:
        """End its input and wait until it has ended."""
        with contextlib.suppress(OSError):
            self._process.communicate()

    def _ask(self, task: _UploadTask | Generation) -> Any:
        try:
            pickle.dump(task, self._tasks)
            self._tasks.flush()
            reply = pickle.load(self._replies)  # noqa: S301  (a child of ours, in this module)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise WorkerGone from error
        if isinstance(reply, _ErrorReply):
            raise EngineError(reply.message, reply.verdict)
        return reply


def work(base: str, folder: str) -> None:
    """Serve tasks until the input ends."""
    tasks, replies = sys.stdin.buffer, sys.stdout.buffer
    # Nothing else may be printed between the replies.
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = SketchEngine(Tree(base, folder))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            task = pickle.load(tasks)  # noqa: S301  (our parent, running this module)
            pickle.dump(_reply(engine, task), replies)
            replies.flush()
    # Nobody reads any more: leave what is not yet written.
    os._exit(0)


def _reply(
    engine: SketchEngine, task: _UploadTask | Generation
) -> Uploaded | _SongReply | _ErrorReply:
    try:
        if isinstance(task, _UploadTask):
            return engine.upload(task.audio, task.audio_format, task.purpose, task.request_id)
        audio = _Collected()
        return _SongReply(engine.generate(task, audio), bytes(audio))
    except EngineError as error:
        return _ErrorReply(str(error), error.verdict)


class _Collected(bytearray):
    """A sink that collects a whole song."""

    def write(self, data: bytes, /) -> None:
        """Append the next piece."""
        self.extend(data)
