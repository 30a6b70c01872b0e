"""Connections to a service: adapters of the HTTP library, the proxy and the trusted certificates.

A paid request gets an adapter of its own, so whatever is slow to make is shared: loading the
certificates of a TLS context takes longer than everything else about a request.
"""

from __future__ import annotations

import io
import os
import threading
import time
from typing import TYPE_CHECKING, Any, cast

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from songbatch.engines.rest.certificates import uses_tls
from songbatch.http.final_response import FinalResponse

if TYPE_CHECKING:
    import socket
    import ssl

    from requests import PreparedRequest
    from urllib3 import HTTPResponse

    from songbatch.engines.rest.certificates import Certificates


class OutgoingBody(io.BytesIO):
    """A request's body that records whether any of it was read.

    As a file it is also sent in small pieces: the time limit on sending then applies to each piece,
    so that a slow line can still carry a large reference.
    """

    was_read = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next piece, and note that something has left."""
        self.was_read = True
        return super().read(size)


class AdapterFactory:
    """Makes adapters for one service. Safe to use from several threads at once.

    `proxy` is the address of the proxy to use, `certificates` a file or folder of authorities to
    trust instead of the usual ones; answers are read as `response`.
    """

    def __init__(
        self,
        base_url: str,
        proxy: str | None,
        certificates: Certificates | None,
        response: type[FinalResponse] = FinalResponse,
    ) -> None:
        self._uses_tls = uses_tls(base_url) or uses_tls(proxy)
        self._proxy = proxy
        self._authorities = certificates.path if certificates else DEFAULT_CA_BUNDLE_PATH
        self._response = response
        self._lock = threading.Lock()
        self._trust: ssl.SSLContext | None = None
        self._by_limits: dict[tuple[float, float], dict[str, type[HTTPConnectionPool]]] = {}

    def adapter(self, connections: int, silence: float, deadline: float) -> ServiceAdapter:
        """Return a new adapter that keeps up to `connections` of them. Raises OSError.

        In seconds, `silence` is the longest without a byte of an answer, `deadline` the longest
        for all of it.
        """
        trust = self._trusted() if self._uses_tls else None
        limits = silence, deadline
        with self._lock:
            if limits not in self._by_limits:
                self._by_limits[limits] = self._pools(silence, deadline)
        return ServiceAdapter(connections, self._proxy, trust, self._by_limits[limits])

    def _pools(self, silence: float, deadline: float) -> dict[str, type[HTTPConnectionPool]]:
        """Return pools, by scheme, whose connections read answers within these limits."""
        response = self._response

        def answer(sock: socket.socket, debuglevel: int = 0, **more: Any) -> FinalResponse:
            until = time.monotonic() + deadline
            return response(sock, debuglevel, **more, silence=silence, deadline=until)

        class Plain(HTTPConnection):
            response_class = staticmethod(answer)  # type: ignore[assignment]

        class Tls(HTTPSConnection):
            response_class = staticmethod(answer)  # type: ignore[assignment]

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        return {"http": PlainPool, "https": TlsPool}

    def _trusted(self) -> ssl.SSLContext:
        with self._lock:
            if self._trust is None:
                self._trust = _context(self._authorities)
            return self._trust


def _context(authorities: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    if os.path.isdir(authorities):
        context.load_verify_locations(capath=authorities)
    else:
        context.load_verify_locations(cafile=authorities)
    return context


class ServiceAdapter(HTTPAdapter):
    """Sends requests as they are; the library adds, follows and remembers nothing.

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

    def exchange(self, request: PreparedRequest, timeouts: tuple[float, float]) -> HTTPResponse:
        """Send a request; return once the headers of its answer have arrived. Raises OSError.

        `timeouts` in seconds: for connecting, and for the longest silence.
        """
        answer = self.send(request, stream=True, timeout=timeouts, proxies=self._proxies)
        return cast("HTTPResponse", answer)

    def build_response(self, _: Any, resp: Any) -> Any:
        """Return the answer as it came; the library would parse its headers and may fail."""
        return resp

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """Use our TLS context for the service; called by the library."""
        super().init_poolmanager(*sizes, ssl_context=self._trust, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Use our TLS context for the proxy and through it, too; called by the library."""
        trust = {"ssl_context": self._trust, "proxy_ssl_context": self._trust}
        manager = super().proxy_manager_for(proxy, **trust, **more)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Leave trust to the TLS context; the library would load the certificates again."""
        conn.cert_reqs = "CERT_REQUIRED"
