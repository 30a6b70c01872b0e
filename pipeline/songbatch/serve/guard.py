"""Guard of a server: only requests to its own host names pass."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from songbatch.serve import responses

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class HostGuard:
    """Refuses requests for other host names: a web page could point its own name at loopback."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = _without_port(Headers(scope=scope).get("Host", ""))
            if host not in self._hosts:
                message = "this server answers only requests to its own address"
                response = responses.error(421, message, scope["path"], uuid.uuid4().hex)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
