"""Answers of a job service that lie, shout or run over: an error at most, and nothing unseen."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from songbatch.diagnostics import printable
from songbatch.engines.base import EngineError, Ready
from songbatch.model import AudioFormat, EngineSettings, Purpose
from support.fal.server import FalServer, fal_server
from support.fal.troubles import Mishap
from tests.engines.job_service.opening import (
    KEYS,
    REQUEST_ID,
    SINCE,
    UNTIL,
    asking,
    ended,
    opened,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.job_service.engine import JobServiceEngine

__all__ = ["fal_server"]

SHOUT = "Traceback (most recent call last):\n\x1b]0;mine\x07\x1b[2J\u202e\x9b31m"
METADATA = "http://169.254.169.254/latest/meta-data"
NAMES = (
    "request_id", "status", "response_url", "upload_url", "file_url", "detail", "error", "items",
    "next_cursor", "prices", "audio", "id", "logs",
)  # fmt: skip


def everywhere(value: object) -> bytes:
    return json.dumps(dict.fromkeys(NAMES, value)).encode()


BODIES = {
    "endless lists": b"[" * 100_000,
    "endless objects": b'{"audio":' * 5_000 + b"1" + b"}" * 5_000,
    "long numbers": b'{"request_id": ' + b"9" * 5_000 + b', "queue_position": 1e999}',
    "control characters": everywhere(SHOUT),
    "addresses of the own network": everywhere(METADATA),
    "objects with addresses": everywhere({"url": METADATA, "request_id": "../../x"}),
    "other types": everywhere([{"unit_price": True, "endpoint_id": 5, "json_input": [[]]}]),
    "no text": b"\xff\xfe\x00\x1b[31m",
    "nothing": b"null",
}
STEPS = ("initiate", "put", "submit", "status", "result", "file", "listing", "pricing")


@pytest.fixture
def engine(fal_server: FalServer) -> Iterator[JobServiceEngine]:
    fal_server.key = KEYS["fal"]
    said = EngineSettings(url=fal_server.url, seconds_per_render=0.5)
    with opened("fal", "mureka-9", "", said, read_timeout=2.0, deadline=5.0) as engine:
        yield engine


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_answer_is_an_error_at_most(
    fal_server: FalServer, engine: JobServiceEngine, step: str, body: bytes
) -> None:
    fal_server.script(step, [Mishap.raw(body, status) for status in (200, 422, 500)] * 20)
    for _ in range(3):
        for said in (told(engine), found(engine)):
            assert printable(said) == said
            assert KEYS["fal"] not in said
    assert not fal_server.visits


def told(engine: JobServiceEngine) -> str:
    """Upload a reference, ask for a song and collect it; return what an error says."""
    try:
        engine.upload(b"ID3", AudioFormat.MP3, Purpose.SONG, REQUEST_ID)
        job = engine.submit(asking(duration=None, seed=None))
        state = ended(engine, job)
        if isinstance(state, Ready):
            engine.collect(job, state, io.BytesIO())
    except EngineError as error:
        state = error
    return f"{state}{state.fix}" if isinstance(state, EngineError) else ""


def found(engine: JobServiceEngine) -> str:
    """Look for a lost request; return what an error says."""
    try:
        engine.find(asking(duration=None, seed=None), SINCE, UNTIL, ())
    except EngineError as error:
        return f"{error}{error.fix}"
    return ""
