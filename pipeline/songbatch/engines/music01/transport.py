"""One request out, one answer in: the only place of this engine that touches the network.

A paid request gets a connection of its own: a connection that was idle may be closed by the server
at the moment it is used, and whether the request arrived can then not be known. Uploads cost
nothing and share connections.

Whether a request can have been accepted is decided by one fact, not by the kind of exception: a
body of which no byte was handed to the connection (name unknown, refused, TLS failed, proxy down)
was surely not sent.
"""

from __future__ import annotations

import contextlib
import io
import threading
from typing import TYPE_CHECKING

from requests import Request
from urllib3.exceptions import HTTPError

from songbatch import __version__
from songbatch.engines.music01.answer_stream import Exchange, Lost
from songbatch.engines.music01.connection_errors import reason
from songbatch.engines.music01.connections import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest

    from songbatch.engines.music01.connections import Line
    from songbatch.engines.music01.settings import Settings

PREFIX = "/v2/generate/audio/minimax/"
SHARED_CONNECTIONS = 256
"""As many as there may be jobs; the library complains aloud about more."""


class NotSent(Exception):
    """No byte of the request's body left; `str(error)` says why."""


class Transport:
    """Sends requests to one service with one key. Safe to use from several threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lines = Lines(settings)
        self._lock = threading.Lock()
        self._shared: Line | None = None
        self._blanks: dict[str, PreparedRequest] = {}

    @contextlib.contextmanager
    def post(
        self, endpoint: str, body: bytes, content_type: str, request_id: str, *, paid: bool
    ) -> Iterator[Exchange]:
        """Send a request; yields its answer when the headers are there.

        Raises NotSent, Lost; EngineRefused where the settings cannot be used.
        """
        self._settings.check()
        outgoing = _Outgoing(body)
        with contextlib.ExitStack() as open_things:
            try:
                request = self._request(endpoint, outgoing, content_type, request_id)
                line = self._lines.line(1) if paid else self._for_uploads()
                if paid:
                    request.headers["Connection"] = "close"
                    open_things.callback(line.close)
                exchange = Exchange(line.ask(request, self._timeouts))
            except (HTTPError, OSError) as error:
                kind = Lost if outgoing.started else NotSent
                raise kind(reason(error)) from error
            open_things.callback(exchange.close)
            yield exchange

    @property
    def _timeouts(self) -> tuple[float, float]:
        return self._settings.connect_timeout, self._settings.read_timeout

    def _request(
        self, endpoint: str, body: _Outgoing, content_type: str, request_id: str
    ) -> PreparedRequest:
        if endpoint not in self._blanks:
            self._blanks[endpoint] = self._blank(endpoint)
        request = self._blanks[endpoint].copy()
        request.headers["Content-Type"] = content_type
        request.headers["X-Client-Request-Id"] = request_id
        request.prepare_body(body, None)
        return request

    def _blank(self, endpoint: str) -> PreparedRequest:
        """Return a request but for what differs from one to the next; the library takes its time.

        Raises OSError for an address that cannot be used.
        """
        headers = {
            "User-Agent": f"songbatch/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {self._settings.key}",
        }
        address = self._settings.base_url + PREFIX + endpoint
        return Request("POST", address, headers=headers).prepare()

    def _for_uploads(self) -> Line:
        with self._lock:
            if self._shared is None:
                self._shared = self._lines.line(SHARED_CONNECTIONS)
            return self._shared

    def close(self) -> None:
        """Close the connections that uploads share."""
        if self._shared is not None:
            self._shared.close()


class _Outgoing(io.BytesIO):
    """A request's body that knows whether any of it was taken.

    Being a file also lets it leave in small pieces: a time limit on sending is a limit for each
    piece, so that a slow line can still carry a large reference.
    """

    started = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.started = True
        return super().read(size)
