"""Reasons of failed connections, from the chain of exceptions that the libraries raise."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as low

from songbatch.http.final_response import TookTooLong

if TYPE_CHECKING:
    from collections.abc import Iterator

_PHRASES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (TookTooLong, "the answer took too long to arrive"),
    (low.ConnectTimeoutError, "no connection within the time limit"),
    ((low.ReadTimeoutError, TimeoutError), "the service was silent for too long"),
    (
        (http.client.RemoteDisconnected, http.client.IncompleteRead, low.IncompleteRead),
        "the connection was closed before the answer was whole",
    ),
    (http.client.HTTPException, "what came back is not HTTP"),
    (requests.exceptions.InvalidProxyURL, "the address of the proxy cannot be used"),
    ((requests.exceptions.InvalidSchema, ValueError), "the address cannot be used"),
)


def reason(error: BaseException) -> str:
    """Return why a connection failed, in one phrase without addresses or headers."""
    chain = list(causes(error))
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted ({each.verify_message})"
    by_proxy = any(isinstance(each, low.ProxyError) for each in chain)
    return ("the proxy: " if by_proxy else "") + _phrase(chain)


def _phrase(chain: list[BaseException]) -> str:
    for each in chain:
        if isinstance(each, socket.gaierror):
            return "the host's name is unknown"
        if isinstance(each, ssl.SSLError):
            return f"TLS failed ({each.reason or 'no reason given'})"
        if isinstance(each, OSError) and each.errno:
            return os.strerror(each.errno).lower()
    for kinds, phrase in _PHRASES:
        if any(isinstance(each, kinds) for each in chain):
            return phrase
    return str(chain[-1]) or type(chain[-1]).__name__


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those it was made from, outermost first, each once."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
