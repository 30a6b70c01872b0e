"""Attempts as data: a task goes to whoever has the engine, and what came of it comes back.

Both travel as MessagePack, for another process or machine. No task holds a secret: whoever carries
it out has an engine opened there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import msgspec

from songbatch.engines.base import (
    Absent,
    Answer,
    Cancellation,
    Canceller,
    Engine,
    EngineError,
    Generation,
    InProgress,
    Job,
    JobEngine,
    JobState,
    Ready,
    ReferenceMaker,
    Verdict,
)
from songbatch.model import AudioFormat, Purpose, Uploaded


class _Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What travels. The fields of a task are the arguments of a method of engines."""


class UploadTask(_Carried, frozen=True, tag="upload"):
    """`upload`."""

    audio: bytes
    audio_format: AudioFormat
    purpose: Purpose
    request_id: str


class GenerateTask(_Carried, frozen=True, tag="generate"):
    """`generate`."""

    request: Generation


class SubmitTask(_Carried, frozen=True, tag="submit"):
    """`submit`."""

    request: Generation


class PollTask(_Carried, frozen=True, tag="poll"):
    """`poll`."""

    jobs: tuple[Job, ...]


class ReadyFacts(_Carried, frozen=True):
    """A job that is done; `result` is the service's account of it, as JSON."""

    result: bytes
    cost_usd: float | None = None

    @classmethod
    def of(cls, ready: Ready) -> ReadyFacts:
        """Return a job's end as it travels. Raises TypeError for what JSON does not have."""
        # Not MessagePack: services tell numbers that are too long for it.
        return cls(json.dumps(ready.result).encode(), ready.cost_usd)

    def opened(self) -> Ready:
        """Return the job's end as engines have it. Raises ValueError."""
        return Ready(json.loads(self.result), self.cost_usd)


class CollectTask(_Carried, frozen=True, tag="collect"):
    """`collect`."""

    job: Job
    ready: ReadyFacts


class FindTask(_Carried, frozen=True, tag="find"):
    """`find`."""

    request: Generation
    since: str
    until: str
    known: tuple[str, ...]


class CancelTask(_Carried, frozen=True, tag="cancel"):
    """`cancel`."""

    job: Job


class SubmitReferenceTask(_Carried, frozen=True, tag="submit-reference"):
    """`submit_reference`."""

    address: str
    purpose: Purpose
    request_id: str


class CollectReferenceTask(_Carried, frozen=True, tag="collect-reference"):
    """`collect_reference`."""

    job: Job
    ready: ReadyFacts


class FindReferenceTask(_Carried, frozen=True, tag="find-reference"):
    """`find_reference`."""

    address: str
    purpose: Purpose
    since: str
    until: str
    known: tuple[str, ...]


Task = (
    UploadTask
    | GenerateTask
    | SubmitTask
    | PollTask
    | CollectTask
    | FindTask
    | CancelTask
    | SubmitReferenceTask
    | CollectReferenceTask
    | FindReferenceTask
)


class ErrorFacts(_Carried, frozen=True):
    """An EngineError."""

    message: str
    verdict: Verdict
    fix: str = ""
    retry_after: float | None = None
    trace_id: str | None = None
    cost_usd: float | None = None
    has_song: bool = False
    most_tries: int | None = None

    @classmethod
    def of(cls, error: EngineError) -> ErrorFacts:
        """Return an error as it travels."""
        fields = {name: getattr(error, name) for name in cls.__struct_fields__[1:]}
        return cls(str(error), **fields)

    def error(self) -> EngineError:
        """Return the error as engines raise it."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__[1:]}
        return EngineError(self.message, **fields)


class JobFacts(_Carried, frozen=True):
    """How a job stands: exactly one of the three is there."""

    in_progress: InProgress | None = None
    ready: ReadyFacts | None = None
    refusal: ErrorFacts | None = None

    @classmethod
    def of(cls, state: JobState) -> JobFacts:
        """Return a job's state as it travels. Raises TypeError for what JSON does not have."""
        if isinstance(state, EngineError):
            return cls(refusal=ErrorFacts.of(state))
        if isinstance(state, Ready):
            return cls(ready=ReadyFacts.of(state))
        return cls(in_progress=state)

    def opened(self) -> JobState:
        """Return the job's state as engines have it. Raises ValueError."""
        if self.refusal is not None:
            return self.refusal.error()
        if self.ready is not None:
            return self.ready.opened()
        return self.in_progress or InProgress()


class TaskOutcome(_Carried, frozen=True):
    """What came of a task: what the call returned and wrote, or its `refusal`.

    `audio` is there with an `answer`, and with a refusal that `has_song`.
    """

    uploaded: Uploaded | None = None
    answer: Answer | None = None
    audio: bytes = b""
    job: Job | None = None
    is_absent: bool = False
    states: Mapping[str, JobFacts] = {}
    cancellation: Cancellation | None = None
    refusal: ErrorFacts | None = None


