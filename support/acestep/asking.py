"""A server of the contract that is asked over HTTP, be it this one or the real one."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

    from support.acestep.states import State

KEY = "a-key-of-one's-own"
QUEUE_SIZE = 3
MODEL = "acestep-v15-turbo"
PATIENCE = 30.0
PLAIN: dict[str, Any] = {
    "prompt": "dreamy synth pop",
    "lyrics": "[Verse]\nOver the harbour\n\n[Chorus]\nCome home",
    "audio_duration": 10,
    "batch_size": 1,
    "audio_format": "wav",
    "use_cot_caption": False,
    "use_cot_language": False,
}
"""A small job that every state does without a language model."""


class Subject(ABC):
    """A server that is asked: a key is set, QUEUE_SIZE jobs can wait, no language model."""

    url: str
    state: State

    @abstractmethod
    def hold(self) -> None:
        """Let no job finish."""

    @abstractmethod
    def release(self) -> None:
        """Let all jobs finish."""

    @abstractmethod
    def fail_next(self) -> None:
        """Let the next job fail."""

    @abstractmethod
    def restart(self) -> None:
        """Let the process die, and start it again."""

    @abstractmethod
    def lose_files(self) -> None:
        """Remove the files of all finished jobs."""

    @abstractmethod
    def last_made(self) -> Mapping[str, Any]:
        """Return what the model was given last: caption, lyrics, bpm, duration, batch, ref, src."""

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", key: str = KEY
    ) -> Answer:
        """Send a request."""
        headers = {"Content-Type": kind} if kind else {}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return Answer(response.status, _lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _lower(error.headers), error.read())

    def post(self, path: str, value: Any, key: str = KEY) -> Answer:
        """Send JSON."""
        return self.ask("POST", path, json.dumps(value).encode(), "application/json", key)

    def submit(self, **fields: Any) -> str:
        """Submit PLAIN with other fields; return the job's id. A field None is left out."""
        asked = {n: value for n, value in (PLAIN | fields).items() if value is not None}
        answer = self.post("/release_task", asked)
        assert answer.status == 200, answer
        return str(answer.data["task_id"])

    def poll(self, *task_ids: str) -> list[Any]:
        """Ask for results."""
        return list(self.post("/query_result", {"task_id_list": task_ids}).data)

    def finish(self, task_id: str) -> tuple[int, list[Any]]:
        """Wait for the end of a job; return its status and items."""
        wait(lambda: self.poll(task_id)[0]["status"] != 0)
        found = self.poll(task_id)[0]
        return found["status"], json.loads(found["result"])

    def make(self, **fields: Any) -> dict[str, Any]:
        """Submit a job; return the first item of its finished result."""
        status, items = self.finish(self.submit(**fields))
        assert status == 1, items
        return dict(items[0])

    def stats(self) -> Any:
        """Ask for numbers."""
        return self.ask("GET", "/v1/stats").data

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold jobs while the block runs, then wait until none is left."""
        self.hold()
        try:
            yield
        finally:
            self.release()
            wait(lambda: not self.stats()["queue_size"] and not self.stats()["jobs"]["running"])

    def running(self) -> str:
        """Submit a job, and wait until it runs."""
        task_id = self.submit()
        wait(lambda: self.stats()["jobs"]["running"] == 1)
        return task_id


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.status} {self.body[:200]!r}"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        """What is in the envelope."""
        envelope = self.json
        assert set(envelope) == {"data", "code", "error", "timestamp", "extra"}, envelope
        assert (envelope["code"], envelope["error"]) == (200, None), envelope
        return envelope["data"]


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def wait(condition: Callable[[], Any]) -> None:
    """Look until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def multipart(
    fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]
) -> tuple[bytes, str]:
    """Return a body and its content type."""
    edge = uuid.uuid4().hex
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts += [(f'name="{n}"; filename="{file}"', content) for n, (file, content) in files.items()]
    body = b"".join(
        f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


class Checks(dict[str, "Callable[[Subject], None]"]):
    """What is claimed, and the check that raises AssertionError where it does not hold."""

    def __call__(
        self, claim: str
    ) -> Callable[[Callable[[Subject], None]], Callable[[Subject], None]]:
        """Enter the decorated check under what it claims."""

        def enter(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
            self[claim] = function
            return function

        return enter
