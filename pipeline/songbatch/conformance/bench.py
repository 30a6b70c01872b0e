"""Bench on which an engine is tried: opened as a run opens it, and every answer remembered."""

from __future__ import annotations

import contextlib
import io
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import msgspec

from songbatch.audio.probe import AudioProblem, probe
from songbatch.conformance import samples
from songbatch.engines.base import (
    Answer,
    EngineError,
    Generation,
    InProgress,
    Job,
    Ready,
    seconds_between_looks,
)
from songbatch.engines.reference_files import reference_file
from songbatch.limits import PCM_BYTES_PER_FRAME
from songbatch.model import AudioFormat, AudioInfo
from songbatch.traits import HandedOver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from songbatch.engines.base import Engine, JobEngine
    from songbatch.engines.entry import EngineContext, EngineEntry
    from songbatch.model import Purpose, Uploaded

SHORTEST_KEY = 8
"""Characters of a variable's value that may be a secret."""
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD")


class NotKept(Exception):
    """A promise that the engine does not keep; `str(error)` says how."""


class NotApplicable(Exception):
    """A promise that the engine need not keep; `str(error)` says why."""


class Song(msgspec.Struct, frozen=True):
    """A song as it came, with what came beside it."""

    data: bytes
    answer: Answer
    info: AudioInfo


