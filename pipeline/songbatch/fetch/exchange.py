"""One GET over one connection: bounded in size, in silence and in time, headers included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch import __version__
from songbatch.fetch.errors import FetchError
from songbatch.http.final_response import FinalResponse

if TYPE_CHECKING:
    import socket

LONGEST_SILENCE = 30.0
"""Seconds without a byte."""

_PIECE = 256 * 2**10


class HttpGet:
    """An answer whose headers are there."""

    def __init__(self, connection: socket.socket, host: str, target: str, deadline: float) -> None:
        """Send the request; `host` as in the header, `deadline` on the monotonic clock."""
        request = (
            f"GET {target} HTTP/1.1",
            f"Host: {host}",
            f"User-Agent: songbatch/{__version__}",
            "Accept: audio/mpeg, audio/wav, */*;q=0.1",
            "Accept-Encoding: identity",
            "Connection: close",
        )
        connection.sendall("\r\n".join([*request, "", ""]).encode("ascii"))
        self._response = FinalResponse(connection, silence=LONGEST_SILENCE, deadline=deadline)
        try:
            self._response.begin()
        except BaseException:
            self._response.close()
            raise
        self.status = self._response.status

    def header(self, name: str) -> str:
        """Return a header, or "" if it is missing."""
        return self._response.getheader(name) or ""

    def body(self, max_bytes: int) -> bytes:
        """Return the body. Raises FetchError if it is too large, packed or cut off."""
        if self.header("Content-Encoding").lower() not in {"", "identity"}:
            raise FetchError("the server sends the reference compressed")
        body = bytearray()
        while piece := self._response.read1(_PIECE):
            body += piece
            if len(body) > max_bytes:
                raise FetchError(
                    f"the reference has more than {max_bytes} bytes",
                    fix="use a shorter reference; the first verse and chorus are enough",
                )
        if self._response.length:
            raise FetchError("the connection was closed before the reference was whole")
        return bytes(body)

    def close(self) -> None:
        """Let go of the connection's file."""
        self._response.close()
