"""How a job, and how an answer, can go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, Self


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
class Mishap:
    """What becomes of one answer instead of the right one.

    `carried_out`: the request is carried out nevertheless. `lost`: the connection closes without
    a word. `cut` sends that share of the body, then closes. `wait` seconds pass before the answer;
    a server that closes ends the wait. `body` None is the right one; `kind` is a content type
    that is said of the right one, too. Half the body is sent, the rest after `pause` seconds. In
    place of a lost answer, the bytes of `wire` are sent; `resets` tears its connection down.
    """

    name: str
    carried_out: bool = False
    lost: bool = False
    cut: float | None = None
    wait: float = 0.0
    status: int = 200
    body: bytes | None = None
    content_type: str = "application/json"
    no_audio: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    pause: float = 0.0
    wire: bytes = b""
    resets: bool = False

    @classmethod
    def lost_before(cls) -> Self:
        """Lose the request: nothing is done, nothing is answered."""
        return cls("lost before", lost=True)

    @classmethod
    def lost_after(cls) -> Self:
        """Carry the request out, and lose the answer."""
        return cls("lost after", carried_out=True, lost=True)

    @classmethod
    def cut_off(cls, share: float = 0.5) -> Self:
        """Carry the request out, and cut the answer."""
        return cls("cut", carried_out=True, cut=share)

    @classmethod
    def late(cls, seconds: float) -> Self:
        """Carry the request out, and answer so much later."""
        return cls("late", carried_out=True, wait=seconds)

    @classmethod
    def reset(cls, *, carried_out: bool = True) -> Self:
        """Tear the connection down instead of an answer."""
        return cls("reset", carried_out=carried_out, lost=True, resets=True)

    @classmethod
    def no_http(cls) -> Self:
        """Carry the request out, and answer with something that is not HTTP."""
        return cls("no HTTP", carried_out=True, lost=True, wire=b"+OK hello\r\n")

    @classmethod
    def halting(cls, seconds: float) -> Self:
        """Carry the request out, and pause in the middle of the answer."""
        return cls("halting", carried_out=True, pause=seconds)

    @classmethod
    def called(cls, content_type: str) -> Self:
        """The right answer under a wrong name."""
        return cls(f"as {content_type}", carried_out=True, kind=content_type)

    @classmethod
    def redirect(cls, status: int, location: str) -> Self:
        """Send the client elsewhere."""
        return cls(f"http {status}", status=status, body=b"", headers=(("Location", location),))

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
    def raw(cls, body: bytes, status: int = 200, content_type: str = "application/json") -> Self:
        """Any bytes."""
        return cls("raw", status=status, body=body, content_type=content_type)

    @classmethod
    def gateway(cls, status: int = 524, *, carried_out: bool = True) -> Self:
        """The page of a gateway that lost patience; the job behind it usually runs on."""
        page = f"<!DOCTYPE html><html><title>Error {status}</title><body>cloud</body></html>"
        return cls(f"gateway {status}", carried_out, status=status, body=page.encode(),
                   content_type="text/html; charset=UTF-8")  # fmt: skip

    @classmethod
    def null_audio(cls) -> Self:
        """Carry a chat request out, and answer with a message that has no audio."""
        return cls("null audio", carried_out=True, no_audio=True)
