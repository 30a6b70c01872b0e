"""The HTTP side of the store: passes requests on to moto, and misbehaves as it is told."""

from __future__ import annotations

import contextlib
import http.client
from http import HTTPStatus
from typing import TYPE_CHECKING

from support.object_store.answers import Answer, shifted, spoiled
from support.object_store.moto_process import LOOPBACK, moto_process
from support.object_store.subjects import subject
from support.object_store.troubles import Trouble
from support.simulated.sockets import Connection, Listener

if TYPE_CHECKING:
    from support.object_store.books import Request
    from support.object_store.store import ObjectStore

CONDITIONS = {"if-none-match", "if-match"}
OF_THE_CONNECTION = {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"}
RIGHT = Trouble("none", carried_out=True)
PIECE = bytes(2**16)
ENDLESS = 2**42
"""The length that an answer without end claims to have."""


class StoreHttp(Listener):
    """A listening socket on loopback in front of moto."""

    def __init__(self, store: ObjectStore) -> None:
        super().__init__(Handler)
        self.store = store


class Handler(Connection):
    """One connection."""

    server: StoreHttp

    def _handle(self) -> None:
        store, body = self.server.store, self.read_body()
        if len(body) < int(self.headers.get("Content-Length", 0)):
            self.close_connection = True  # the client died in the middle of its request
            return
        if f"Credential={store.access_key}/" not in self.headers.get("Authorization", ""):
            store.books.strangers += 1
            refusal = Trouble.error(403, "InvalidAccessKeyId", "We do not know this access key.")
            self._send(_answer(refusal), refusal)
            return
        about = subject(self.command, self.path, body)
        is_conditional = "If-None-Match" in self.headers
        booked, active = store.book(about, len(body), is_conditional=is_conditional)
        trouble = RIGHT if active is None else active.trouble
        store.closing.wait(trouble.wait)
        answer = self._carried_out(about.keys[0], body, booked, trouble)
        if active is not None and trouble.hangs:
            store.wait_for_the_end_of(active)
        if trouble.lost or trouble.hangs:
            self.hang_up(trouble.wire, resets=trouble.resets)
            return
        store.answered(booked, answer.status)
        self._send(answer, trouble)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815  (as they are called)

    def _carried_out(
        self, key: str, body: bytes, booked: list[Request], trouble: Trouble
    ) -> Answer:
        """Return the right answer or the trouble's; without both, an empty one, which is unused."""
        answer = _answer(trouble)
        if trouble.carried_out:
            store = self.server.store
            with store.one_at_a_time:
                right = self._passed_on(body, trouble)
            store.carried_out(booked, right.status)
            if trouble.body is None:
                answer = spoiled(shifted(right, key, store.ahead), trouble)
        return answer

    def _passed_on(self, body: bytes, trouble: Trouble) -> Answer:
        dropped = OF_THE_CONNECTION | (CONDITIONS if trouble.ignores_conditions else set())
        moto = http.client.HTTPConnection(LOOPBACK, moto_process().port)
        with contextlib.closing(moto):
            moto.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in dropped:
                    moto.putheader(name, value)
            moto.putheader("Content-Length", str(len(body)))
            moto.endheaders(body)
            response = moto.getresponse()
            length = response.getheader("Content-Length", "0")
            kept = [(n, v) for n, v in response.getheaders() if n.lower() not in OF_THE_CONNECTION]
            if self.command == "HEAD":
                kept.append(("Content-Length", length))
            return Answer(response.status, kept, response.read())

    def _send(self, answer: Answer, trouble: Trouble) -> None:
        body, is_endless = answer.body, trouble.endless and answer.status == HTTPStatus.OK
        self.send_response_only(answer.status)
        for name, value in (*answer.headers, *trouble.headers):
            self.send_header(name, value)
        if self.command != "HEAD" and answer.status != 204:
            length = ENDLESS if is_endless else len(body)
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if trouble.cut is not None:
            body = body[: int(len(body) * trouble.cut)]
        with contextlib.suppress(OSError):  # the client has left
            while is_endless and not self.server.store.closing.is_set():
                self.wfile.write(PIECE)
            self._write(body, trouble)

    def _write(self, body: bytes, trouble: Trouble) -> None:
        closing = self.server.store.closing
        self.wfile.write(body)
        self.close_connection |= trouble.cut is not None
        if trouble.stalls:
            self.wfile.flush()
            closing.wait()


def _answer(trouble: Trouble) -> Answer:
    return Answer(trouble.status, [("Content-Type", trouble.content_type)], trouble.body or b"")
