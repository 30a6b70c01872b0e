"""The process around the application: a listening socket, a running server, a clean end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from songbatch.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from starlette.applications import Starlette
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SECONDS_TO_FINISH = 30
"""How long a stopping server waits for the songs it is at."""


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach `host` (a name or an address)."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; `port` 0 takes any that is free. Raises UsageError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        known = error.errno is not None and error.errno > 0
        why = os.strerror(error.errno or 0).lower() if known else "there is no such host"
        raise UsageError(
            f"cannot listen at {host}, port {port}: {why}",
            fix="check --host and --port; port 0 takes any that is free",
        ) from error


def url_of(listening: socket.socket) -> str:
    """Return the address clients use."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: Starlette, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, which end it well; call `ready` once.

    Raises KeyboardInterrupt if a second SIGINT cuts off answers that the first one waits for.
    """
    signal.signal(signal.SIGTERM, _leave)
    # What clients do wrong goes into their answers; nobody at this terminal asked for it, and a
    # pipe that nobody reads would fill up with it and stop the server.
    for name in ("python_multipart", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_level="error",
        access_log=False,
        # Else it asks standard output, which somebody may have closed.
        use_colors=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    server = _Server(config, ready)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        if server.force_exit or not server.started:
            raise


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _report_unless_a_clients(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what the event loop caught, but for what broke on one connection, which is closed."""
    if not context.keys() & {"transport", "socket"}:
        loop.default_exception_handler(context)


class _Protocol(H11Protocol):
    """HTTP as uvicorn speaks it; whoever stops speaking it in mid-request counts as gone.

    uvicorn itself refuses what is not HTTP; the application's own answer then is an error.
    """

    def send_400_response(self, msg: str) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_report_unless_a_clients)
        await super().startup(sockets)
        if self.started:
            self._ready()
