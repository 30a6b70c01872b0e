"""How a prediction, and how an answer, can go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from support.simulated import mishaps

if TYPE_CHECKING:
    from support.replicate.models import Form

AS_IT_IS: Any = object()
"""Stands for the right output."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What becomes of one prediction instead of the right thing.

    `ends`: its status in the end, with `error`. `polls`: how many looks it takes until it ends,
    in place of the server's. `stuck`: it never ends, but after half an hour, by the service.
    `predict_time` in seconds stands in place of what the hardware would take. `output` stands in
    place of the right one, `form` in place of its form, `content` in place of the bytes of its
    song. `file`: gone (404), forbidden (403), or at another host. `removed`: its data is gone as
    soon as it ends. `vanishes`: it is unknown from the beginning. `unlisted`: for so many
    listings it is not among them. `late_cancel`: a cancellation is answered, and comes too late.
    """

    name: str
    ends: Literal["succeeded", "failed", "canceled", "aborted"] = "succeeded"
    error: str | None = None
    polls: int | None = None
    stuck: bool = False
    predict_time: float | None = None
    output: Any = AS_IT_IS
    form: Form | None = None
    content: bytes | None = None
    file: Literal["right", "gone", "forbidden", "elsewhere"] = "right"
    removed: bool = False
    vanishes: bool = False
    unlisted: int = 0
    late_cancel: bool = False

    @classmethod
    def failing(cls, error: str | None, predict_time: float | None = None) -> Self:
        """Fail with this text."""
        return cls("failing", ends="failed", error=error, predict_time=predict_time)

    @classmethod
    def slow(cls, polls: int) -> Self:
        """End well, after so many looks."""
        return cls(f"slow, {polls} looks", polls=polls)

    @classmethod
    def odd(cls, output: Any) -> Self:
        """Succeed with this output."""
        return cls("odd output", output=output)

    @classmethod
    def late_in_list(cls, listings: int) -> Self:
        """Succeed, and be missing in so many listings."""
        return cls("late in list", unlisted=listings)


FLAGGED = Trouble.failing(
    "The input or output was flagged as sensitive. Please try again with different inputs. (E005) "
    "(X7rkLWqf3t)"
)
OUT_OF_MEMORY = Trouble.failing(
    "CUDA out of memory. Tried to allocate 2.44 GiB. GPU 0 has a total capacity of 44.40 GiB"
)
TIMED_OUT = Trouble.failing("Prediction timed out; interrupted (code: PA)", 1800.0)
NO_REASON = Trouble.failing(None)
ABORTED = Trouble("aborted", ends="aborted")
CANCELED = Trouble("canceled by somebody else", ends="canceled")
STUCK = Trouble("stuck", stuck=True)
REMOVED = Trouble("data removed", removed=True)
VANISHED = Trouble("vanished", vanishes=True)
FILE_GONE = Trouble("file gone", file="gone")
FILE_FORBIDDEN = Trouble("file forbidden", file="forbidden")
FILE_ELSEWHERE = Trouble("file elsewhere", file="elsewhere")
NO_OUTPUT = Trouble.odd(None)
AS_TEXT = Trouble("as text", form="text")
AS_LIST = Trouble("as list", form="list")
AS_OBJECT = Trouble("as object", form="object")
LATE_CANCEL = Trouble("late cancel", late_cancel=True)


@dataclass(frozen=True, slots=True)
class Mishap(mishaps.Mishap):
    """What becomes of one answer; `moves_to` redirects to the same path at another address."""

    moves_to: str = ""

    @classmethod
    def slow(cls, pieces: int = 2, pause: float = 0.1) -> Self:
        """Carry the request out, and send the answer in pieces, `pause` seconds apart."""
        return cls("slow", carried_out=True, pieces=pieces, pause=pause)

    @classmethod
    def moved(cls, base: str, status: int = 302) -> Self:
        """Send the client to the same path at another base address."""
        return cls(f"moved {status}", status=status, body=b"", moves_to=base)

    @classmethod
    def odd(cls, body: bytes, status: int = 201) -> Self:
        """Carry the request out, and answer with any bytes."""
        return cls("odd", carried_out=True, status=status, body=body)

    @classmethod
    def http(cls, status: int, detail: str = "Something went wrong", title: str = "Error") -> Self:
        """An error in the vendor's form; nothing is carried out."""
        answer = {"title": title, "detail": detail, "status": status}
        return cls(f"http {status}", status=status, body=json.dumps(answer).encode(),
                   content_type="application/problem+json")  # fmt: skip

    @classmethod
    def throttled(cls, seconds: int = 30, *, header: bool = True) -> Self:
        """Too many requests: seconds to wait, in a header and a text, or in the text only."""
        detail = f"Request was throttled. Your rate limit resets in ~{seconds}s."
        headers = (("Retry-After", str(seconds)),) if header else ()
        answer = json.dumps({"detail": detail}).encode()
        return cls("http 429", status=429, body=answer, headers=headers)


UNAUTHORIZED = Mishap.http(401, "The token was not accepted", "Unauthenticated")
NO_CREDIT = Mishap.http(402, "The account has too little credit to run this", "Insufficient credit")
FORBIDDEN = Mishap.http(403, "The account may not do this", "Permission denied")
NOT_FOUND = Mishap.http(404, "There is no such resource", "Not found")
INVALID_VERSION = Mishap.http(
    422, "There is no such version, or it is not yours to run", "Invalid version or not permitted"
)
VENDOR_ERROR = Mishap.http(500, "Something broke on the way to the model", "Internal server error")
OVERLOADED = Mishap.http(503, "The service takes no requests now", "Service unavailable")
