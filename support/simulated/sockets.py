"""Sockets on loopback: how they listen, how a request is read, and how one hangs up."""

from __future__ import annotations

import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NO_LINGERING = struct.pack("ii", 1, 0)


class Listener(ThreadingHTTPServer):
    """A listening socket on loopback, each connection in a thread of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, connection: type[Connection], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), connection)

    @property
    def url(self) -> str:
        """The base address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    def listen(self) -> None:
        """Answer from now on."""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no longer."""
        self.shutdown()
        self.server_close()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that does not linger is torn down, without a farewell."""
        size = struct.calcsize("ii")
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, size) == NO_LINGERING:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


class Connection(BaseHTTPRequestHandler):
    """One connection, which is kept for further requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its signature)
        """Say nothing."""

    def read_body(self) -> bytes:
        """Return the body of the request, which may come in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def hang_up(self, said: bytes = b"", *, resets: bool = False) -> None:
        """Close the connection with no answer but these bytes; one that resets is torn down."""
        self.close_connection = True
        self.wfile.write(said)
        if resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
