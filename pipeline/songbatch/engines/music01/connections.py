"""Ways to a service: connections, the proxy before them, and whom to trust.

A way is made for every paid request, so what takes long is made once for all: loading the
certificates of a TLS context takes longer than everything else about a request.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any, cast

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from songbatch.engines.music01.response import AnswerResponse

if TYPE_CHECKING:
    import socket
    import ssl

    from requests import PreparedRequest
    from urllib3 import HTTPResponse

    from songbatch.engines.music01.settings import Settings


class Lines:
    """Makes the ways to one service. Safe to use from several threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._making = threading.Lock()
        self._trust: ssl.SSLContext | None = None

    def line(self, connections: int) -> Line:
        """Return a way of its own that keeps so many connections. Raises OSError."""
        base, proxy = self._settings.base_url, self._settings.proxy
        is_secret = any(url.lower().startswith("https:") for url in (base, proxy or ""))
        trust = self._trusted() if is_secret else None
        return Line(connections, proxy, trust, self._pools())

    def _pools(self) -> dict[str, type[HTTPConnectionPool]]:
        """Return pools, by scheme, whose connections read answers as we do."""
        settings = self._settings

        def answer(sock: socket.socket, debuglevel: int = 0, **more: Any) -> AnswerResponse:
            deadline = time.monotonic() + settings.deadline
            silence = settings.read_timeout
            return AnswerResponse(sock, debuglevel, **more, silence=silence, deadline=deadline)

        class Plain(HTTPConnection):
            response_class = staticmethod(answer)  # type: ignore[assignment]

        class Secret(HTTPSConnection):
            response_class = staticmethod(answer)  # type: ignore[assignment]

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecretPool(HTTPSConnectionPool):
            ConnectionCls = Secret

        return {"http": PlainPool, "https": SecretPool}

    def _trusted(self) -> ssl.SSLContext:
        with self._making:
            if self._trust is None:
                self._trust = _context(self._settings.certificates or DEFAULT_CA_BUNDLE_PATH)
            return self._trust


def _context(authorities: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    if os.path.isdir(authorities):
        context.load_verify_locations(capath=authorities)
    else:
        context.load_verify_locations(cafile=authorities)
    return context


class Line(HTTPAdapter):
    """One way: sends requests as they are; the library adds, follows and remembers nothing.

    A session of the library would read `~/.netrc`, which replaces our Authorization header, keep
    cookies and follow redirects.
    """

    def __init__(
        self,
        connections: int,
        proxy: str | None,
        trust: ssl.SSLContext | None,
        pools: dict[str, type[HTTPConnectionPool]],
    ) -> None:
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._trust = trust
        self._pools = pools
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def ask(self, request: PreparedRequest, timeouts: tuple[float, float]) -> HTTPResponse:
        """Send a request; return when the headers of its answer are there. Raises OSError.

        `timeouts`, in seconds: for connecting, and for the longest silence.
        """
        answer = self.send(request, stream=True, timeout=timeouts, proxies=self._proxies)
        return cast("HTTPResponse", answer)

    def build_response(self, _: Any, resp: Any) -> Any:
        """Return the answer as it came; the library would judge its headers, and may stumble."""
        return resp

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """Have the context used for the service; the library calls this."""
        super().init_poolmanager(*sizes, ssl_context=self._trust, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Have the context used for the proxy, too, and behind it; the library calls this."""
        trust = {"ssl_context": self._trust, "proxy_ssl_context": self._trust}
        manager = super().proxy_manager_for(proxy, **trust, **more)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Leave it to the context whom to trust; the library would load the certificates again."""
        conn.cert_reqs = "CERT_REQUIRED"
