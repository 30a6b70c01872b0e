"""An independent server of the hosted contract, on loopback, for tests.

It shares no code with the project. It records what it is sent, answers with real audio, refuses
what is not within the contract (and remembers it: leaving the `with` block then fails), and can be
told to misbehave:

    with ContractServer() as server:
        server.script("generate", [Fault.http(500), None, Fault.lost()])
        ...                                   # AIMLAPI_BASE_URL=server.url, AIMLAPI_KEY=server.key
        assert [u.purpose for u in server.uploads] == ["song"]
        assert len(server.generations) == 3

Nothing in here waits by the clock except `latency`, which is off unless a test sets it.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pytest

from support.contract.audio import tone
from support.contract.faults import Fault
from support.contract.handler import ContractHttp
from support.contract.rules import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from support.contract.rules import Part

PATIENCE = 60.0
"""Seconds after which a test that waits for something that never happens fails."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was within the contract. `connection` tells connections apart."""

    purpose: str
    sha256: str
    filename: str
    content_type: str
    headers: Mapping[str, str]
    connection: int
    fault: Fault | None
    voice_id: str | None
    instrumental_id: str | None


@dataclass(frozen=True, slots=True)
class Generation:
    """A generate request that was within the contract; `fault` is what it was answered with."""

    lyrics: str
    refer_voice: str | None
    refer_instrumental: str | None
    audio_setting: Mapping[str, Any]
    headers: Mapping[str, str]
    connection: int
    fault: Fault | None

    @property
    def request_id(self) -> str:
        """The name the client gave the attempt."""
        return self.headers.get("x-client-request-id", "")


