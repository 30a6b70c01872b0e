"""A server on loopback that answers as it is told, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
import json
import threading
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "a-key-of-the-test-0123456789"


@dataclass
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def parts(self) -> dict[str, tuple[str | None, str | None, bytes]]:
        """Parts of a multipart body: file name, content type and bytes by name."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + self.body, policy=email.policy.HTTP)
        found = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="Content-Disposition")
            kind = part.get_content_type() if "Content-Type" in part else None
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found[str(name)] = (part.get_filename(), kind, payload)
        return found


@dataclass
class Said:
    """One answer: JSON, or bytes with their type; `cut` leaves the last bytes out."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def enveloped(data: Any, code: int = 200, error: Any = None) -> Said:
    return Said({"data": data, "code": code, "error": error, "timestamp": 1, "extra": None})


Rule = Said | Callable[[Asked], Said]


class Loopback:
    """Rules by path; a list is used up answer by answer, and its last one stays."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule | list[Rule]] = {}
        self.asked: list[Asked] = []
        self.url = ""

    def said(self, asked: Asked) -> Said:
        self.asked.append(asked)
        path = asked.path.partition("?")[0]
        rule = self.rules.get(path, Said({"detail": "Not Found"}, 404))
        if isinstance(rule, list):
            rule = rule.pop(0) if len(rule) > 1 else rule[0]
        return rule(asked) if callable(rule) else rule

    def of(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path.partition("?")[0] == path]


@contextlib.contextmanager
def loopback() -> Iterator[Loopback]:
    state = Loopback()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            said = state.said(Asked(self.command, self.path, dict(self.headers), body))
            data = said.data
            self.send_response(said.status)
            headers = {"Content-Type": "application/json", **said.headers}
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[: len(data) - said.cut])
            self.close_connection = self.close_connection or bool(said.cut)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def wav(seconds: float = 0.1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(48000)
        out.writeframes(bytes(int(48000 * seconds) * 4))
    return file.getvalue()


def job_entry(job_id: str, status: int, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"task_id": job_id, "status": status, "result": json.dumps(items), **more}


def done_item(**more: Any) -> dict[str, Any]:
    return {
        "file": "/v1/audio?path=%2Ftmp%2Fsong.wav",
        "wave": "",
        "status": 1,
        "create_time": 1790000000,
        "env": "development",
        "prompt": "dream pop",
        "lyrics": "[Verse]\nOver the harbour",
        "metas": {
            "bpm": 96,
            "duration": 60,
            "genres": "N/A",
            "keyscale": "C major",
            "timesignature": "4",
            "prompt": "dream pop",
            "lyrics": "[Verse]\nOver the harbour",
        },
        "generation_info": "",
        "seed_value": "41",
        "lm_model": "",
        "dit_model": "acestep-v15-turbo",
    } | more
