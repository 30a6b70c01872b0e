"""A request for a song exactly as it was received."""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class File:
    """A file of a multipart body, or an audio of a chat message (its name is then its format)."""

    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Submission:
    """A request for a song; `status` is what it was answered with, 0 if its answer was lost.

    `fields` are texts of a form, or JSON values as they came.
    """

    face: str
    headers: Mapping[str, str]
    body: bytes
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    status: int = 0
    task_id: str = ""


class Unreadable(Exception):
    """A body that is not what it says, and the status to refuse it with."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def read(
    content_type: str, body: bytes, bad_json: int = 400
) -> tuple[dict[str, Any], dict[str, File]]:
    """Return fields and files of a body; raises Unreadable."""
    kind = content_type.lower()
    if kind.startswith("multipart/form-data"):
        return _multipart(content_type, body)
    if kind.startswith("application/x-www-form-urlencoded"):
        return _urlencoded(body), {}
    if kind.startswith("application/json") or kind.partition(";")[0].endswith("+json"):
        return _object(body, bad_json), {}
    stripped = body.lstrip()
    if stripped[:1] in {b"{", b"["}:
        return _object(body, 400), {}
    if b"=" in stripped:
        return _urlencoded(body), {}
    raise Unreadable(415, f"Unsupported Content-Type: {content_type or '(missing)'}")


def _object(body: bytes, bad_json: int) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Unreadable(bad_json, "Invalid JSON body") from error
    if not isinstance(value, dict):
        raise Unreadable(400, "JSON payload must be an object")
    return value


def _urlencoded(body: bytes) -> dict[str, Any]:
    return dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))


def _multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, File]]:
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise Unreadable(400, "Missing boundary in multipart.")
    pieces = (b"\r\n" + body).split(b"\r\n--" + match[1].encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Unreadable(400, "There was an error parsing the body")
    fields: dict[str, Any] = {}
    files: dict[str, File] = {}
    for piece in pieces[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = _headers(head)
        disposition = headers.get("content-disposition", "")
        name = _parameter(disposition, "name") or ""
        filename = _parameter(disposition, "filename")
        if filename is None:
            fields[name] = content.decode()
        else:
            files[name] = File(filename, headers.get("content-type", ""), content)
    return fields, files


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode().split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _parameter(disposition: str, name: str) -> str | None:
    match = re.search(rf'(?:^|;)\s*{name}="((?:[^"\\]|\\.)*)"', disposition)
    return None if match is None else match[1].replace('\\"', '"').replace("%22", '"')
