"""The final response of an HTTP exchange: interim ones are skipped.

A server or a gateway may send any number of interim responses (102, 103) before the one that counts
(RFC 9110, 15.2). The standard library skips 100 only, and takes the others for the final one.
"""

from __future__ import annotations

import contextlib
import io
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast

from songbatch.http.response_head import final_head

if TYPE_CHECKING:
    import socket


class TookTooLong(TimeoutError):
    """An answer did not come whole before its deadline, however steadily it came."""


class FinalResponse(HTTPResponse):
    """An answer behind all interim ones, read within a time limit.

    101 is final: what follows it is another protocol. Raises TimeoutError after a silence,
    TookTooLong after the deadline, whoever reads.
    """

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
        *,
        silence: float,
        deadline: float,
    ) -> None:
        """`silence`: seconds without a byte; `deadline`: on the monotonic clock."""
        self.watch = WatchedSocket(sock, silence, deadline)
        # The library asks its socket for a file and for nothing else.
        super().__init__(cast("socket.socket", self.watch), debuglevel, method, url)

    def begin(self, **options: Any) -> None:
        """Read up to the body; the library calls this."""
        file = self.fp
        self.fp = io.BufferedReader(cast("io.RawIOBase", io.BytesIO(final_head(file))))
        try:
            super().begin(**options)
        finally:
            self.fp = file


class WatchedSocket:
    """A socket whose reading ends in time, however slowly the bytes come.

    `silence` and `deadline` may be changed while it is read.
    """

    def __init__(self, connection: socket.socket, silence: float, deadline: float) -> None:
        self.silence = silence
        self.deadline = deadline
        self.connection = connection

    def makefile(self, *_: object) -> io.BufferedReader:
        """Return the one file that the socket is read through."""
        return io.BufferedReader(_WatchedFile(self))


class _WatchedFile(io.RawIOBase):
    def __init__(self, watch: WatchedSocket) -> None:
        self._watch = watch
        # A file of the socket's own: it keeps the socket open when its owner lets go of it.
        self._file = cast("io.RawIOBase", watch.connection.makefile("rb", buffering=0))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        watch = self._watch
        left = watch.deadline - time.monotonic()
        if left > 0:
            if (seconds := min(left, watch.silence)) != watch.connection.gettimeout():
                watch.connection.settimeout(seconds)  # a call of the system, unlike to ask
            with contextlib.suppress(TimeoutError):
                return self._file.readinto(buffer)
        if time.monotonic() < watch.deadline:
            raise TimeoutError
        raise TookTooLong

    def close(self) -> None:
        self._file.close()
        super().close()
