"""How an answer is changed on its way from the server to the client."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.object_store.troubles import Trouble

CLOCKS = {"date", "last-modified"}
_CONTENTS = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
_MODIFIED = re.compile(rb"(<LastModified>)(.*?)(</LastModified>)")
_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


class Answer(NamedTuple):
    """A status, headers without those of the connection, and a body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def shifted(answer: Answer, key: str, ahead: Callable[[str], float]) -> Answer:
    """Return it as a server would give it whose clock is so many seconds ahead, for each key."""
    headers = [
        (name, _shifted_header(value, ahead(key if name.lower() == "last-modified" else "")))
        if name.lower() in CLOCKS
        else (name, value)
        for name, value in answer.headers
    ]
    body = answer.body
    if b"<ListBucketResult" in body[:400]:
        body = _CONTENTS.sub(lambda found: _shifted_contents(found[0], ahead), body)
    return Answer(answer.status, headers, body)


def spoiled(answer: Answer, trouble: Trouble) -> Answer:
    """Return it with the body that the trouble leaves of it."""
    body = answer.body
    if trouble.flips and body:
        middle = len(body) // 2
        body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    if trouble.keeps is not None:
        body = body[: int(len(body) * trouble.keeps)]
    return answer._replace(body=body)


def _shifted_header(value: str, seconds: float) -> str:
    moved = parsedate_to_datetime(value) + timedelta(seconds=seconds)
    return format_datetime(moved, usegmt=True)


def _shifted_contents(contents: bytes, ahead: Callable[[str], float]) -> bytes:
    key = _KEY.search(contents)
    name = unquote(key[1].decode()) if key else ""
    return _MODIFIED.sub(
        lambda found: found[1] + _moved(found[2], ahead(name)) + found[3], contents
    )


def _moved(stamp: bytes, seconds: float) -> bytes:
    at = datetime.strptime(stamp.decode(), _ISO).replace(tzinfo=UTC) + timedelta(seconds=seconds)
    return at.strftime(_ISO).encode()
