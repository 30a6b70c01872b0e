"""Ways to a service: connections, the proxy before them, and whom to trust.

A way is made for every paid request, so what takes long is made once for all: loading the
certificates of a TLS context takes longer than everything else about a request.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:
    import ssl

    from requests import PreparedRequest, Response

    from pipeline.engines.music01.settings import Settings


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
        return Line(connections, proxy, self._trusted() if is_secret else None)

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

    def __init__(self, connections: int, proxy: str | None, trust: ssl.SSLContext | None) -> None:
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._trust = trust
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def ask(self, request: PreparedRequest, timeouts: tuple[float, float]) -> Response:
        """Send a request; return when the headers of its answer are there. Raises OSError.

        `timeouts`, in seconds: for connecting, and for the longest silence.
        """
        return self.send(request, stream=True, timeout=timeouts, proxies=self._proxies)

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """Have the context used for the service; the library calls this."""
        super().init_poolmanager(*sizes, ssl_context=self._trust, **more)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Have the context used for the proxy, too, and behind it; the library calls this."""
        trust = {"ssl_context": self._trust, "proxy_ssl_context": self._trust}
        return super().proxy_manager_for(proxy, **trust, **more)

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Leave it to the context whom to trust; the library would load the certificates again."""
        conn.cert_reqs = "CERT_REQUIRED"