class ContractServer:
    """The server; a context manager. Attributes may be set between requests.

    `latency` seconds a generation takes; `limit` generations at once, more are answered 429;
    `cost_usd` is sent as the service's cost header; `audio_seconds` how long the songs are,
    `in_front` what stands in front of them, such as a tag.
    """

    def __init__(self, key: str = "test-key-0123456789") -> None:
        self.key = key
        self.latency = 0.0
        self.limit: int | None = None
        self.cost_usd: str | None = None
        self.audio_seconds = 2.0
        self.in_front = b""
        self.uploads: list[Upload] = []
        self.generations: list[Generation] = []
        self.answers: dict[str, bytes] = {}
        """The audio that was made, by the trace id it was sent with; every one is another."""
        self.violations: list[str] = []
        self.refused_keys = 0
        self.peak_in_flight = 0
        self.in_flight = 0
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self._gate = threading.Event()
        self._gate.set()
        self._scripts: list[tuple[str, str, list[Fault | None]]] = []
        self._ids: set[str] = set()
        self._uploads_carried_out = 0
        self._http = ContractHttp(self)

    def __enter__(self) -> Self:
        self._http.listen()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.closing.set()
        self._gate.set()
        self._http.stop()
        if kind is None:
            assert self.violations == [], "requests outside the contract"

    @property
    def url(self) -> str:
        """What AIMLAPI_BASE_URL must be."""
        return self._http.url

    @property
    def environment(self) -> dict[str, str]:
        """The variables a client needs."""
        return {"AIMLAPI_BASE_URL": self.url, "AIMLAPI_KEY": self.key}

    @property
    def songs(self) -> list[Generation]:
        """The generate requests that were carried out: what the service would charge."""
        return [g for g in self.generations if _is_carried_out(g.fault)]

    def script(
        self, endpoint: str, faults: Iterable[Fault | None], *, containing: str = ""
    ) -> None:
        """Answer the next requests with these; None stands for the right answer.

        `endpoint` is "upload" or "generate"; `containing` limits it to bodies with this text.
        """
        with self.changed:
            self._scripts.append((endpoint, containing, list(faults)))

    def forget_uploads(self) -> None:
        """Let every id that was answered so far expire."""
        with self.changed:
            self._ids.clear()

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Let no generation finish while the `with` block runs."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    def release(self) -> None:
        """End `holding` before its block does."""
        self._gate.set()

    def wait_for_in_flight(self, count: int) -> None:
        """Return when that many generations run at once; use with `holding`."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.in_flight >= count, PATIENCE)

    def wait_for_none_in_flight(self) -> None:
        """Return when no generation runs: what a client that is gone had asked for is recorded."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.in_flight == 0, PATIENCE)

    # What follows is called by the handler, in its threads. Each answers (fault, right answer).

    def upload(
        self, parts: list[Part], headers: Mapping[str, str], connection: int
    ) -> tuple[Fault | None, dict[str, Any]]:
        """Carry out an upload that is within the contract."""
        named = {part.name: part for part in parts}
        purpose, file = named["purpose"].content.decode(), named["file"]
        with self.changed:
            fault = self._next_fault("upload", purpose)
            ids = self._new_ids(purpose) if _is_carried_out(fault) else {}
            self.uploads.append(
                Upload(
                    purpose=purpose,
                    sha256=hashlib.sha256(file.content).hexdigest(),
                    filename=file.filename or "",
                    content_type=file.content_type,
                    headers=headers,
                    connection=connection,
                    fault=fault,
                    voice_id=ids.get("voice_id"),
                    instrumental_id=ids.get("instrumental_id"),
                )
            )
        return fault, {**ids, "trace_id": "trace-upload", **_success()}

    def generate(
        self, request: Mapping[str, Any], headers: Mapping[str, str], connection: int
    ) -> tuple[Fault | None, dict[str, Any]]:
        """Carry out a generate request that is within the contract."""
        with self._flight() as too_many:
            with self.changed:
                unknown = None if self._knows(request) else Fault.in_band(2042, "unknown id")
                fault = too_many or self._next_fault("generate", request["lyrics"]) or unknown
                self.generations.append(_generation(request, headers, connection, fault))
                number = len(self.generations)
            if not _is_carried_out(fault):
                return fault, {}
            self._gate.wait(PATIENCE)
            self.closing.wait(self.latency)
            return fault, self._song(request["audio_setting"], number)

    @contextlib.contextmanager
    def _flight(self) -> Iterator[Fault | None]:
        with self.changed:
            self.in_flight += 1
            too_many = self.limit is not None and self.in_flight > self.limit
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            self.changed.notify_all()
        try:
            yield Fault.http(429, "Too many requests") if too_many else None
        finally:
            with self.changed:
                self.in_flight -= 1
                self.changed.notify_all()

    def _next_fault(self, endpoint: str, text: str) -> Fault | None:
        for wanted, containing, faults in self._scripts:
            if wanted == endpoint and faults and containing in text:
                return faults.pop(0)
        return None

    def _new_ids(self, purpose: str) -> dict[str, str]:
        self._uploads_carried_out += 1
        number = f"{self._uploads_carried_out:06}"
        ids = {f"{kind}_id": f"{kind}-{number}-{purpose}" for kind in PURPOSES[purpose]}
        self._ids.update(ids.values())
        return ids

    def _knows(self, request: Mapping[str, Any]) -> bool:
        return all(
            request[f"refer_{kind}"] in self._ids and request[f"refer_{kind}"].startswith(kind)
            for kind in ("voice", "instrumental")
            if f"refer_{kind}" in request
        )

    def _song(self, setting: Mapping[str, Any], number: int) -> dict[str, Any]:
        # Another pitch or length for each: the service cannot be asked for the same song twice.
        rate, bitrate = setting["sample_rate"], setting["bitrate"]
        longer, pitch = divmod(number, 200)
        seconds = self.audio_seconds + 0.06 * longer
        audio = self.in_front + tone(
            setting["format"], seconds, rate / (280 - pitch), rate, bitrate
        )
        trace_id = f"trace-{number:06}"
        self.answers[trace_id] = audio
        return {
            "data": {"status": 2, "audio": audio.hex()},
            "extra_info": {"audio_length": 1, "audio_size": 2},  # not to be trusted
            "trace_id": trace_id,
            **_success(),
        }


def _is_carried_out(fault: Fault | None) -> bool:
    return fault is None or fault.body is None


def _success() -> dict[str, Any]:
    return {"base_resp": {"status_code": 0, "status_msg": "success"}}


def _generation(
    request: Mapping[str, Any], headers: Mapping[str, str], connection: int, fault: Fault | None
) -> Generation:
    return Generation(
        lyrics=request["lyrics"],
        refer_voice=request.get("refer_voice"),
        refer_instrumental=request.get("refer_instrumental"),
        audio_setting=request["audio_setting"],
        headers=headers,
        connection=connection,
        fault=fault,
    )


@pytest.fixture
def contract_server() -> Iterator[ContractServer]:
    """A server of the contract; the test fails if a request was not within it."""
    with ContractServer() as server:
        yield server
