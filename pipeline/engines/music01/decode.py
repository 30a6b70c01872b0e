"""The answer's bytes, as they come, to audio and envelope.

An answer is a JSON object of a few hundred bytes around megabytes of hexadecimal digits. The
digits are decoded and handed on piece by piece; what is left, the envelope, is parsed as JSON when
it is complete. So the song is never held, let alone twice.

The digits are found without a JSON parser: inside a JSON string every quotation mark has a
backslash before it, so `"audio":"` without one is a key and the start of its value, in every
document that is JSON at all. Whether it was the right key is seen in the envelope, where a mark
stands in place of the digits.
"""

from __future__ import annotations

import binascii
import re
import zlib
from typing import TYPE_CHECKING, Any

from pipeline.engines.strict_json import NotJson, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.engines.base import Sink

MAX_ANSWER_BYTES = 256 * 2**20
"""After decompression. A minute of 44.1 kHz stereo WAV is 21 MB of digits."""

MAX_ENVELOPE_BYTES = 2**20
PIECE_BYTES = 512 * 2**10

_AUDIO = re.compile(rb'(?<!\\)"audio"[ \t\r\n]*:[ \t\r\n]*"')
_LONGEST_AUDIO_START = 256
"""Bytes at the end of a piece in which a start could be cut; no writer puts more spaces there."""

_MARK = "@"
"""Stands for the digits in the envelope; it is not one."""


class Malformed(Exception):
    """The answer is not what the contract says; `str(error)` says how, without quoting it."""


class AnswerDecoder:
    """Takes an answer in pieces, writes the audio to a sink, keeps the envelope."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._envelope = bytearray()
        self._searched = 0
        self._state = _BEFORE
        self._odd_digit = b""
        self.audio_bytes = 0
        self.problem = ""
        """What is wrong with the audio; a refusal in the envelope explains it better."""

    def feed(self, piece: bytes) -> None:
        """Take the next piece. Raises Malformed."""
        if self._state == _BEFORE:
            piece = self._before(piece)
        if self._state == _WITHIN:
            piece = self._within(piece)
        if self._state == _AFTER:
            self._keep(piece)

    def finish(self) -> dict[str, Any]:
        """Return the envelope: the answer without its digits. Raises Malformed."""
        if self._state == _WITHIN:
            raise Malformed("it was cut off within the audio")
        return parsed(bytes(self._envelope))

    def _before(self, piece: bytes) -> bytes:
        self._keep(piece)
        start = _AUDIO.search(self._envelope, self._searched)
        if start is None:
            self._searched = max(0, len(self._envelope) - _LONGEST_AUDIO_START)
            return b""
        rest = bytes(self._envelope[start.end() :])
        self._envelope[start.end() :] = _MARK.encode()
        self._state = _WITHIN
        return rest

    def _within(self, piece: bytes) -> bytes:
        end = piece.find(b'"')
        self._decode(piece if end < 0 else piece[:end])
        if end < 0:
            return b""
        if self._odd_digit and not self.problem:
            self.problem = "its audio has an odd number of digits"
        self._state = _AFTER
        return piece[end:]

    def _decode(self, digits: bytes) -> None:
        if self.problem:
            return
        digits = self._odd_digit + digits
        even = len(digits) // 2 * 2
        self._odd_digit = digits[even:]
        try:
            # Unlike bytes.fromhex, this takes no spaces.
            audio = binascii.unhexlify(digits[:even])
        except binascii.Error:
            self.problem = "its audio is not hexadecimal"
            return
        self.audio_bytes += len(audio)
        self._sink.write(audio)

    def _keep(self, piece: bytes) -> None:
        limit = MAX_ENVELOPE_BYTES + (PIECE_BYTES if self._state == _BEFORE else 0)
        if len(self._envelope) + len(piece) > limit:
            raise Malformed(f"it has more than {MAX_ENVELOPE_BYTES} bytes around the audio")
        self._envelope += piece


_BEFORE, _WITHIN, _AFTER = range(3)


def has_audio(envelope: Mapping[str, Any]) -> bool:
    """Tell whether the digits that were decoded stood at `data.audio`."""
    data = envelope.get("data")
    return isinstance(data, dict) and data.get("audio") == _MARK


def parsed(document: bytes) -> dict[str, Any]:
    """Parse an answer, or an envelope. Raises Malformed."""
    try:
        return parse_object(document)
    except NotJson as error:
        raise Malformed(str(error)) from error


def unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Undo a `Content-Encoding`, in pieces of bounded size. Raises Malformed."""
    if encoding.lower() in {"", "identity"}:
        yield from pieces
    elif encoding.lower() in {"gzip", "x-gzip"}:
        yield from _inflated(pieces)
    else:
        raise Malformed("it is compressed in a way that was not asked for")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            packed = piece
            while packed:
                yield inflater.decompress(packed, PIECE_BYTES)
                packed = inflater.unconsumed_tail
    except zlib.error as error:
        raise Malformed("its compression is damaged") from error
    if not inflater.eof:
        raise Malformed("it was cut off")
