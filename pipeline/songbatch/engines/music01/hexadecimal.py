"""Hexadecimal digits, as they come, to bytes."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.engines.base import Sink

_SPACE = re.compile(
    rb"[ \t\r\n\f\v]++|\\[nrtf]|\\u00(?:20|0[9a-dA-D]|[aA]0)|\\u(?:feff|FEFF|200[bB])"
    rb"|\xc2\xa0|\xef\xbb\xbf|\xe2\x80\x8b"
)
_NOT_DIGITS = "its audio is not hexadecimal"
_CUT_ESCAPE = re.compile(rb"(?:\\(?:u[0-9a-fA-F]{0,3})?|\xc2|\xef\xbb?|\xe2\x80?)\Z")


class Digits:
    """One text of digits; writes what they stand for to a sink, and says what is wrong with them.

    White space around and between them is passed over, as it is or escaped, and so is what cannot
    be seen: byte order marks, spaces of no width.
    """

    def __init__(self, sink: Sink | None) -> None:
        """Without a sink, nothing is decoded."""
        self._sink = sink
        self._left = b""
        self.bytes = 0
        self.problem = ""
        self.has_spaces = False
        self.closed = False

    @property
    def is_whole(self) -> bool:
        """Whether everything came and could be read."""
        return self.closed and not self.problem and self.bytes > 0

    def feed(self, digits: bytes) -> None:
        """Take the next piece."""
        if self.problem or self._sink is None:
            return
        digits = self._left + digits
        even = len(digits) // 2 * 2
        self._left = digits[even:]
        try:
            # Unlike bytes.fromhex, this takes no spaces.
            audio = binascii.unhexlify(digits[:even])
        except binascii.Error:
            audio = self._without_spaces(digits)
        self.bytes += len(audio)
        self._sink.write(audio)

    def close(self) -> None:
        """Nothing more comes."""
        self.closed = True
        if self._left and not self.problem:
            is_digit = self._left.isalnum()
            self.problem = "its audio has an odd number of digits" if is_digit else _NOT_DIGITS
        if self._sink is not None and not self.problem and not self.bytes:
            self.problem = "its audio is empty"

    def _without_spaces(self, digits: bytes) -> bytes:
        cut = _CUT_ESCAPE.search(digits, max(0, len(digits) - 6))
        whole = digits[: cut.start()] if cut else digits
        found = _SPACE.sub(b"", whole)
        even = len(found) // 2 * 2
        self._left = found[even:] + (cut[0] if cut else b"")
        self.has_spaces = True
        try:
            return binascii.unhexlify(found[:even])
        except binascii.Error:
            self.problem = _NOT_DIGITS
            return b""


def are_digits(text: bytes) -> bool:
    """Tell whether a text is nothing but digits and space, as far as it goes."""
    digits = _SPACE.sub(b"", _CUT_ESCAPE.sub(b"", text))
    return re.fullmatch(rb"[0-9a-fA-F]++", digits) is not None
