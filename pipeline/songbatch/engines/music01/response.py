"""The framing of an answer, believed no further than the bytes bear it out.

A length that is too small, too large or no number, a body that is chunked and does not say so, or
says so and is not: none of it is a reason to lose what came.
"""

from __future__ import annotations

import re
from http.client import IncompleteRead
from typing import Any

from songbatch.http.final_response import FinalResponse

_CHUNK_SIZE = re.compile(rb"[ \t]*(?:0[xX])?([0-9a-fA-F]{1,100})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_SIZE_LINE = 64 * 2**10


class AnswerResponse(FinalResponse):
    """The service's final answer; its body comes through `read1`, whatever frames it.

    `left` is what its Content-Length says is still to come, in bytes, or None where it says nothing
    usable. At `left` 0 `read1` returns nothing; `read_on` has it read what follows.
    """

    left: int | None = None

    def begin(self, **options: Any) -> None:
        """Read up to the body; the library calls this."""
        super().begin(**options)
        self.left, self.length = self.length, None
        # The libraries above would refuse an answer whose two lengths differ.
        del self.headers["Content-Length"]
        self._is_framing_seen = False

    def read1(self, n: int = -1) -> bytes:
        """Return the next bytes of the body, at most `n`; none at its end.

        Raises OSError, http.client.HTTPException.
        """
        if self.fp is None or self.left == 0:
            return b""
        if not self._is_framing_seen:
            self._see_framing()
        if self.chunked:
            return super().read1(n)
        data = self.fp.read1(n if self.left is None else min(n, self.left))
        if self.left is not None:
            if not data:
                raise IncompleteRead(b"", self.left)
            self.left -= len(data)
        return data

    def read_on(self) -> None:
        """Read what follows the end that was announced."""
        self.left = None

    def _safe_read(self, amt: int) -> bytes:
        """Pass over the line end behind a chunk; the library asks for nothing else.

        It takes any two bytes for it, and reads sizes as digits of the audio when out of step.
        """
        end = self.fp.readline(amt)
        if end not in {b"\n", b"\r\n"}:
            raise IncompleteRead(b"")
        return bytes(end)

    def _read_next_chunk_size(self) -> int:
        line = self.fp.readline(_LONGEST_SIZE_LINE)
        size = _CHUNK_SIZE.match(line) or re.match(rb"(0+)\Z", line)
        if size is None:
            raise ValueError(line)  # the library's way to say that it is out of step
        return int(size[1], 16)

    @property
    def is_at_its_end(self) -> bool:
        """Whether the connection can be used again."""
        return self.left == 0 or self.isclosed()

    def _see_framing(self) -> None:
        # A JSON object begins like no chunk, and no chunk like one.
        self._is_framing_seen = True
        start = self.fp.peek(1)
        if self.chunked and start and start.lstrip(b" \t")[:1] not in b"0123456789abcdefABCDEF":
            self.chunked, self.will_close = False, True
        elif not self.chunked and _CHUNK_SIZE.match(start):
            self.chunked, self.chunk_left, self.left = True, None, None
