"""What a request must be to be within the hosted contract; written from its OpenAPI file.

Each check returns what is wrong, in words; an empty list means that nothing is.
"""

from __future__ import annotations

import json
import re
from typing import Any

PURPOSES: dict[str, tuple[str, ...]] = {
    "song": ("voice", "instrumental"),
    "voice": ("voice",),
    "instrumental": ("instrumental",),
}
AUDIO_SETTINGS: dict[str, tuple[Any, ...]] = {
    "format": ("mp3", "wav", "pcm"),
    "sample_rate": (16000, 24000, 32000, 44100),
    "bitrate": (32000, 64000, 128000, 256000),
}
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_DISPOSITION = re.compile(r'form-data; name="([^"]*)"(?:; filename="([^"]*)")?')


class Part:
    """One part of a multipart body."""

    def __init__(self, head: bytes, content: bytes) -> None:
        lines = [line.partition(b":") for line in head.split(b"\r\n") if line]
        headers = {name.strip().lower(): value.strip().decode() for name, _, value in lines}
        match = _DISPOSITION.fullmatch(headers.get(b"content-disposition", ""))
        self.name = match[1] if match else ""
        self.filename: str | None = match[2] if match else None
        self.content_type = headers.get(b"content-type", "")
        self.content = content


def parts(content_type: str, body: bytes) -> list[Part]:
    """Take a multipart body apart; raises ValueError where it is not one."""
    match = re.fullmatch(r'multipart/form-data; boundary="?([^";]+)"?', content_type)
    if not match:
        raise ValueError(f"the upload's content type is {content_type!r}")
    marker = b"--" + match[1].encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + marker)
    if pieces[0] or pieces[-1].rstrip(b"\r\n") != b"--":
        raise ValueError("the multipart body does not begin and end with its boundary")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, gap, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not gap:
        raise ValueError("a part has no header")
    return Part(head, content)


def faults_of_headers(headers: dict[str, str]) -> list[str]:
    """The rules of every request. Names in lower case."""
    faults = []
    request_id = headers.get("x-client-request-id")
    if request_id is None or not REQUEST_ID.fullmatch(request_id):
        faults.append(f"X-Client-Request-Id is {request_id!r}")
    if "cookie" in headers:
        faults.append("a cookie was sent")
    if "content-length" not in headers:
        faults.append("Content-Length is missing")
    return faults


def faults_of_upload(found: list[Part]) -> list[str]:
    """The rules of an upload."""
    names = sorted(part.name for part in found)
    if names != ["file", "purpose"]:
        return [f"the upload's fields are {names}"]
    by_name = {part.name: part for part in found}
    file, purpose = by_name["file"], by_name["purpose"]
    faults = []
    if purpose.content.decode("utf-8", "replace") not in PURPOSES:
        faults.append(f"the purpose is {purpose.content!r}")
    if not file.filename:
        faults.append("the file has no name")
    expected = "audio/wav" if file.content.startswith(b"RIFF") else "audio/mpeg"
    if file.content_type != expected:
        faults.append(f"the file is {expected}, its part says {file.content_type!r}")
    return faults


def faults_of_generate(content_type: str, body: bytes) -> list[str]:
    """The rules of a generate request."""
    if content_type.partition(";")[0] != "application/json":
        return [f"the generate request's content type is {content_type!r}"]
    try:
        request = json.loads(body.decode())
    except ValueError as error:
        return [f"the generate request is not JSON: {error}"]
    if not isinstance(request, dict):
        return ["the generate request is not an object"]
    return _faults_of_fields(request) + _faults_of_audio(request.get("audio_setting"))


def _faults_of_fields(request: dict[str, Any]) -> list[str]:
    known = {"model", "lyrics", "refer_voice", "refer_instrumental", "audio_setting"}
    faults = [f"unknown field {name!r}" for name in sorted(request.keys() - known)]
    if request.get("model") != "music-01":
        faults.append(f"the model is {request.get('model')!r}")
    lyrics = request.get("lyrics")
    if not isinstance(lyrics, str) or not 1 <= len(lyrics) <= 600:
        faults.append(f"the lyrics are {lyrics!r}")
    ids = [request[name] for name in ("refer_voice", "refer_instrumental") if name in request]
    if not ids or not all(isinstance(each, str) and each for each in ids):
        faults.append(f"the ids are {ids!r}")
    return faults


def _faults_of_audio(setting: object) -> list[str]:
    if not isinstance(setting, dict) or setting.keys() != AUDIO_SETTINGS.keys():
        return [f"the audio setting is {setting!r}"]
    return [
        f"{name} is {setting[name]!r}"
        for name, allowed in AUDIO_SETTINGS.items()
        if setting[name] not in allowed
    ]
