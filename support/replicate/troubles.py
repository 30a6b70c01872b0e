"""How a prediction, and how an answer, can go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

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
class Mishap:
    """What becomes of one answer instead of the right one.

    `carried_out`: the request is carried out nevertheless. `lost`: the connection closes without
    a word; in place of the answer the bytes of `wire` are sent, `resets` tears it down. `body`
    None is the right one, with `kind` as its content type if that is given. `cut` sends that
    share of the body, then closes; if it `stalls`, it stays open in silence until the server
    closes. `pieces` are sent with `pause` seconds between them. `wait` seconds pass before the
    answer. `moves_to` redirects to the same path at another address.
    """

    name: str
    carried_out: bool = False
    lost: bool = False
    wire: bytes = b""
    resets: bool = False
    status: int = 200
    body: bytes | None = None
    content_type: str = "application/json"
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    cut: float | None = None
    stalls: bool = False
    pieces: int = 1
    pause: float = 0.0
    wait: float = 0.0
    moves_to: str = ""

    @classmethod
    def lost_before(cls) -> Self:
        """Lose the request: nothing is done, nothing is answered."""
        return cls("lost before", lost=True)

    @classmethod
    def lost_after(cls) -> Self:
        """Carry the request out, and lose the answer."""
        return cls("lost after", carried_out=True, lost=True)

    @classmethod
    def reset(cls, *, carried_out: bool = True) -> Self:
        """Tear the connection down instead of an answer."""
        return cls("reset", carried_out=carried_out, lost=True, resets=True)

    @classmethod
    def no_http(cls) -> Self:
        """Carry the request out, and answer with something that is not HTTP."""
        return cls("no HTTP", carried_out=True, lost=True, wire=b"+OK hello\r\n")

    @classmethod
    def cut_off(cls, share: float = 0.5) -> Self:
        """Carry the request out, and cut the answer."""
        return cls("cut", carried_out=True, cut=share)

    @classmethod
    def stalling(cls, share: float = 0.5) -> Self:
        """Carry the request out, and fall silent in the middle of the answer."""
        return cls("stalling", carried_out=True, cut=share, stalls=True)

    @classmethod
    def slow(cls, pieces: int = 2, pause: float = 0.1) -> Self:
        """Carry the request out, and send the answer in pieces, `pause` seconds apart."""
        return cls("slow", carried_out=True, pieces=pieces, pause=pause)

    @classmethod
    def late(cls, seconds: float) -> Self:
        """Carry the request out, and answer so much later."""
        return cls("late", carried_out=True, wait=seconds)

    @classmethod
    def called(cls, content_type: str) -> Self:
        """The right answer under a wrong name."""
        return cls(f"as {content_type}", carried_out=True, kind=content_type)

    @classmethod
    def redirect(cls, status: int, location: str) -> Self:
        """Send the client to this address."""
        return cls(f"http {status}", status=status, body=b"", headers=(("Location", location),))

    @classmethod
    def moved(cls, base: str, status: int = 302) -> Self:
        """Send the client to the same path at another base address."""
        return cls(f"moved {status}", status=status, body=b"", moves_to=base)

    @classmethod
    def raw(cls, body: bytes, status: int = 200, content_type: str = "application/json") -> Self:
        """Any bytes; nothing is carried out."""
        return cls("raw", status=status, body=body, content_type=content_type)

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

    @classmethod
    def gateway(cls, status: int = 502, *, carried_out: bool = True) -> Self:
        """The page of somebody in between; what is behind it may have done as it was asked."""
        page = f"<!DOCTYPE html><html><title>Error {status}</title><body>cloud</body></html>"
        return cls(f"gateway {status}", carried_out, status=status, body=page.encode(),
                   content_type="text/html; charset=UTF-8")  # fmt: skip


UNAUTHORIZED = Mishap.http(401, "The token was not accepted", "Unauthenticated")
NO_CREDIT = Mishap.http(402, "The account has too little credit to run this", "Insufficient credit")
FORBIDDEN = Mishap.http(403, "The account may not do this", "Permission denied")
NOT_FOUND = Mishap.http(404, "There is no such resource", "Not found")
INVALID_VERSION = Mishap.http(
    422, "There is no such version, or it is not yours to run", "Invalid version or not permitted"
)
VENDOR_ERROR = Mishap.http(500, "Something broke on the way to the model", "Internal server error")
OVERLOADED = Mishap.http(503, "The service takes no requests now", "Service unavailable")
