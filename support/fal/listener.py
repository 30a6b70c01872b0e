"""A listening socket on loopback: reads requests, sends answers, and spoils them as told."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from support.fal.troubles import Mishap
from support.fal.wire import Answer, Call

if TYPE_CHECKING:
    from support.fal.wire import Respond

NO_LINGERING = struct.pack("ii", 1, 0)


class Listener(ThreadingHTTPServer):
    """Answers at one port, each connection in a thread of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, respond: Respond, closing: threading.Event, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.respond = respond
        self.closing = closing
        self._open: set[socket.socket] = set()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """The base address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        """Listen no longer, and hang up on everybody."""
        self.shutdown()
        self.server_close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that does not linger is torn down, without a farewell."""
        self._open.discard(request)
        size = struct.calcsize("ii")
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, size) == NO_LINGERING:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


class _Connection(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its signature)
        """Say nothing."""

    def do_GET(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def _respond(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        call = Call(
            method=self.command,
            path=urllib.parse.unquote(address.path),
            query=urllib.parse.parse_qs(address.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._read_body(),
        )
        answer, mishap = self.server.respond(call)
        self._send(answer, mishap or Mishap("none"))

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, answer: Answer, mishap: Mishap) -> None:
        if mishap.lost:
            self._hang_up(mishap)
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

    def _hang_up(self, mishap: Mishap) -> None:
        self.close_connection = True
        if mishap.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
