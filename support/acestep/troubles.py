"""How a job, and how an answer, can go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, Self

from support.simulated import mishaps


@dataclass(frozen=True, slots=True)
class Trouble:
    """What becomes of one job instead of the right thing.

    `fails`: status 2, with no reason but that `error` is given: then the item is served from
    memory, and has it. `file`: of a finished job, empty, gone (404), forbidden (403) or at another
    host. `result` stands in place of the text of a finished job's result. `model` is the name of
    the model that was used. `from_memory`: a finished item without `seed_value`, `dit_model`,
    `generation_info`.
    `vanishes`: it is unknown from the beginning, as after a restart. `status` stands in place of
    the number of a job that has ended, `content` in place of the bytes of its song.
    """

    name: str
    fails: bool = False
    error: str = ""
    file: Literal["right", "empty", "gone", "forbidden", "elsewhere"] = "right"
    result: str | None = None
    model: str | None = None
    from_memory: bool = False
    vanishes: bool = False
    status: int | None = None
    content: bytes | None = None

    @classmethod
    def failing(cls, error: str = "") -> Self:
        """Fail; `error` as the item's whole traceback, nothing for no reason at all."""
        return cls("failing", fails=True, error=error)

    @classmethod
    def told(cls, sentence: str) -> Self:
        """Fail with a traceback that ends in this sentence."""
        return cls("told", fails=True, error=traceback_of(sentence))

    @classmethod
    def malformed(cls, text: str = '[{"file": "/v1/aud') -> Self:
        """Finish with a result that is this text."""
        return cls("malformed result", result=text)

    @classmethod
    def other_model(cls, name: str = "acestep-v15-turbo-shift3") -> Self:
        """Finish, made with another model than was asked for."""
        return cls("other model", model=name)


def traceback_of(sentence: str) -> str:
    """Return a traceback as the real server records it."""
    return (
        "Traceback (most recent call last):\n"
        '  File "/app/acestep/api_server.py", line 1806, in _run_one_job\n'
        "    result = await loop.run_in_executor(executor, _blocking_generate)\n"
        '  File "/app/acestep/api_server.py", line 1700, in _blocking_generate\n'
        '    raise RuntimeError(f"Music generation failed: {result.error}")\n'
        f"RuntimeError: {sentence}\n"
    )


NO_REASON = Trouble.failing()
OUT_OF_MEMORY = Trouble.told(
    "Music generation failed: CUDA out of memory. Tried to allocate 2.44 GiB. GPU 0 has a total "
    "capacity of 7.79 GiB of which 1.12 GiB is free."
)
NO_LANGUAGE_MODEL = Trouble.told("5Hz LM init failed: no language model in /app/checkpoints")
TRACEBACK = Trouble.told("Music generation failed: 'NoneType' object has no attribute 'shape'")
EMPTY_FILE = Trouble("empty file", file="empty")
FILE_GONE = Trouble("file gone", file="gone")
FILE_FORBIDDEN = Trouble("file forbidden", file="forbidden")
FROM_MEMORY = Trouble("from memory", from_memory=True)


@dataclass(frozen=True, slots=True)
class Mishap(mishaps.Mishap):
    """What becomes of one answer; with `no_audio`, the message that answers a chat has none."""

    no_audio: bool = False

    @classmethod
    def halting(cls, seconds: float) -> Self:
        """Carry the request out, and pause in the middle of the answer."""
        return cls("halting", carried_out=True, pieces=2, pause=seconds)

    @classmethod
    def http(cls, status: int, detail: Any = "Something went wrong") -> Self:
        """An error of the framework."""
        return cls(f"http {status}", status=status, body=json.dumps({"detail": detail}).encode())

    @classmethod
    def in_band(cls, code: int = 500, error: str = "Something went wrong") -> Self:
        """HTTP 200 with a refusal in the envelope."""
        answer = {"data": None, "code": code, "error": error, "timestamp": 1, "extra": None}
        return cls(f"in band {code}", body=json.dumps(answer).encode())

    @classmethod
    def null_audio(cls) -> Self:
        """Carry a chat request out, and answer with a message that has no audio."""
        return cls("null audio", carried_out=True, no_audio=True)
