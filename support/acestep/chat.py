"""The chat face: what a completion asks for, its answer, and its stream of events."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.acestep import sound
from support.acestep.submission import File, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.acestep.jobs import Job
    from support.acestep.server import AceStepServer

SOURCE_TASKS = {"cover", "repaint", "lego", "extract", "complete"}
PASSED_ON = (
    "thinking", "guidance_scale", "batch_size", "use_format", "sample_mode", "use_cot_caption",
    "use_cot_language", "task_type", "audio_cover_strength", "track_name",
)  # fmt: skip
CONFIG = {
    "duration": "audio_duration",
    "bpm": "bpm",
    "key_scale": "key_scale",
    "time_signature": "time_signature",
    "vocal_language": "vocal_language",
    "format": "audio_format",
}
MARKERS = ("[verse", "[chorus", "[bridge", "[intro", "[outro", "[hook", "[pre-chorus", "[inst")


@dataclass(frozen=True, slots=True)
class Request:
    """A completion that was asked for, its fields those of a task."""

    model: str
    stream: bool
    fields: dict[str, Any]
    files: dict[str, File]


def read(body: bytes) -> Request:
    """Return what a body asks for; raises Unreadable."""
    try:
        request = json.loads(body)
        messages, model = request["messages"], request["model"]
        content = [m["content"] for m in messages if m["role"] == "user"][-1]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Unreadable(400, f"Invalid request format: {error}") from error
    parts: list[Any] = [{"type": "text", "text": content}] if isinstance(content, str) else content
    text = "\n".join(part["text"] for part in parts if part.get("type") == "text")
    prompt, lyrics = _styled(text)
    config = request.get("audio_config") or {}
    lyrics = request.get("lyrics") or lyrics or ("[inst]" if config.get("instrumental") else "")
    audio = [_audio(part["input_audio"]) for part in parts if part.get("type") == "input_audio"]
    if not (prompt or lyrics or audio):
        raise Unreadable(400, "No valid prompt, lyrics, sample query, or input audio found")
    fields: dict[str, Any] = {"prompt": prompt, "lyrics": lyrics, "batch_size": 1}
    fields |= {name: request[name] for name in PASSED_ON if request.get(name) is not None}
    fields |= {CONFIG[name]: value for name, value in config.items() if name in CONFIG}
    fields["model"] = str(model).rpartition("/")[2]
    if request.get("seed") is not None:
        fields |= {"seed": request["seed"], "use_random_seed": False}
    names = ["ref_audio", "unused"]
    if request.get("task_type") in SOURCE_TASKS:
        names = ["ctx_audio", "ref_audio"]
    files = dict(zip(names, audio, strict=False))
    return Request(str(model), bool(request.get("stream")), fields, files)


def _styled(text: str) -> tuple[str, str]:
    """Return style and lyrics: by their tags, and without them by a guess."""
    found = [re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S | re.I) for tag in ("prompt", "lyrics")]
    if any(found):
        prompt, lyrics = (match[1].strip() if match else "" for match in found)
        return prompt, lyrics
    lines = [line for line in text.split("\n") if line.strip()]
    short = len(lines) >= 4 and sum(map(len, lines)) / len(lines) < 60
    if short or any(marker in text.lower() for marker in MARKERS):
        return "", text.strip()
    return text.strip(), ""


def _audio(part: dict[str, Any]) -> File:
    try:
        content = base64.b64decode(str(part.get("data", "")).rpartition(",")[2])
    except binascii.Error:
        content = b""
    return File(str(part.get("format", "mp3")), "", content)


def answer(server: AceStepServer, job: Job, model: str, *, silent: bool) -> dict[str, Any]:
    """Return the completion of a finished job; `silent`: its audio is null."""
    message = {
        "role": "assistant",
        "content": _words(job),
        "audio": None if silent else _audio_list(server, job),
    }
    head = _head(job, "chat.completion", model)
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return head | {"choices": [choice], "usage": usage}


def events(server: AceStepServer, job: Job, model: str, *, silent: bool) -> Iterator[str]:
    """Give the events of a stream as they come; none is last if the process dies under it."""
    head = _head(job, "chat.completion.chunk", model)

    def event(delta: dict[str, Any], reason: str | None = None) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
        return f"data: {json.dumps(head | {'choices': choices})}\n\n"

    first = "" if server.state.honours_seed else "Generating music"
    yield event({"role": "assistant", "content": first})
    yield from [event({"content": "."})] * server.heartbeats
    while not server.wait_for_end(job, server.heartbeat):
        yield event({"content": "."})
    if not job.code:
        return
    if job.status == "failed":
        yield event({"content": f"\n\nError: {job.error or 'Generation failed'}"})
        yield event({}, "error")
    else:
        yield event({"content": f"\n\n{_words(job)}"})
        if not silent:
            yield event({"audio": _audio_list(server, job)})
        yield event({}, "stop")
    yield "data: [DONE]\n\n"


def _head(job: Job, kind: str, model: str) -> dict[str, Any]:
    identity = f"chatcmpl-{job.task_id.replace('-', '')[:24]}"
    return {"id": identity, "object": kind, "created": int(time.time()), "model": model}


def _words(job: Job) -> str:
    used = job.used
    assert used is not None
    lines = ["## Metadata", f"**Caption:** {used.prompt}", f"**BPM:** {used.bpm or 'N/A'}"]
    lines.append(f"**Duration:** {used.duration}s")
    return "\n".join(lines) + (f"\n\n## Lyrics\n{used.lyrics}" if used.lyrics else "")


def _audio_list(server: AceStepServer, job: Job) -> list[dict[str, Any]] | None:
    path = job.paths[0] if job.paths else ""
    content = server.files.get(path)
    if content is None or (job.trouble is not None and job.trouble.file == "empty"):
        return None
    name = path.rpartition("/")[2]
    url = server.audio_link.replace("{name}", name)
    if not url:
        kind = sound.CONTENT_TYPES[name.rpartition(".")[2]]
        url = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return [{"type": "audio_url", "audio_url": {"url": url}}]
