"""How a job, and how an answer, can go wrong: data that a test sets before."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from support.fal.failures import Failure, lock_text, model_failure, platform_failure
from support.fal.wire import Answer
from support.simulated.mishaps import Spoiled

LONG = 3600.0
"""Seconds that no client waits for an answer."""
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What becomes of one job instead of the right thing.

    `positions` are told one a poll while it waits, `running_polls` polls find it running; None:
    as for every job. `failure`: it fails. `output` stands in place of the whole answer,
    `audio_at` are the keys that lead to its audio (none: there is none), `file` replaces keys of
    the file's object (None drops one). `file_base` and `job_base` are other addresses for the
    audio and for the three URLs of a job. `content` stands in place of the audio's bytes,
    `served_as` is the content type it is delivered with. `seconds` it lasts, `units` are billed.
    """

    name: str
    positions: tuple[int, ...] | None = None
    running_polls: int | None = None
    failure: Failure | None = None
    output: Any = None
    audio_at: tuple[str, ...] = ("audio",)
    file: Mapping[str, Any] = field(default_factory=dict)
    file_base: str = ""
    job_base: str = ""
    content: bytes | None = None
    served_as: str = ""
    seconds: float | None = None
    units: float | None = None
    tells_units: bool = True

    @classmethod
    def waiting(cls, *positions: int, running_polls: int = 0) -> Self:
        """Be found at these places of the queue, then running so many times."""
        return cls("waiting", positions=positions, running_polls=running_polls)

    @classmethod
    def failing(cls, status: int, error_type: str, detail: str = "Something went wrong") -> Self:
        """Fail with an error of the platform's form."""
        return cls(error_type, failure=platform_failure(status, error_type, detail))

    @classmethod
    def rejected(
        cls, kind: str, status: int = 422, at: str = "", message: str = "Not accepted"
    ) -> Self:
        """Fail with an error of the model's form, about the field `at`."""
        return cls(kind, failure=model_failure(status, kind, message, at))

    @classmethod
    def without_audio(cls) -> Self:
        """Succeed, with no word of the audio."""
        return cls("without audio", audio_at=())

    @classmethod
    def nested(cls, *keys: str) -> Self:
        """Succeed, with the audio under other keys."""
        return cls("nested", audio_at=keys)

    @classmethod
    def described(cls, **file: Any) -> Self:
        """Succeed, with other values in the file's object; None drops one."""
        return cls("described", file=file)

    @classmethod
    def delivering(cls, content: bytes, served_as: str = "") -> Self:
        """Succeed with other bytes than those of a song."""
        return cls("delivering", content=content, served_as=served_as)

    @classmethod
    def billed(cls, units: float, *, told: bool = True) -> Self:
        """Succeed, and bill so many units."""
        return cls("billed", units=units, tells_units=told)


CONTENT_POLICY = Trouble.rejected("content_policy_violation", at="lyrics")
DOWNSTREAM_ERROR = Trouble.rejected("downstream_service_error", status=400)
DOWNSTREAM_UNAVAILABLE = Trouble.rejected("downstream_service_unavailable", status=500)
GENERATION_TIMEOUT = Trouble.rejected("generation_timeout", status=504)
MODEL_BROKE = Trouble.rejected("internal_server_error", status=500)
BAD_REQUEST = Trouble.failing(400, "bad_request")
INTERNAL_ERROR = Trouble.failing(500, "internal_error")
REQUEST_TIMEOUT = Trouble.failing(504, "request_timeout")
RUNNER_DISCONNECTED = Trouble.failing(503, "runner_disconnected")
RUNNER_SERVER_ERROR = Trouble.failing(500, "runner_server_error")
STARTUP_TIMEOUT = Trouble.failing(504, "startup_timeout")
WRONG_TYPE = Trouble.described(content_type="image/png", file_name="picture.png")
UNDESCRIBED = Trouble.described(content_type=None, file_name=None, file_size=None)


@dataclass(frozen=True, slots=True)
class Mishap(Spoiled):
    """What becomes of one answer instead of the right one.

    `answer` None is the right one, `served_as` its content type. The body comes in pieces of
    `piece` bytes.
    """

    piece: int = 0
    answer: Answer | None = None
    served_as: str = ""

    @classmethod
    def hanging(cls, *, carried_out: bool = True) -> Self:
        """Carry the request out, or not, and answer when nobody listens any more."""
        return cls("hanging", carried_out, lost=True, wait=LONG)

    @classmethod
    def slow(cls, piece: int, pause: float) -> Self:
        """Send the answer in pieces of so many bytes, so many seconds apart."""
        return cls("slow", carried_out=True, piece=piece, pause=pause)

    @classmethod
    def called(cls, content_type: str) -> Self:
        """The right answer under a wrong content type."""
        return cls(f"as {content_type}", carried_out=True, served_as=content_type)

    @classmethod
    def http(
        cls,
        status: int,
        detail: Any = "Something went wrong",
        error_type: str = "",
        *,
        with_request_id: bool = True,
        carried_out: bool = False,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Self:
        """Answer with an error of the service; without a request id, of something before it."""
        body, sent = {"detail": detail}, dict(headers)
        if with_request_id:
            sent["x-fal-request-id"] = str(uuid.uuid4())
        if error_type:
            body["error_type"] = sent["x-fal-error-type"] = error_type
        answer = Answer(status, json.dumps(body).encode(), headers=sent)
        return cls(f"http {status}", carried_out, answer=answer)

    @classmethod
    def nginx(cls, status: int = 502, *, carried_out: bool = False) -> Self:
        """Answer with the page of the server in front of the service."""
        page = f"<html><body><h1>{status}</h1><hr>nginx</body></html>\r\n"
        answer = Answer(status, page.encode(), "text/html")
        return cls(f"nginx {status}", carried_out, answer=answer)

    @classmethod
    def locked(cls, status: int = 403, reason: str = "Exhausted balance") -> Self:
        """Refuse an account that is locked, at 402 or 403."""
        return cls.http(status, lock_text(reason))

    @classmethod
    def too_many(cls, retry_after: str = "") -> Self:
        """Ask for fewer requests; `retry_after` as its header says it."""
        headers = {"Retry-After": retry_after} if retry_after else {}
        return cls.http(429, "Too many requests", headers=headers)

    @classmethod
    def start_timeout(cls) -> Self:
        """Answer that the job did not start as soon as it was asked to."""
        headers = {"X-Fal-Request-Timeout-Type": "user"}
        return cls.http(504, "Request timed out", "request_timeout", headers=headers)

    @classmethod
    def redirect(cls, location: str, status: int = 302) -> Self:
        """Send the client elsewhere; `{stranger}` in `location` is the stranger's address."""
        answer = Answer(status, headers={"Location": location})
        return cls(f"to {location}", answer=answer)

    @classmethod
    def raw(cls, body: bytes, status: int = 200, content_type: str = "application/json") -> Self:
        """Carry the request out, and answer with any bytes."""
        return cls("raw", carried_out=True, answer=Answer(status, body, content_type))


WRONG_KEY = Mishap.http(401, "Cannot access application, authentication is required")
LOCKED = Mishap.locked()
UNPAID = Mishap.locked(402)
GONE = Mishap.http(404, "Application not found")
