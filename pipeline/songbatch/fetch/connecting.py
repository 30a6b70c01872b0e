"""From a host's name to a connection with an address that was judged before anything was sent."""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, Any

import certifi

from songbatch.fetch.addresses import is_public
from songbatch.fetch.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Place = tuple[socket.AddressFamily, tuple[Any, ...]]

CONNECT_SECONDS = 10.0


def connect(host: str, port: int, *, tls: bool, allow_private: bool) -> socket.socket:
    """Return a connection to `host`, with TLS if asked.

    Raises FetchError if the name stands for private addresses only; OSError, ValueError if
    there is no such name or no connection.
    """
    last: OSError | None = None
    for family, address in _permitted_addresses(host, port, allow_private=allow_private):
        try:
            plain = _connection(family, address)
        except OSError as error:
            last = error
            continue
        return _with_tls(plain, host) if tls else plain
    if last is not None:
        raise last
    raise FetchError(
        f"{host} is an address of this machine or of a private network",
        fix="use a public address, or a file; or pass --allow-private-urls if that is intended",
    )


def _permitted_addresses(host: str, port: int, *, allow_private: bool) -> Iterator[Place]:
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if allow_private or is_public(ipaddress.ip_address(address[0])):
            yield family, address


def _connection(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _with_tls(connection: socket.socket, host: str) -> socket.socket:
    try:
        return _tls().wrap_socket(connection, server_hostname=host)
    except OSError:
        connection.close()
        raise


@functools.cache
def _tls() -> ssl.SSLContext:
    # The system's authorities, which know a company's own, and the usual ones if it has none.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
