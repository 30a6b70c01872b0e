"""Connections of the server: how requests are read, and answers sent that may go wrong."""

from __future__ import annotations

import json
import traceback
import urllib.parse
from typing import TYPE_CHECKING, Any

from support.replicate.refusals import Refusal
from support.replicate.troubles import Mishap
from support.simulated import sockets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from support.replicate.server import ReplicateServer


class Listener(sockets.Listener):
    """A listening socket on loopback in front of the server."""

    def __init__(
        self, replicate: ReplicateServer, handler: type[Connection], port: int = 0
    ) -> None:
        super().__init__(handler, port)
        self.replicate = replicate


class Connection(sockets.Connection):
    """One connection; what is asked for is up to `respond`."""

    server: Listener
    mishap: Mishap | None = None

    @property
    def replicate(self) -> ReplicateServer:
        return self.server.replicate

    @property
    def authorization(self) -> str:
        """The header, "" where there is none."""
        return str(self.headers.get("Authorization", ""))

    def respond(self) -> None:
        """Answer the request that was read."""
        raise NotImplementedError

    def do_GET(self) -> None:  # noqa: N802  (as it is called)
        self._read()

    do_HEAD = do_POST = do_DELETE = do_PUT = do_PATCH = do_GET  # noqa: N815  (as it is called)

    def _read(self) -> None:
        self.mishap = None
        self.address = urllib.parse.urlsplit(self.path)
        self.body = self.read_body()
        try:
            self.respond()
        except Refusal as refusal:
            self.send_json(refusal.status, refusal.answer)
        except OSError:
            raise  # a client that hung up
        except Exception:
            self.replicate.breakdowns.append(traceback.format_exc())
            raise

    def act(self, endpoint: str, words: str, action: Callable[[], None]) -> None:
        """Do what is asked for, unless a script has it go wrong."""
        self.mishap = mishap = self.replicate.next_mishap(endpoint, words)
        if mishap is not None:
            self.replicate.closing.wait(mishap.wait)
            if not mishap.carried_out:
                self.send(mishap.status, mishap.content_type, mishap.body or b"")
                return
        action()

    def seen(self, status: int) -> int:
        """Return the status that the client will see instead of this one, 0 for none."""
        mishap = self.mishap
        if mishap is None or (mishap.body is None and not mishap.lost):
            return status
        return 0 if mishap.lost else mishap.status

    def send_json(self, status: int, value: Any) -> None:
        kind = "application/json" if status < 400 else "application/problem+json"
        self.send(status, kind, json.dumps(value, ensure_ascii=False).encode())

    def send(
        self,
        status: int,
        content_type: str,
        body: bytes,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Send an answer, or what the mishap of this request makes of it."""
        mishap = self.mishap or Mishap("none")
        if mishap.lost:
            self.hang_up(mishap.wire, resets=mishap.resets)
            return
        if mishap.body is not None:
            status, content_type, body = mishap.status, mishap.content_type, mishap.body
        self.send_response(status)
        self.send_header("Content-Type", mishap.kind or content_type)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if mishap.moves_to:
            self.send_header("Location", mishap.moves_to + self.path)
        for name, value in (*headers, *mishap.headers):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(mishap, body)

    def _send_body(self, mishap: Mishap, body: bytes) -> None:
        closing = self.replicate.closing
        if mishap.cut is not None:
            self.close_connection = True
            body = body[: int(len(body) * mishap.cut)]
        size = max(1, -(-len(body) // mishap.pieces))
        for start in range(0, len(body), size):
            if start:
                closing.wait(mishap.pause)
            self.wfile.write(body[start : start + size])
        if mishap.stalls:
            closing.wait()
