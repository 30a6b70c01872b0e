"""What a request of the S3 protocol is about."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import unescape

_KEY = re.compile(r"<Key>(.*?)</Key>", re.DOTALL)


class Subject(NamedTuple):
    """A method of `books.Request`, and the keys that the request names: one, but for deletions."""

    method: str
    keys: list[str]


def subject(method: str, target: str, body: bytes) -> Subject:
    """Read what a request to `/BUCKET/KEY?QUERY` is about."""
    parts = urlsplit(target)
    key = unquote(parts.path.lstrip("/").partition("/")[2])
    query = parse_qs(parts.query, keep_blank_values=True)
    if method == "GET" and not key:
        return Subject("LIST", [query.get("prefix", [""])[0]])
    if method == "POST" and "delete" in query:
        return Subject("DELETE", [unescape(found) for found in _KEY.findall(body.decode())])
    return Subject(method, [key])
