"""Transport of one request out and one answer in: the only network code of this engine.

A paid request gets a connection of its own: the server may close an idle connection at the moment
it is used, and then nobody can know whether the request arrived. Uploads cost nothing and share
connections.

Whether a request can have been accepted is decided by one fact, not by the kind of exception: if no
byte of its body was handed to the connection (unknown name, refused, TLS failed, proxy down), it
was certainly not sent.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from requests import Request
from urllib3.exceptions import HTTPError

from songbatch import __version__
from songbatch.engines.music01.answer_stream import AnswerStream, Lost
from songbatch.engines.music01.response import AnswerResponse
from songbatch.engines.rest.connection_errors import reason
from songbatch.engines.rest.connections import AdapterFactory, OutgoingBody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest

    from songbatch.engines.music01.settings import Settings
    from songbatch.engines.rest.connections import ServiceAdapter

PREFIX = "/v2/generate/audio/minimax/"
SHARED_CONNECTIONS = 256
"""Kept for uploads; more at once are closed when they are done."""


class NotSent(Exception):
    """No byte of the request's body left; `str(error)` says why."""


class Transport:
    """Sends requests to one service with one key. Safe to use from several threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._adapters = AdapterFactory(
            settings.base_url, settings.proxy, settings.certificates, AnswerResponse
        )
        self._lock = threading.Lock()
        self._shared: ServiceAdapter | None = None
        self._templates: dict[str, PreparedRequest] = {}

    @contextlib.contextmanager
    def post(
        self, endpoint: str, body: bytes, content_type: str, request_id: str, *, paid: bool
    ) -> Iterator[AnswerStream]:
        """Send a request; yield its answer once the headers have arrived.

        Raises NotSent or Lost, and EngineRefused if the settings cannot be used.
        """
        self._settings.check()
        outgoing = OutgoingBody(body)
        with contextlib.ExitStack() as stack:
            try:
                request = self._request(endpoint, outgoing, content_type, request_id)
                adapter = self._adapter(1) if paid else self._upload_adapter()
                if paid:
                    request.headers["Connection"] = "close"
                    stack.callback(adapter.close)
                answer = AnswerStream(adapter.exchange(request, self._timeouts))
            except (HTTPError, OSError) as error:
                kind = Lost if outgoing.was_read else NotSent
                raise kind(reason(error)) from error
            stack.callback(answer.close)
            yield answer

    @property
    def _timeouts(self) -> tuple[float, float]:
        return self._settings.connect_timeout, self._settings.read_timeout

    def _request(
        self, endpoint: str, body: OutgoingBody, content_type: str, request_id: str
    ) -> PreparedRequest:
        if endpoint not in self._templates:
            self._templates[endpoint] = self._template(endpoint)
        request = self._templates[endpoint].copy()
        request.headers["Content-Type"] = content_type
        request.headers["X-Client-Request-Id"] = request_id
        request.prepare_body(body, None)
        return request

    def _template(self, endpoint: str) -> PreparedRequest:
        """Return a request without what differs between requests: the library is slow to make it.

        Raises OSError if the address cannot be used.
        """
        headers = {
            "User-Agent": f"songbatch/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {self._settings.key}",
        }
        address = self._settings.base_url + PREFIX + endpoint
        return Request("POST", address, headers=headers).prepare()

    def _adapter(self, connections: int) -> ServiceAdapter:
        settings = self._settings
        return self._adapters.adapter(connections, settings.read_timeout, settings.deadline)

    def _upload_adapter(self) -> ServiceAdapter:
        with self._lock:
            if self._shared is None:
                self._shared = self._adapter(SHARED_CONNECTIONS)
            return self._shared

    def close(self) -> None:
        """Close the connections shared by uploads."""
        if self._shared is not None:
            self._shared.close()