class TaskSink(Protocol):
    """Where a task's song is written, and what of it travels."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""

    def carried(self, *, is_refused: bool) -> bytes:
        """Return the bytes that travel with an answer, or with a refusal that has a song."""


class CollectedSong(bytearray):
    """A sink that collects a whole song, all of which travels."""

    def write(self, data: bytes, /) -> None:
        """Append the next piece."""
        self.extend(data)

    def carried(self, *, is_refused: bool) -> bytes:  # noqa: ARG002
        """Return the song."""
        return bytes(self)


def carry_out(engine: Engine | JobEngine, task: Task, audio: TaskSink | None = None) -> TaskOutcome:
    """Make the call; an EngineError is the outcome's refusal. What else is raised, this raises.

    A song is written to `audio`, if that is given.
    """
    audio = CollectedSong() if audio is None else audio
    try:
        return _CALLS[type(task)](engine, task, audio)
    except EngineError as error:
        song = audio.carried(is_refused=True) if error.has_song else b""
        return TaskOutcome(refusal=ErrorFacts.of(error), audio=song)


def _upload(engine: Any, task: UploadTask, _audio: TaskSink) -> TaskOutcome:
    ids = engine.upload(task.audio, task.audio_format, task.purpose, task.request_id)
    return TaskOutcome(uploaded=ids)


def _generate(engine: Any, task: GenerateTask, audio: TaskSink) -> TaskOutcome:
    answer = cast("Engine", engine).generate(task.request, audio)
    return TaskOutcome(answer=answer, audio=audio.carried(is_refused=False))


def _submit(engine: Any, task: SubmitTask, _audio: TaskSink) -> TaskOutcome:
    return TaskOutcome(job=cast("JobEngine", engine).submit(task.request))


def _poll(engine: Any, task: PollTask, _audio: TaskSink) -> TaskOutcome:
    states = cast("JobEngine", engine).poll(task.jobs)
    return TaskOutcome(states={name: JobFacts.of(state) for name, state in states.items()})


def _collect(engine: Any, task: CollectTask, audio: TaskSink) -> TaskOutcome:
    answer = cast("JobEngine", engine).collect(task.job, task.ready.opened(), audio)
    return TaskOutcome(answer=answer, audio=audio.carried(is_refused=False))


def _find(engine: Any, task: FindTask, _audio: TaskSink) -> TaskOutcome:
    return _found(
        cast("JobEngine", engine).find(task.request, task.since, task.until, frozenset(task.known))
    )


def _cancel(engine: Any, task: CancelTask, _audio: TaskSink) -> TaskOutcome:
    return TaskOutcome(cancellation=cast("Canceller", engine).cancel(task.job))


def _submit_reference(engine: Any, task: SubmitReferenceTask, _audio: TaskSink) -> TaskOutcome:
    maker = cast("ReferenceMaker", engine)
    return TaskOutcome(job=maker.submit_reference(task.address, task.purpose, task.request_id))


def _collect_reference(engine: Any, task: CollectReferenceTask, _audio: TaskSink) -> TaskOutcome:
    maker = cast("ReferenceMaker", engine)
    return TaskOutcome(uploaded=maker.collect_reference(task.job, task.ready.opened()))


def _find_reference(engine: Any, task: FindReferenceTask, _audio: TaskSink) -> TaskOutcome:
    maker, known = cast("ReferenceMaker", engine), frozenset(task.known)
    return _found(maker.find_reference(task.address, task.purpose, task.since, task.until, known))


def _found(found: Job | Absent | None) -> TaskOutcome:
    if isinstance(found, Absent):
        return TaskOutcome(is_absent=True)
    return TaskOutcome(job=found)


_CALLS: Mapping[type, Callable[[Any, Any, TaskSink], TaskOutcome]] = {
    UploadTask: _upload,
    GenerateTask: _generate,
    SubmitTask: _submit,
    PollTask: _poll,
    CollectTask: _collect,
    FindTask: _find,
    CancelTask: _cancel,
    SubmitReferenceTask: _submit_reference,
    CollectReferenceTask: _collect_reference,
    FindReferenceTask: _find_reference,
}

_encode = msgspec.msgpack.Encoder().encode
_decode_task = msgspec.msgpack.Decoder(Task).decode
_decode_outcome = msgspec.msgpack.Decoder(TaskOutcome).decode


def pack(value: Task | TaskOutcome) -> bytes:
    """Return a task or an outcome as it travels."""
    return _encode(value)


def unpack_task(data: bytes) -> Task:
    """Return what `pack` made of a task. Raises msgspec.DecodeError."""
    task: Task = _decode_task(data)
    return task


def unpack_outcome(data: bytes) -> TaskOutcome:
    """Return what `pack` made of an outcome. Raises msgspec.DecodeError."""
    return _decode_outcome(data)
