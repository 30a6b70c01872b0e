"""Connections of the server: how requests are read, and answers sent that may go wrong."""

from __future__ import annotations

import json
import traceback
import urllib.parse
from typing import TYPE_CHECKING, Any

from support.replicate.refusals import Refusal
from support.simulated import sockets
from support.simulated.answering import Answering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.replicate.server import ReplicateServer
    from support.replicate.troubles import Mishap


class Listener(sockets.Listener):
    """A listening socket on loopback in front of the server."""

    def __init__(
        self, replicate: ReplicateServer, handler: type[Connection], port: int = 0
    ) -> None:
        super().__init__(handler, port)
        self.replicate = replicate


class Connection(Answering):
    """One connection; what is asked for is up to `respond`."""

    server: Listener
    mishap: Mishap | None

    @property
    def replicate(self) -> ReplicateServer:
        return self.server.replicate

    @property
    def scripted(self) -> ReplicateServer:
        return self.replicate

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

    def send_json(self, status: int, value: Any) -> None:
        kind = "application/json" if status < 400 else "application/problem+json"
        self.send(status, kind, json.dumps(value, ensure_ascii=False).encode())

    def send(
        self, status: int, content_type: str, body: bytes, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        mishap = self.mishap
        if mishap is not None and mishap.moves_to:
            headers = [("Location", mishap.moves_to + self.path), *headers]
        super().send(status, content_type, body, headers)
