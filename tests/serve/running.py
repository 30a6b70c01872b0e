"""`songbatch serve`, really running, and bare requests to it."""

from __future__ import annotations

import contextlib
import json
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.kit import TIMEOUT, Project

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping
    from email.message import Message
    from pathlib import Path

UPLOAD = "/v2/generate/audio/minimax/upload"
GENERATE = "/v2/generate/audio/minimax/generate"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered. `json` is None where the body is none."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    url: str
    process: subprocess.Popen[str]
    said: tuple[str, ...]

    def request(
        self,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        *,
        method: str = "POST",
        **headers: str,
    ) -> Answer:
        """Send a request; headers are written `Content_Type="text/plain"`."""
        named = {"Authorization": "Bearer some-key", "Content-Type": "application/json"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.url + path, data, named, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return _answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error.headers, error.read())


def _answer(status: int, headers: Message, body: bytes) -> Answer:
    is_json = headers.get("Content-Type", "") == "application/json"
    return Answer(status, dict(headers), json.loads(body) if is_json and body else None)


@contextlib.contextmanager
def served(folder: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """Run `songbatch serve` in `folder` on a free port until the `with` block ends."""
    project = Project(folder)
    process = project.start("serve", "--port", "0", *arguments, env=environment)
    with process:
        try:
            assert process.stdout is not None
            said = tuple(process.stdout.readline().rstrip("\n") for _ in range(3))
            assert said[0], process.communicate()[1]
            yield Served(said[0].rpartition(" ")[2], process, said)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=TIMEOUT)


def form(*parts: tuple[str, bytes], boundary: str = "of-the-test") -> tuple[bytes, str]:
    """Return a multipart body and its content type; a part is its header's rest and its content."""
    pieces = [
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n"
        % (boundary.encode(), head.encode(), content)
        for head, content in parts
    ]
    body = b"".join(pieces) + b"--%s--\r\n" % boundary.encode()
    return body, f"multipart/form-data; boundary={boundary}"
