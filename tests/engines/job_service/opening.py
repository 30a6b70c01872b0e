"""Opened engines of job services on simulated servers, and requests for them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from songbatch.engines.base import (
    Answer,
    EngineError,
    Generation,
    InProgress,
    Job,
    JobState,
    Ready,
    Verdict,
)
from songbatch.engines.job_service import fal, replicate
from songbatch.engines.job_service.engine import JobServiceEngine
from songbatch.engines.job_service.entry import identity_of
from songbatch.engines.job_service.services import SERVICES
from songbatch.engines.job_service.settings import JobServiceSettings
from songbatch.engines.job_service.table import model_of, table_of
from songbatch.model import AudioFormat, AudioSetting, EngineSettings

KEYS = {
    "fal": "0f3c-named:a-secret-of-the-test-0123",
    "replicate": "r8_a-key-of-the-test-0123456789",
}
_OPENED = {"fal": fal.opened, "replicate": replicate.opened}
REQUEST_ID = "songbatch-0123456789abcdef-1-1"
SINCE, UNTIL = "2026-11-28T10:00:00Z", "2026-11-28T10:01:00Z"


@contextlib.contextmanager
def opened(
    service: str,
    model: str,
    url: str,
    said: EngineSettings | None = None,
    key: str | None = None,
    **more: Any,
) -> Iterator[JobServiceEngine]:
    """Open an engine of a service at an address; `said` is what a project says of it."""
    known, said = SERVICES[service], said or EngineSettings(url=url)
    environment = {known.key_variable: KEYS[service] if key is None else key}
    settings = replace(JobServiceSettings.of(known, environment, said), **more)
    table = table_of(service, said)
    row = model_of(f"{service}/{model}", model, table)
    identity = identity_of(f"{service}/{model}", service, row, table)
    dialect = _OPENED[service](settings)
    with contextlib.closing(JobServiceEngine(dialect, row, table, settings, identity)) as engine:
        yield engine


def asking(**more: Any) -> Generation:
    """Return a request for a song of a few seconds."""
    usual: Mapping[str, Any] = {
        "lyrics": "[Verse]\nOver the harbour the lamps go out",
        "voice_id": None,
        "instrumental_id": None,
        "audio": AudioSetting(AudioFormat.WAV),
        "take": 1,
        "request_id": REQUEST_ID,
        "style": "warm indie folk",
        "duration": 10.0,
        "seed": 41,
    }
    return Generation(**{**usual, **more})


def ended(engine: JobServiceEngine, job: Job) -> JobState:
    """Poll a job until it is no longer in progress."""
    for _ in range(30):
        state = engine.poll([job])[job.id]
        if not isinstance(state, InProgress):
            return state
    raise AssertionError(state)


def collected(engine: JobServiceEngine, job: Job) -> tuple[bytes, Answer]:
    """Poll a job until it is done; return its song and what came with it."""
    ready = ended(engine, job)
    assert isinstance(ready, Ready), ready
    sink = io.BytesIO()
    answer = engine.collect(job, ready, sink)
    return sink.getvalue(), answer


def song_of(engine: JobServiceEngine, request: Generation) -> tuple[bytes, Answer]:
    """Ask for a song and collect it."""
    return collected(engine, engine.submit(request))


def error_of(call: Callable[[], object]) -> EngineError:
    """Return the error that a call raises."""
    with pytest.raises(EngineError) as caught:
        call()
    return caught.value


def found_anew(
    service: str, model: str, url: str, request: Generation, since: str, until: str, *known: str
) -> object:
    """Look for a job as a later run does, which knows nothing of this one but what it is told."""
    with opened(service, model, url) as engine:
        return engine.find(request, since, until, known)


def failure_of(engine: JobServiceEngine, job: Job) -> EngineError:
    """Return the error that a job ends with."""
    state = ended(engine, job)
    assert isinstance(state, EngineError), state
    return state


def verdicts(*errors: EngineError) -> list[Verdict]:
    return [error.verdict for error in errors]
