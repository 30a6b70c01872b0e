"""Decoder of hexadecimal digits that arrive in pieces."""

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


class HexDecoder:
    """Decodes one text of digits into a sink; `error` says what is wrong with it.

    White space around and between the digits is skipped, plain or escaped, and so is what cannot be
    seen: byte order marks, zero-width spaces.
    """

    def __init__(self, sink: Sink | None) -> None:
        """Without a sink, decode nothing."""
        self._sink = sink
        self._left = b""
        self.bytes = 0
        self.error = ""
        self.has_spaces = False
        self.closed = False

    @property
    def is_whole(self) -> bool:
        """Whether all of it arrived and could be decoded."""
        return self.closed and not self.error and self.bytes > 0

    def feed(self, digits: bytes) -> None:
        """Take the next piece."""
        if self.error or self._sink is None:
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
        """Take the end of the text."""
        self.closed = True
        if self._left and not self.error:
            is_digit = self._left.isalnum()
            self.error = "its audio has an odd number of digits" if is_digit else _NOT_DIGITS
        if self._sink is not None and not self.error and not self.bytes:
            self.error = "its audio is empty"

    def _without_spaces(self, digits: bytes) -> bytes:
        cut = _CUT_ESCAPE.search(digits, max(0, len(digits) - 6))
        whole = digits[: cut.start()] if cut else digits
        bare = _SPACE.sub(b"", whole)
        even = len(bare) // 2 * 2
        self._left = bare[even:] + (cut[0] if cut else b"")
        self.has_spaces = True
        try:
            return binascii.unhexlify(bare[:even])
        except binascii.Error:
            self.error = _NOT_DIGITS
            return b""


def are_digits(text: bytes) -> bool:
    """Return whether a text is only digits and space, as far as it goes."""
    digits = _SPACE.sub(b"", _CUT_ESCAPE.sub(b"", text))
    return re.fullmatch(rb"[0-9a-fA-F]++", digits) is not None
