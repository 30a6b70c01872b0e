"""The one error of this room, and the network's errors as text."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING

from songbatch.diagnostics import SongbatchError
from songbatch.http.final_response import TookTooLong

if TYPE_CHECKING:
    from http.client import HTTPException


class FetchError(SongbatchError):
    """The reference could not be fetched, or is not the one that was pinned."""


def reason(error: OSError | HTTPException | ValueError) -> str:
    """Return why a connection failed, in one phrase."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted ({error.verify_message})"
    for kind, phrase in _PHRASES:
        if isinstance(error, kind):
            return phrase
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return "the connection broke off, or what came is not HTTP"


_PHRASES: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "the host's name is unknown"),
    (ssl.SSLError, "no TLS connection could be made"),
    (TookTooLong, "fetching the reference took too long"),
    (TimeoutError, "the server was silent for too long"),
    (ValueError, "the host's name cannot be used"),
)
