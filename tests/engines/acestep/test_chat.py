"""The chat face over real sockets: streams and whole answers, songs in them and beside them."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from songbatch.engines.acestep.chat import AceStepChat
from songbatch.engines.acestep.chat_song import ChatSong
from songbatch.engines.acestep.events import NotAnEvent, events
from songbatch.engines.acestep.settings import AceStepSettings
from songbatch.engines.acestep.traits import traits
from songbatch.engines.base import Answer, EngineError, Verdict
from songbatch.model import AudioFormat, Purpose
from tests.engines.acestep.loopback import KEY, Loopback, Said, loopback, wav
from tests.engines.acestep.samples import asking, file

PATH = "/v1/chat/completions"
MODEL = "acemusic/acestep-v15-turbo"
WORDS = "\n## Lyrics\n[Verse]\nTime signature: 3\nError: none of mine\n"
TEXT = (
    "## Metadata\n**Caption:** dream pop\n**BPM:** 96\n**Duration:** 60s\n**Key:** C major\n"
    + WORDS
)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as state:
        yield state


def url_of(song: bytes, kind: str = "audio/wav") -> str:
    return f"data:{kind};base64,{base64.b64encode(song).decode()}"


def audio(url: str) -> dict[str, Any]:
    return {"audio": [{"type": "audio_url", "audio_url": {"url": url}}]}


def streamed(*deltas: dict[str, Any], finish: str = "stop", ends: bool = True) -> Said:
    chunks: list[tuple[dict[str, Any], str | None]] = [(delta, None) for delta in deltas]
    chunks.append(({}, finish))
    lines = [": a comment", "event: message", ""]
    for delta, reason in chunks:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}
        lines += [f"data: {json.dumps(event | {'model': MODEL})}", ""]
    body = "\n".join([*lines, *(["data: [DONE]", ""] if ends else [])])
    return Said(body.encode(), headers={"Content-Type": "text/event-stream; charset=utf-8"})


def whole(url: str | None, finish: str = "stop") -> Said:
    message = {"role": "assistant", "content": TEXT, "audio": None}
    message |= audio(url) if url else {}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return Said({"id": "chatcmpl-1", "model": MODEL, "choices": [choice], "usage": {}})


def generated(server: Loopback, said: Said, sink: io.BytesIO, **more: Any) -> Answer:
    server.rules[PATH] = said
    settings = AceStepSettings(url=server.url, key=KEY, face="chat", model=MODEL, **more)
    with contextlib.closing(AceStepChat(settings)) as engine:
        return engine.generate(asking(), sink)


def error_of(server: Loopback, said: Said) -> EngineError:
    with pytest.raises(EngineError) as caught:
        generated(server, said, io.BytesIO())
    assert KEY not in str(caught.value) + caught.value.fix
    return caught.value


BEATS = ({"role": "assistant", "content": "Generating music"}, {"content": "."}, {"content": "."})


@pytest.mark.parametrize(
    "said",
    [
        streamed(*BEATS, {"content": TEXT}, audio(url_of(wav(2.0)))),
        streamed(*BEATS, {"content": TEXT}, audio(url_of(wav(2.0))), ends=False),
        whole(url_of(wav(2.0))),
        whole(url_of(wav(2.0), "audio/x-wav;codecs=1")),
    ],
    ids=["stream", "stream-without-end", "whole", "odd-type"],
)
def test_a_song_comes_in_the_answer(server: Loopback, said: Said) -> None:
    sink = io.BytesIO()
    answer = generated(server, said, sink)
    assert sink.getvalue() == wav(2.0)
    assert answer.model == MODEL
    assert answer.filled_in == {"bpm": 96, "duration": 60, "scale": "C major"}
    assert answer.notes == ()
    assert answer.seed is None
    # What a song costs is the user's to say: the server does not.
    assert answer.cost_usd is None
    (asked,) = server.asked
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.json["stream"] is True


def test_an_mp3_may_be_what_is_asked_for(server: Loopback) -> None:
    sink, song = io.BytesIO(), b"ID3" + bytes(2000)
    generated(server, whole(url_of(song, "audio/mpeg")), sink, master=AudioFormat.MP3)
    assert sink.getvalue() == song
    assert server.asked[0].json["audio_config"]["format"] == "mp3"


def test_another_model_is_a_note(server: Loopback) -> None:
    said = whole(url_of(wav()))
    said.body["model"] = "acestep-v15-base"
    (note,) = generated(server, said, io.BytesIO()).notes
    assert "acestep-v15-base, not" in note


def failed(text: str) -> Said:
    return streamed(*BEATS, {"content": text}, finish="error")


@pytest.mark.parametrize(
    ("said", "verdict", "message"),
    [
        (failed("Error: CUDA out of memory"), Verdict.REJECTED, "not enough memory"),
        (failed("Error: LM init failed"), Verdict.REJECTED, "no language model"),
        (failed("\n\nError: odd"), Verdict.RETRY, "failed at the server (odd)"),
        (failed("no memory, or so"), Verdict.RETRY, "no memory, or so"),
        (failed("Error:"), Verdict.RETRY, "gives no reason"),
        (streamed(*BEATS, {"content": "Error: odd"}), Verdict.RETRY, "(odd)"),
        (streamed(*BEATS), Verdict.LOST, "has no song"),
        (whole(None), Verdict.LOST, "has no song"),
        (whole("http://127.0.0.1/song.wav"), Verdict.LOST, "neither in the answer"),
        (whole("file:///etc/passwd"), Verdict.LOST, "neither in the answer"),
        (whole("data:text/html;base64,AAAA"), Verdict.LOST, "neither in the answer"),
        (whole("https://elsewhere.example/song.wav"), Verdict.LOST, "on another host"),
        (whole("https://127.0.0.1/song.wav"), Verdict.LOST, "private network"),
        (whole("data:audio/wav;base64,AA*A"), Verdict.LOST, "not base64"),
        (whole(url_of(b"ID3" + bytes(100))), Verdict.REJECTED, "the ACE-Step server sent MP3"),
        (whole(url_of(b"")), Verdict.LOST, "no bytes"),
        (Said([]), Verdict.LOST, "not a song"),
        (Said(b"<html>busy</html>"), Verdict.LOST, "<html>busy"),
        (
            Said(b"data: {broken\n\n", headers={"Content-Type": "text/event-stream"}),
            Verdict.LOST,
            "{broken",
        ),
        (Said({"detail": "key"}, 401), Verdict.STOP, "refuses the key"),
        (Said({"detail": "busy"}, 429), Verdict.SLOW_DOWN, "queue is full"),
        (Said({"detail": "no"}, 400), Verdict.REJECTED, "HTTP 400: no"),
        (Said({"detail": "no"}, 503), Verdict.RETRY, "not loaded its model"),
        (Said({"detail": "late"}, 504), Verdict.LOST, "took longer"),
        (Said(b"<html>524: A timeout occurred</html>", 524), Verdict.LOST, "took longer"),
        (Said({"detail": "Not Found"}, 404), Verdict.STOP, "no such ACE-Step service"),
        (Said({"x": 1}, cut=2), Verdict.LOST, "no whole answer"),
    ],
)
def test_failures(server: Loopback, said: Said, verdict: Verdict, message: str) -> None:
    error = error_of(server, said)
    assert error.verdict is verdict
    assert message in str(error)
    assert len(server.asked) == 1


def test_the_chat_face_does_not_sing_over_an_instrumental(server: Loopback) -> None:
    settings = AceStepSettings(url=server.url, face="chat", model="acestep-v15-base")
    with contextlib.closing(AceStepChat(settings)) as engine:
        request = asking(files=(file(Purpose.INSTRUMENTAL),))
        with pytest.raises(EngineError, match="face: tasks") as caught:
            engine.generate(request, io.BytesIO())
    assert caught.value.verdict is Verdict.REJECTED
    assert not server.asked
    found = traits("acestep-v15-base", "chat")
    assert Purpose.INSTRUMENTAL not in found.references
    assert "face: tasks" in found.cannot["instrumental"]


def test_a_line_may_come_in_many_pieces() -> None:
    text = b'data: {"a": 1}\r\n\r\ndata:{"b": 2}\n\ndata: [DONE]\n\ndata: {"c": 3}\n'
    for size in (1, 2, 3, 7, len(text)):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert list(events(pieces)) == [{"a": 1}, {"b": 2}]


def test_the_last_line_needs_no_end() -> None:
    assert list(events([b'data: {"a"', b": 1}"])) == [{"a": 1}]
    with pytest.raises(NotAnEvent):
        list(events([b"data: [1]"]))


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": ["x"]},
        {"choices": [{"delta": None, "message": []}]},
        {"choices": [{"delta": {"audio": ["x", {"audio_url": None}], "content": 5}}]},
    ],
)
def test_events_without_a_song_are_passed_over(event: dict[str, Any]) -> None:
    song = ChatSong()
    song.take(event)
    assert (song.address, song.text, song.failure) == (None, "", None)
