"""A listening socket on loopback: reads requests, sends answers, and spoils them as told."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.parse
from typing import TYPE_CHECKING, Any

from support.fal.troubles import Mishap
from support.fal.wire import Answer, Call
from support.simulated import sockets

if TYPE_CHECKING:
    from support.fal.wire import Respond


class Listener(sockets.Listener):
    """Answers at one port, each connection in a thread of its own."""

    def __init__(self, respond: Respond, closing: threading.Event, port: int = 0) -> None:
        super().__init__(_Connection, port)
        self.respond = respond
        self.closing = closing
        self._open: set[socket.socket] = set()
        self.listen()

    def stop(self) -> None:
        """Listen no longer, and hang up on everybody."""
        super().stop()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self._open.discard(request)
        super().shutdown_request(request)


class _Connection(sockets.Connection):
    server: Listener

    def do_GET(self) -> None:  # noqa: N802  (as it is called)
        self._respond()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815  (as it is called)

    def _respond(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        call = Call(
            method=self.command,
            path=urllib.parse.unquote(address.path),
            query=urllib.parse.parse_qs(address.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.read_body(),
        )
        answer, mishap = self.server.respond(call)
        self._send(answer, mishap or Mishap("none"))

    def _send(self, answer: Answer, mishap: Mishap) -> None:
        if mishap.lost:
            self.hang_up(resets=mishap.resets)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(answer.body, mishap)

    def _send_body(self, body: bytes, mishap: Mishap) -> None:
        closing = self.server.closing
        if mishap.piece:
            for start in range(0, len(body), mishap.piece):
                self.wfile.write(body[start : start + mishap.piece])
                if closing.wait(mishap.pause):
                    return
            return
        if mishap.cut is None:
            self.wfile.write(body)
            return
        self.close_connection = True
        self.wfile.write(body[: int(len(body) * mishap.cut)])
        if mishap.stalls:
            closing.wait()