class EngineBench:
    """An engine under test.

    `is_stand_in`: what answers makes no songs of its own, so nothing is demanded of how they sound.
    `reference` is a WAV or MP3 file. `pause` waits between polls.
    """

    def __init__(
        self,
        entry: EngineEntry,
        context: EngineContext,
        *,
        reference: bytes | None = None,
        is_stand_in: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.entry = entry
        self.traits = entry.traits
        self.is_stand_in = is_stand_in
        self.reference = reference or samples.reference()
        self.answers: list[Answer] = []
        self.errors: list[EngineError] = []
        self.submit_seconds = 0.0
        """The longest that a call took which asks for a job."""
        self.poll_seconds = 0.0
        self._context = context
        self._pause = pause
        self._songs: dict[str, Song] = {}

    def close(self) -> None:
        """Close the engine, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.close()

    @cached_property
    def engine(self) -> Engine | JobEngine:
        """The engine that most checks share."""
        return self._open()

    @contextlib.contextmanager
    def another(self) -> Iterator[Engine | JobEngine]:
        """Open the engine once more, as the next run would."""
        with contextlib.closing(self._open()) as engine:
            yield engine

    def _open(self) -> Engine | JobEngine:
        engine = self.entry.open(self._context)
        engine.preflight()
        return engine

    @property
    def account(self) -> str:
        """The account that a plan would show."""
        return self.entry.account(self._context.environment)

    def secrets(self) -> list[str]:
        """Return what must not be in any text: values of variables that are named like keys."""
        named = {self.entry.settings.key_env}
        return [
            value
            for name, value in self._context.environment.items()
            if len(value) >= SHORTEST_KEY
            and (name in named or any(word in name.upper() for word in _SECRET_NAMES))
        ]

    def demand_clean(self, text: str, what: str) -> None:
        """Raise NotKept for a text with a secret, or that cannot be printed on one line."""
        if any(secret in text for secret in self.secrets()):
            raise NotKept(f"{what} has the value of a variable that is named like a key")
        if not text.isprintable():
            raise NotKept(f"{what} has characters that cannot be printed: {text!r}")

    @cached_property
    def uploads(self) -> Mapping[Purpose, Uploaded]:
        """The reference, uploaded for every purpose that wants an upload."""
        engine = self.engine
        kind = probe(self.reference).format
        return {
            purpose: engine.upload(self.reference, kind, purpose, f"conformance.{purpose}")
            for purpose in samples.purposes(self.traits, HandedOver.IDS)
        }

    def request(self, take: int = 1, **more: Any) -> Generation:
        """Return a request that the engine must take, with a reference where it needs one."""
        if self.traits.needs_reference:
            purpose = next(iter(self.traits.references), None)
            if purpose is not None:
                more = self.referred(purpose) | more
        return samples.request(self.traits, take, **more)

    def referred(self, purpose: Purpose, *, is_whole: bool = False) -> dict[str, Any]:
        """Return the fields of a request that follows the reference."""
        if self.traits.references[purpose].handed_over is HandedOver.BYTES:
            file = reference_file(self.reference, purpose, self.traits, is_whole=is_whole)
            return {"files": (file,)}
        uploaded = self.uploads[purpose]
        return {"voice_id": uploaded.voice_id, "instrumental_id": uploaded.instrumental_id}

    def first_song(self) -> Song:
        """Return the song of take 1, which is asked for once."""
        if "first" not in self._songs:
            self._songs["first"] = self.song(self.request())
        return self._songs["first"]

    def song(self, request: Generation, engine: Engine | JobEngine | None = None) -> Song:
        """Return the song of a request. Raises EngineError, NotKept if it is no audio."""
        engine = engine or self.engine
        sink = io.BytesIO()
        if self.traits.has_jobs:
            with_jobs = cast("JobEngine", engine)
            job = self.submitted(with_jobs, request)
            answer = self.collected(with_jobs, job, sink)
        else:
            with self.noting():
                answer = cast("Engine", engine).generate(request, sink)
        if not isinstance(answer, Answer):
            raise NotKept(f"it answers with {type(answer).__name__}, not with Answer")
        self.answers.append(answer)
        return Song(sink.getvalue(), answer, self._measured(sink.getvalue(), request))

    def submitted(self, engine: JobEngine, request: Generation) -> Job:
        """Ask for a job and measure how long that takes."""
        begun = time.monotonic()
        with self.noting():
            job = engine.submit(request)
        self.submit_seconds = max(self.submit_seconds, time.monotonic() - begun)
        return job

    def collected(self, engine: JobEngine, job: Job, sink: io.BytesIO) -> Answer:
        """Wait for a job as a run does, and fetch its song."""
        deadline = time.monotonic() + 600 + 10 * self.entry.seconds_per_render
        self._pause(job.poll_after)
        while isinstance(state := self.state(engine, job), InProgress):
            if time.monotonic() > deadline:
                raise NotKept(f"the job {job.id} is not done after ten minutes and more")
            self._pause(seconds_between_looks(1.0, self.entry.seconds_per_render))
        if isinstance(state, EngineError):
            self.errors.append(state)
            raise state
        with self.noting():
            return engine.collect(job, state, sink)

    def state(self, engine: JobEngine, job: Job) -> InProgress | Ready | EngineError:
        """Ask how a job stands, and measure how long that takes."""
        begun = time.monotonic()
        with self.noting():
            states = engine.poll([job])
        self.poll_seconds = max(self.poll_seconds, time.monotonic() - begun)
        return states.get(job.id) or InProgress()

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Remember the error of a request, whoever catches it."""
        try:
            yield
        except EngineError as error:
            self.errors.append(error)
            raise

    def pause(self, seconds: float) -> None:
        """Wait between two polls."""
        self._pause(seconds)

    def _measured(self, data: bytes, request: Generation) -> AudioInfo:
        master = self.traits.master
        if master is None and request.audio.format is AudioFormat.PCM:
            if not data or len(data) % PCM_BYTES_PER_FRAME:
                raise NotKept("a song as PCM is not 16-bit stereo")
            rate = request.audio.sample_rate
            seconds = len(data) / PCM_BYTES_PER_FRAME / rate
            return AudioInfo(AudioFormat.PCM, seconds, rate, 2, rate * PCM_BYTES_PER_FRAME * 8)
        try:
            info = probe(data)
        except AudioProblem as problem:
            raise NotKept(f"what it delivers is no whole song: {problem}") from problem
        wanted = master or request.audio.format
        if info.format is not wanted:
            raise NotKept(f"it delivers {info.format} where {wanted} is promised")
        return info
