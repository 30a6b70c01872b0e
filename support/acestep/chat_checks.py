"""The contract of the chat face as questions over HTTP, of both servers alike."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import wave
from typing import TYPE_CHECKING, Any

from support.acestep.asking import MODEL, Checks
from support.acestep.checks import REFERENCE

if TYPE_CHECKING:
    from support.acestep.asking import Subject

check = Checks()
"""Of the chat face."""


def _completion(**fields: Any) -> dict[str, Any]:
    content = "<prompt>dreamy synth pop</prompt><lyrics>[Verse]\nOver the harbour</lyrics>"
    config = {"duration": 10, "bpm": 96, "format": "wav", "instrumental": False}
    plain = {"use_cot_caption": False, "use_cot_language": False, "seed": 41}
    messages = [{"role": "user", "content": content}]
    asked = {"model": f"acemusic/{MODEL}", "messages": messages, "audio_config": config}
    return asked | plain | fields


def _sound_of(audio: Any) -> bytes:
    kind, _, data = audio[0]["audio_url"]["url"].partition(";base64,")
    assert kind == "data:audio/wav"
    return base64.b64decode(data)


@check("a completion has its song as a data URL")
def _chat(subject: Subject) -> None:
    answer = subject.post("/v1/chat/completions", _completion(unknown_field=1))
    choice = answer.json["choices"][0]
    assert (answer.json["object"], choice["finish_reason"]) == ("chat.completion", "stop")
    with wave.open(io.BytesIO(_sound_of(choice["message"]["audio"]))) as read:
        assert read.getnframes() == 480000
    made = subject.last_made()
    assert (made["caption"], made["lyrics"]) == ("dreamy synth pop", "[Verse]\nOver the harbour")
    assert (made["bpm"], made["batch"]) == (96, 1)


@check("a completion takes its reference from the message, and lyrics beside it win")
def _chat_reference(subject: Subject) -> None:
    audio = {"data": base64.b64encode(REFERENCE).decode(), "format": "wav"}
    content = [
        {"type": "text", "text": "<prompt>folk</prompt>"},
        {"type": "input_audio", "input_audio": audio},
    ]
    messages = [{"role": "user", "content": content}]
    answer = subject.post("/v1/chat/completions", _completion(messages=messages, lyrics="La la"))
    assert answer.status == 200, answer
    made = subject.last_made()
    assert made["ref"] == hashlib.sha256(REFERENCE).hexdigest()
    assert (made["caption"], made["lyrics"]) == ("folk", "La la")


@check("a stream of a completion ends with its song, or with Error")
def _chat_stream(subject: Subject) -> None:
    chunks = _streamed(subject)
    assert chunks[0]["delta"]["role"] == "assistant"
    assert chunks[-1]["finish_reason"] == "stop"
    audio = [chunk["delta"]["audio"] for chunk in chunks if "audio" in chunk["delta"]]
    assert len(_sound_of(audio[0])) > 480000 * 4
    subject.fail_next()
    chunks = _streamed(subject)
    assert chunks[-1]["finish_reason"] == "error"
    assert chunks[-2]["delta"]["content"].strip().startswith("Error:")


def _streamed(subject: Subject) -> list[Any]:
    answer = subject.post("/v1/chat/completions", _completion(stream=True))
    assert answer.status == 200, answer
    lines = [line for line in answer.body.decode().split("\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: "))["choices"][0] for line in lines[:-1]]


@check("a completion without messages is refused, and a failed one is 500")
def _chat_refused(subject: Subject) -> None:
    assert subject.post("/v1/chat/completions", {"model": MODEL}).status == 400
    subject.fail_next()
    answer = subject.post("/v1/chat/completions", _completion())
    assert (answer.status, type(answer.json["detail"])) == (500, str)
