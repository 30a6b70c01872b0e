"""Requests and answers, free of sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    import re

    from support.fal.troubles import Mishap


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came in; the names of `headers` are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def first(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter of the query."""
        return self.query.get(name, [default])[0]

    def json(self) -> dict[str, Any]:
        """Return the object of the body; raises Refused if it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            problem = {"loc": ["body"], "msg": "JSON object expected", "type": "json_invalid"}
            raise Refused(Answer.of(422, {"detail": [problem]}))
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not yet sent."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Self:
        """Answer with JSON."""
        return cls(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})


class Refused(Exception):
    """A request that is not carried out, and its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


def refused(status: int, detail: Any, error_type: str = "") -> Refused:
    """Return a refusal in the form of the platform's errors."""
    body, headers = {"detail": detail}, {}
    if error_type:
        body["error_type"] = headers["x-fal-error-type"] = error_type
    return Refused(Answer.of(status, body, headers))


@dataclass(frozen=True, slots=True)
class Route:
    """Requests of one kind: `step` is their name in scripts and counts.

    `access`: with the account's key, with a token for uploads, or with no Authorization at all.
    `names` tells what a request is about, for scripts that are meant for it.
    """

    step: str
    method: str
    pattern: re.Pattern[str]
    access: Literal["key", "token", "none"]
    answer: Callable[[Call, re.Match[str]], Answer]
    names: Callable[[Call, re.Match[str]], list[str]]

    def match(self, call: Call) -> re.Match[str] | None:
        """Return what the path says, None if this is another kind of request."""
        method = "GET" if call.method == "HEAD" else call.method
        return self.pattern.fullmatch(call.path) if method == self.method else None


Respond = Callable[[Call], "tuple[Answer, Mishap | None]"]
