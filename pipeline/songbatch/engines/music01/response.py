"""Framing of an answer, believed only as far as the bytes bear it out.

A length that is too small, too large or not a number, a body that is chunked without a header, or
has the header and is not: none of these is a reason to lose what arrived.
"""

from __future__ import annotations

import re
from http.client import IncompleteRead
from typing import Any

from songbatch.http.final_response import FinalResponse

_CHUNK_SIZE = re.compile(rb"[ \t]*(?:0[xX])?([0-9a-fA-F]{1,100})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_SIZE_LINE = 64 * 2**10


class AnswerResponse(FinalResponse):
    """The service's final answer; `read1` reads its body, however it is framed.

    `left` is how many bytes are still to come by its Content-Length, or None if that is not
    usable. At `left` 0 `read1` returns nothing; after `read_on` it returns what follows.
    """

    left: int | None = None

    def begin(self, **options: Any) -> None:
        """Read up to the body; called by the library."""
        super().begin(**options)
        self.left, self.length = self.length, None
        # The libraries would refuse an answer with two different lengths.
        del self.headers["Content-Length"]
        self._is_framing_known = False

    def read1(self, n: int = -1) -> bytes:
        """Return the next bytes of the body, at most `n`; none at the end.

        Raises OSError, http.client.HTTPException.
        """
        if self.fp is None or self.left == 0:
            return b""
        if not self._is_framing_known:
            self._detect_framing()
        if self.chunked:
            return super().read1(n)
        data = self.fp.read1(n if self.left is None else min(n, self.left))
        if self.left is not None:
            if not data:
                raise IncompleteRead(b"", self.left)
            self.left -= len(data)
        return data

    def read_on(self) -> None:
        """Go on past the announced end."""
        self.left = None

    def _safe_read(self, amt: int) -> bytes:
        """Skip the line end after a chunk; the library calls this for nothing else.

        The library would skip any two bytes, and once out of step take digits of audio for sizes.
        """
        end = self.fp.readline(amt)
        if end not in {b"\n", b"\r\n"}:
            raise IncompleteRead(b"")
        return bytes(end)

    def _read_next_chunk_size(self) -> int:
        line = self.fp.readline(_LONGEST_SIZE_LINE)
        size = _CHUNK_SIZE.match(line) or re.match(rb"(0+)\Z", line)
        if size is None:
            raise ValueError(line)  # as the library does when it is out of step
        return int(size[1], 16)

    @property
    def is_reusable(self) -> bool:
        """Whether the connection can be used again."""
        return self.left == 0 or self.isclosed()

    def _detect_framing(self) -> None:
        # No JSON object begins as a chunk does, and no chunk as an object does.
        self._is_framing_known = True
        start = self.fp.peek(1)
        if self.chunked and start and start.lstrip(b" \t")[:1] not in b"0123456789abcdefABCDEF":
            self.chunked, self.will_close = False, True
        elif not self.chunked and _CHUNK_SIZE.match(start):
            self.chunked, self.chunk_left, self.left = True, None, None
