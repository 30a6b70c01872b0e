"""Answers a server of the hosted contract can give instead of the right one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Wire = Callable[[dict[str, Any]], Iterable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of the right answer to one request.

    `body` None means the right answer (the request is carried out, and paid). `cut` sends that
    share of the body and closes the connection; `stall` sends that share and then nothing until
    the server closes; `drip` sends one byte, then another after that many seconds, and so on.
    `silent` reads the request and closes the connection without a word. `wire` makes the bytes of
    the whole HTTP answer from the right one: they are sent piece by piece as they are, then the
    connection is closed; None among them leaves it open, without a word, until the server closes.
    """

    name: str
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: float | None = None
    stall: float | None = None
    drip: float | None = None
    silent: bool = False
    wire: Wire | None = None

    @classmethod
    def http(cls, status: int, message: str = "Something went wrong", **headers: str) -> Self:
        """The vendor's error body; `Retry_After="2"` becomes the header `Retry-After: 2`."""
        body = {
            "message": message,
            "path": "/v2/generate/audio/minimax/generate",
            "requestId": "6f1c",
            "statusCode": status,
            "timestamp": "2026-08-01T00:00:00.000Z",
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Content-Type"] = "application/json; charset=utf-8"
        return cls(f"http {status}", status, json.dumps(body).encode(), named)

    @classmethod
    def html(cls, status: int = 502) -> Self:
        """What a gateway before the service says."""
        page = b"<html><head><title>Bad gateway</title></head><body>nginx</body></html>"
        return cls(f"html {status}", status, page, {"Content-Type": "text/html"})

    @classmethod
    def in_band(cls, code: int, message: str = "a reason", trace_id: str = "trace-fault") -> Self:
        """HTTP 200 with a refusal in `base_resp`."""
        answer = {
            "trace_id": trace_id,
            "base_resp": {"status_code": code, "status_msg": message},
        }
        return cls.json(answer, f"in band {code}")

    @classmethod
    def json(cls, answer: Any, name: str = "json") -> Self:
        """HTTP 200 with any JSON."""
        headers = {"Content-Type": "application/json"}
        return cls(name, 200, json.dumps(answer).encode(), headers)

    @classmethod
    def raw(cls, body: bytes, status: int = 200, **headers: str) -> Self:
        """Any bytes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls("raw", status, body, {"Content-Type": "application/json"} | named)

    @classmethod
    def wired(cls, name: str, wire: Wire) -> Self:
        """An answer whose every byte on the line is the test's own."""
        return cls(name, wire=wire)

    @classmethod
    def created(cls) -> Self:
        """The right answer, with HTTP 201."""
        return cls("created", status=201)

    @classmethod
    def lost(cls) -> Self:
        """The connection is lost after the request was read."""
        return cls("lost", silent=True)

    @classmethod
    def truncated(cls, share: float = 0.5) -> Self:
        """The right answer is cut off."""
        return cls("truncated", cut=share)

    @classmethod
    def stalled(cls, share: float = 0.0) -> Self:
        """The right answer begins, then nothing more comes."""
        return cls("stalled", stall=share)

    @classmethod
    def dripping(cls, seconds: float = 0.05) -> Self:
        """The right answer comes so slowly that it never ends, but is never silent for long."""
        return cls("dripping", drip=seconds)
