"""Stream of one answer: how long to wait for what is missing, and when enough has arrived."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Protocol, cast

from songbatch.engines.music01.unpacking import PIECE_BYTES, Malformed, as_utf8, decompressed
from songbatch.engines.rest.connection_errors import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import HTTPResponse

    from songbatch.engines.music01.response import AnswerResponse

MAX_ANSWER_BYTES = 256 * 2**20
"""As received, and after decompression. A minute of 44.1 kHz stereo WAV is 21 MB of digits."""

SHORT_SILENCE = 2.0
"""Seconds to wait for what should not come: after a whole answer, or past its Content-Length."""

ENVELOPE_SILENCE = 30.0
"""Seconds to wait for the few bytes after the audio: what was paid for is here."""

LONGEST_TAIL = 5.0
"""Seconds for everything that follows a whole answer, taken together."""


def is_success(status: int) -> bool:
    """Return whether an HTTP status reports success."""
    return 200 <= status < 300


class Lost(Exception):
    """The request left and its answer did not arrive whole; `str(error)` says why."""


class Progress(Protocol):
    """The state of whatever reads the answer."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is expected."""

    @property
    def has_begun(self) -> bool:
        """Whether a JSON object has begun."""

    @property
    def has_song(self) -> bool:
        """Whether all of the song has arrived."""


class AnswerStream:
    """An answer whose headers have arrived and whose body is read with `pieces`."""

    def __init__(self, answer: HTTPResponse) -> None:
        self._answer = answer
        self._response = cast("AnswerResponse", answer._original_response)
        self._read_timeout = self._response.watch.silence
        self._is_past_length = False
        self._is_reusable = False
        self.status: int = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self.remarks: list[str] = []
        """Oddities of the framing and the encoding, as short phrases."""

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status reports success."""
        return is_success(self.status)

    def pieces(self, progress: Progress, limit: int = MAX_ANSWER_BYTES) -> Iterator[bytes]:
        """Yield the body as UTF-8 text, piece by piece. Raises Lost, Malformed.

        `progress` is asked between pieces how long it is worth waiting for more.
        """
        total = 0
        encoding = self.headers.get("Content-Encoding", "")
        compressed = self._raw(progress, limit)
        for piece in as_utf8(decompressed(compressed, encoding, self.remark), self.remark):
            total += len(piece)
            if total > limit:
                raise Malformed(f"it has more than {limit} bytes")
            yield piece

    def remark(self, oddity: str) -> None:
        """Add an oddity to `remarks`."""
        self.remarks.append(oddity)

    def close(self) -> None:
        """Release the connection; one that can be used again is kept for uploads."""
        if self._is_reusable:
            self._response.close()
            self._answer.release_conn()
        self._answer.close()

    def _raw(self, progress: Progress, limit: int) -> Iterator[bytes]:
        total = 0
        while piece := self._next(progress):
            total += len(piece)
            if total > limit:
                raise Malformed(f"it has more than {limit} bytes")
            yield piece

    def _next(self, progress: Progress) -> bytes:
        """Return the next bytes, or none once the answer has ended."""
        self._set_time_limits(progress)
        try:
            piece = self._response.read1(PIECE_BYTES)
            if not piece and self._may_continue(progress):
                return self._read_past_length()
        except (OSError, HTTPException) as error:
            if not progress.is_complete:
                raise Lost(reason(error)) from error
            self.remark(f"the answer was whole, but not its end: {reason(error)}")
            return b""
        if not piece:
            self._is_reusable = self._response.is_reusable and not self._is_past_length
        return piece

    def _set_time_limits(self, progress: Progress) -> None:
        watch = self._response.watch
        watch.silence = self._read_timeout
        if progress.has_song:
            watch.silence = min(self._read_timeout, ENVELOPE_SILENCE)
        if progress.is_complete or self._is_past_length:
            watch.silence = min(self._read_timeout, SHORT_SILENCE)
        if progress.is_complete:
            watch.deadline = min(watch.deadline, time.monotonic() + LONGEST_TAIL)

    def _may_continue(self, progress: Progress) -> bool:
        """Return whether more may follow the announced length."""
        if self._response.left != 0 or progress.is_complete:
            return False
        return progress.has_begun or self.is_success

    def _read_past_length(self) -> bytes:
        self._is_past_length = True
        self._response.read_on()
        self._response.watch.silence = min(self._read_timeout, SHORT_SILENCE)
        piece = self._response.read1(PIECE_BYTES)
        if piece:
            self.remark("the answer is longer than its Content-Length")
        return piece
