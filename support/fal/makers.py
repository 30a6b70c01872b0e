"""What a model does with its input: songs, and the ids of files and voices."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.fal import mureka, sound
from support.fal.failures import problem
from support.fal.fields import problems, understood
from support.fal.storage import StoredFile, lifetime
from support.fal.wire import Call

if TYPE_CHECKING:
    from support.fal.jobs import Job
    from support.fal.server import FalServer

LISTENED_TO = ("reference_audio_url", "audio_url")
SHORTEST_REFERENCE = 15.0
MEASURED_APART = {"seed", "num_outputs", *LISTENED_TO}


class Invalid(Exception):
    """An input that the model refuses, with all that is wrong with it."""

    def __init__(self, found: list[dict[str, Any]]) -> None:
        super().__init__(found)
        self.problems = found


@dataclass(frozen=True, slots=True)
class Made:
    """What came out: the answer, how long the song is, and what is billed."""

    output: dict[str, Any]
    seconds: float
    units: Decimal


def make(job: Job, server: FalServer) -> Made:
    """Do a job; raises Invalid."""
    if found := problems(job.model.fields, job.given):
        raise Invalid(found)
    given = understood(job.model.fields, job.given)
    if job.model.makes == "mureka file":
        return _file(job, given, server)
    if job.model.makes == "mureka voice":
        return _voice(job, given, server)
    if job.model.makes == "mureka song" and (found := server.mureka.problems(given)):
        raise Invalid(found)
    return _song(job, given, server)


def _song(job: Job, given: Mapping[str, Any], server: FalServer) -> Made:
    heard = [_listen(given[name], name, server) for name in LISTENED_TO if given.get(name)]
    seconds = _seconds(job, given, server.song_seconds)
    seed = given.get("seed")
    if seed is None:
        seed = secrets.randbelow(2**31)
    material = sorted((n, v) for n, v in given.items() if n not in MEASURED_APART)
    made_of = (job.endpoint, material, [hashlib.sha256(h).hexdigest() for h in heard], seed)
    count = int(given.get("num_outputs") or 1)
    files = [_put(job, (made_of, number), seconds, server) for number in range(count)]
    output: dict[str, Any] = {}
    if job.model.makes == "mureka song":
        milliseconds = round(seconds * 1000)
        output |= {"song_id": str(secrets.randbelow(10**14)), "duration": milliseconds}
        output["lyrics_sections"] = mureka.sections(given.get("lyrics") or "", milliseconds)
    if job.model.tells_seed:
        output["seed"] = seed
    if job.model.tells_duration:
        output["duration"] = seconds
    if job.trouble.audio_at:
        _enter(output, job.trouble.audio_at, files[0])
    if count > 1:
        output["audios"] = files
    return Made(output, seconds, job.model.units(given, seconds))


def _seconds(job: Job, given: Mapping[str, Any], natural: float) -> float:
    if job.trouble.seconds is not None:
        return job.trouble.seconds
    asked = given.get(job.model.length)
    if asked is None:
        return min(natural, job.model.longest)
    seconds = float(asked) / (1000 if job.model.length.endswith("_ms") else 1)
    return seconds if job.model.is_exact else min(seconds, natural)


def _listen(url: str, name: str, server: FalServer) -> bytes:
    content = _fetched(url, name, server)
    if sound.container_of(content) not in {"mp3", "wav"}:
        raise Invalid([problem("unsupported_audio_format", "MP3 or WAV wanted", name)])
    seconds = sound.seconds_of(content)
    if seconds is not None and seconds <= SHORTEST_REFERENCE:
        message = f"More than {SHORTEST_REFERENCE:g} s wanted"
        raise Invalid([problem("audio_duration_too_short", message, name)])
    return content


def _fetched(url: str, name: str, server: FalServer) -> bytes:
    content = server.storage.fetch(url)
    if content is None:
        raise Invalid([problem("file_download_error", "The file cannot be had", name, url)])
    return content


def _put(job: Job, made_of: Any, seconds: float, server: FalServer) -> dict[str, Any]:
    """Store a song; return the object that describes its file."""
    trouble, container = job.trouble, job.model.container
    content = trouble.content
    if content is None:
        content = sound.song(container, seconds, made_of)
    kind = sound.CONTENT_TYPES[container]
    file = server.storage.add(f"song.{container}", trouble.served_as or kind, content, _life(job))
    file.request_id, file.endpoint = job.request_id, job.endpoint
    told = {
        "url": _address(job, file, server),
        "content_type": kind,
        "file_name": file.name,
        "file_size": len(content),
    }
    return {name: value for name, value in (told | dict(trouble.file)).items() if value is not None}


def _life(job: Job) -> float | None:
    return lifetime(Call("POST", "", {}, job.headers, b""))


def _address(job: Job, file: StoredFile, server: FalServer) -> str:
    base = job.trouble.file_base.replace("{stranger}", server.stranger.url)
    return base + file.path if base else server.storage.url(file)


def _enter(output: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    """Put a value under keys within keys; a key of digits counts in a list of one."""
    for key in reversed(keys[1:]):
        value = [value] if key.isdigit() else {key: value}
    output[keys[0]] = value


def _file(job: Job, given: Mapping[str, Any], server: FalServer) -> Made:
    content = _fetched(given["file_url"], "file_url", server)
    if found := mureka.file_problems(content, "file_url"):
        raise Invalid(found)
    deposit = server.mureka.keep(given["purpose"], content, job.request_id)
    output = {
        "id": deposit.id,
        "bytes": len(content),
        "created_at": int(server.now()),
        "filename": f"upload.{sound.container_of(content)}",
        "purpose": deposit.purpose,
    }
    return Made(output, 0.0, Decimal(1))


def _voice(job: Job, given: Mapping[str, Any], server: FalServer) -> Made:
    content = _fetched(given["audio_url"], "audio_url", server)
    if found := mureka.voice_problems(content, "audio_url"):
        raise Invalid(found)
    deposit = server.mureka.keep("cloned voice", content, job.request_id)
    return Made({"vocal_id": deposit.id}, 0.0, Decimal(1))
