"""Requests of both faces, field by field. Pure: one request, one sequence of bytes."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.digest import sha256
from songbatch.engines.acestep.traits import (
    LANGUAGES,
    SILENT_LYRICS,
    UNKNOWN_LANGUAGE,
    instrumental_problem,
)
from songbatch.engines.base import EngineError, Verdict
from songbatch.formatting import yaml_text
from songbatch.model import AudioFormat, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.acestep.settings import Face
    from songbatch.engines.base import Generation, ReferenceFile
    from songbatch.model import Value

REFERENCE, SOURCE = "ref_audio", "ctx_audio"
"""Parts of a request: what a song shall sound like; what it is made of."""

DEFAULT_STRENGTH = 1.0

_CONTENT_TYPES = {AudioFormat.WAV: "audio/wav", AudioFormat.MP3: "audio/mpeg"}
_DEFAULTS: Mapping[str, Value] = {
    "thinking": False,
    "use_cot_caption": False,
    "use_cot_language": False,
    "infer_method": "ode",
}
"""What a song's options may say otherwise. The server's own defaults let its language model
rewrite the style."""


class AcePart(msgspec.Struct, frozen=True):
    """An audio file in a request, under the name of its field."""

    name: str
    file: ReferenceFile

    @property
    def file_name(self) -> str:
        """A constant name; the server decodes by its suffix."""
        return f"reference.{self.file.format.value}"


class AceRequest(msgspec.Struct, frozen=True):
    """A request for a song before it is written for one of the faces."""

    fields: Mapping[str, Value]
    parts: tuple[AcePart, ...] = ()


def request_of(
    request: Generation, model: str, master: AudioFormat, face: Face = "tasks"
) -> AceRequest:
    """Return the fields and files of a request. Raises EngineError for what cannot be asked."""
    task, parts = _task(request, model, face)
    fields: dict[str, Value] = {
        "prompt": request.style or "",
        "lyrics": SILENT_LYRICS if is_silent(request) else request.lyrics,
        "model": model,
        "batch_size": 1,
        "seed": request.take if request.seed is None else request.seed,
        "use_random_seed": False,
        "vocal_language": language_of(request.lang),
        "audio_format": master.value,
        **task,
    }
    told = {
        "audio_duration": _number(request.duration),
        "bpm": request.bpm,
        "key_scale": request.scale,
        "time_signature": request.meter and request.meter.partition("/")[0],
    }
    fields |= {name: value for name, value in told.items() if value is not None}
    return AceRequest(fields | _with_defaults(request.options or {}), parts)


def is_silent(request: Generation) -> bool:
    """Return whether nobody shall sing."""
    return request.vocals == "none" or not request.lyrics


def language_of(tag: str | None) -> str:
    """Return the server's name of a language: it takes any other word for English."""
    primary = (tag or "").partition("-")[0].lower()
    return primary if primary in LANGUAGES else UNKNOWN_LANGUAGE


def _with_defaults(options: Mapping[str, Value]) -> dict[str, Value]:
    said = {_snake(name) for name in options}
    defaults = {name: value for name, value in _DEFAULTS.items() if name not in said}
    return defaults | dict(options)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _number(seconds: float | None) -> Value:
    return int(seconds) if seconds is not None and float(seconds).is_integer() else seconds


def _task(
    request: Generation, model: str, face: Face
) -> tuple[dict[str, Value], tuple[AcePart, ...]]:
    """Return the fields that say what is done with the references, and these."""
    files = tuple(dict.fromkeys(request.files))
    if len(files) > 1:
        raise EngineError(
            "a request to ACE-Step takes one reference: a voice and an instrumental of different "
            "files cannot be followed together",
            Verdict.REJECTED,
            fix="name one reference",
        )
    is_cover = request.follow == "song"
    if is_cover and [file.purpose for file in files] != [Purpose.SONG]:
        raise EngineError(
            "`follow: song` needs a reference whose purpose is song",
            Verdict.REJECTED,
            fix="name such a reference, or say `follow: style`",
        )
    if not files:
        return {"task_type": "text2music"}, ()
    if is_cover and (request.options or {}).get("task_type") == "repaint":
        return {}, (AcePart(SOURCE, files[0]),)  # the options have all fields of it
    if is_cover:
        strength = DEFAULT_STRENGTH if request.strength is None else request.strength
        task: dict[str, Value] = {"task_type": "cover", "audio_cover_strength": strength}
        return task, (AcePart(SOURCE, files[0]),)
    if files[0].purpose is Purpose.INSTRUMENTAL:
        if why := instrumental_problem(model, face):
            raise EngineError(f"{why}; this is {model}", Verdict.REJECTED)
        return {"task_type": "lego", "track_name": "vocals"}, (AcePart(SOURCE, files[0]),)
    return {"task_type": "text2music"}, (AcePart(REFERENCE, files[0]),)


def task_body(made: AceRequest) -> tuple[bytes, str]:
    """Return a submission's body and content type: JSON, or multipart where there are files."""
    if not made.parts:
        return json.dumps(dict(made.fields), ensure_ascii=False).encode(), "application/json"
    # Nothing contains its own digest, so this boundary cannot be in the audio.
    boundary = "songbatch-" + sha256(*(part.file.data for part in made.parts))[:40]
    body = bytearray()
    for name, value in made.fields.items():
        if value is not None:
            body += _head(boundary, f'name="{_quoted(name)}"') + yaml_text(value).encode() + b"\r\n"
    for part in made.parts:
        kind = _CONTENT_TYPES.get(part.file.format, "application/octet-stream")
        head = f'name="{part.name}"; filename="{part.file_name}"\r\nContent-Type: {kind}'
        body += _head(boundary, head) + part.file.data + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def _head(boundary: str, disposition: str) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


_OF_AUDIO = {
    "audio_duration": "duration",
    "bpm": "bpm",
    "key_scale": "key_scale",
    "time_signature": "time_signature",
    "vocal_language": "vocal_language",
    "audio_format": "format",
}
"""Fields that the chat face has in its `audio_config`, and their names there."""

_TAG = re.compile(r"</?\s*(?:prompt|lyrics)\s*>", re.IGNORECASE)
"""In a text, such a tag would end it early."""

_NOT_IN_CHAT = frozenset({"prompt", "lyrics", "use_random_seed", *_OF_AUDIO})


def chat_body(made: AceRequest, *, has_vocals: bool) -> bytes:
    """Return the request of the chat face.

    The style stands between tags, as what has none may be taken for lyrics. The lyrics have a field
    of their own, which wins, and stand there for services that know only tags.
    """
    style, lyrics = (_TAG.sub(" ", str(made.fields[name])) for name in ("prompt", "lyrics"))
    text = {"type": "text", "text": f"<prompt>{style}</prompt><lyrics>{lyrics}</lyrics>"}
    audio = [
        {
            "type": "input_audio",
            "input_audio": {
                "data": base64.b64encode(part.file.data).decode("ascii"),
                "format": part.file.format.value,
            },
        }
        for part in made.parts
    ]
    config: dict[str, Any] = {
        name: made.fields[field] for field, name in _OF_AUDIO.items() if field in made.fields
    }
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": [text, *audio] if audio else text["text"]}],
        "stream": True,
        "lyrics": made.fields["lyrics"],
        "audio_config": config | {"instrumental": not has_vocals},
        "use_format": False,
        **{name: value for name, value in made.fields.items() if name not in _NOT_IN_CHAT},
    }
    return json.dumps(body, ensure_ascii=False).encode()
