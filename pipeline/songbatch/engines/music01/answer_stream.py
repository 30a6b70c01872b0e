"""One answer as it comes: how long to wait for what is missing, and when enough is there."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Protocol, cast

from songbatch.engines.music01.connection_errors import reason
from songbatch.engines.music01.unpacking import PIECE_BYTES, Malformed, as_utf8, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import HTTPResponse

    from songbatch.engines.music01.response import AnswerResponse

MAX_ANSWER_BYTES = 256 * 2**20
"""As it comes, and after decompression. A minute of 44.1 kHz stereo WAV is 21 MB of digits."""

SHORT_SILENCE = 2.0
"""Seconds, for what should not come: behind a whole answer, or beyond the length announced."""

ENVELOPE_SILENCE = 30.0
"""Seconds, for the few bytes behind the audio: what was paid for is here."""

LONGEST_TAIL = 5.0
"""Seconds for everything that follows a whole answer."""


class Lost(Exception):
    """The request left, and its answer did not come whole; `str(error)` says why."""


class Progress(Protocol):
    """What a reader of the answer knows of it so far."""

    @property
    def is_complete(self) -> bool:
        """Nothing more is expected."""

    @property
    def has_begun(self) -> bool:
        """Something of the contract was there."""

    @property
    def has_song(self) -> bool:
        """What was paid for is there."""


class Exchange:
    """An answer whose headers are there and whose body comes through `pieces`."""

    def __init__(self, answer: HTTPResponse) -> None:
        self._answer = answer
        self._response = cast("AnswerResponse", answer._original_response)
        self._patience = self._response.watch.silence
        self._reads_on = False
        self._is_clean = False
        self.status: int = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self.remarks: list[str] = []
        """What was odd about the way it came."""

    @property
    def is_success(self) -> bool:
        """Whether the status says that all went well."""
        return 200 <= self.status < 300

    def pieces(self, progress: Progress, limit: int = MAX_ANSWER_BYTES) -> Iterator[bytes]:
        """Yield the body as text in UTF-8, as it comes. Raises Lost, Malformed.

        `progress` says, between pieces, what is still to be waited for.
        """
        total = 0
        encoding = self.headers.get("Content-Encoding", "")
        packed = self._raw(progress, limit)
        for piece in as_utf8(unpacked(packed, encoding, self.remark), self.remark):
            total += len(piece)
            if total > limit:
                raise Malformed(f"it has more than {limit} bytes")
            yield piece

    def remark(self, words: str) -> None:
        """Note what is odd."""
        self.remarks.append(words)

    def close(self) -> None:
        """Let go of the connection; one that can be used again is kept for uploads."""
        if self._is_clean:
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
        """Return what comes next, or nothing where the answer has ended."""
        self._have_patience(progress)
        try:
            piece = self._response.read1(PIECE_BYTES)
            if not piece and self._may_go_on(progress):
                return self._beyond_the_length()
        except (OSError, HTTPException) as error:
            if not progress.is_complete:
                raise Lost(reason(error)) from error
            self.remark(f"the answer was whole, but not its end: {reason(error)}")
            return b""
        if not piece:
            self._is_clean = self._response.is_at_its_end and not self._reads_on
        return piece

    def _have_patience(self, progress: Progress) -> None:
        watch = self._response.watch
        watch.silence = self._patience
        if progress.has_song:
            watch.silence = min(self._patience, ENVELOPE_SILENCE)
        if progress.is_complete or self._reads_on:
            watch.silence = min(self._patience, SHORT_SILENCE)
        if progress.is_complete:
            watch.deadline = min(watch.deadline, time.monotonic() + LONGEST_TAIL)

    def _may_go_on(self, progress: Progress) -> bool:
        """Tell whether more may follow the length that was announced."""
        if self._response.left != 0 or progress.is_complete:
            return False
        return progress.has_begun or self.is_success

    def _beyond_the_length(self) -> bytes:
        self._reads_on = True
        self._response.read_on()
        self._response.watch.silence = min(self._patience, SHORT_SILENCE)
        piece = self._response.read1(PIECE_BYTES)
        if piece:
            self.remark("the answer is longer than its Content-Length")
        return piece
