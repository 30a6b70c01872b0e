"""Engine with jobs, behind calls that return when the song is there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from songbatch.engines.base import EngineError, InProgress, Verdict

if TYPE_CHECKING:
    from songbatch.engines.base import Answer, Engine, Generation, Job, JobEngine, JobState, Sink
    from songbatch.model import AudioFormat, EngineIdentity, Purpose, Uploaded

LONGEST_SECONDS = 540.0
POLL_SECONDS = 0.2


def as_calls(engine: Engine | JobEngine) -> Engine:
    """Return an engine whose `generate` returns the song, whatever its service answers with."""
    return cast("Engine", engine) if hasattr(engine, "generate") else BlockingEngine(engine)


class BlockingEngine:
    """The same as `songbatch.engines.base.Engine`, over an engine whose service has jobs."""

    def __init__(self, engine: JobEngine) -> None:
        self._engine = engine

    @property
    def identity(self) -> EngineIdentity:
        """That of the engine with jobs."""
        return self._engine.identity

    @property
    def account(self) -> str:
        """That of the engine with jobs."""
        return self._engine.account

    def preflight(self) -> None:
        """Fail if it is already known that requests cannot succeed."""
        self._engine.preflight()

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Upload a reference once."""
        return self._engine.upload(audio, audio_format, purpose, request_id)

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song, wait for it, and write its bytes to `sink`."""
        job = self._engine.submit(request)
        deadline = time.monotonic() + LONGEST_SECONDS
        time.sleep(job.poll_after)
        while isinstance(state := self._state(job), InProgress):
            if time.monotonic() > deadline:
                message = f"the song is still under way as the job {job.id}"
                raise EngineError(message, Verdict.UNKNOWN)
            time.sleep(POLL_SECONDS)
        if isinstance(state, EngineError):
            raise state
        return self._engine.collect(job, state, sink)

    def _state(self, job: Job) -> JobState:
        return self._engine.poll([job]).get(job.id) or InProgress()

    def close(self) -> None:
        """Release connections."""
        self._engine.close()
