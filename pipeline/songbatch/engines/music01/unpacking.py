"""Unpacking of an answer to UTF-8: undoes compression and other encodings, in bounded pieces.

The bytes are believed, not the headers: gzip and zlib are recognised by their first two bytes,
UTF-16 and UTF-32 by the zeros in the first characters of any JSON object. Raw deflate needs its
header.
"""

from __future__ import annotations

import codecs
import itertools
import zlib
from typing import TYPE_CHECKING

from songbatch.engines.rest.body_text import WIDE_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Remark = Callable[[str], None]

PIECE_BYTES = 512 * 2**10

MAX_LAYERS = 3
"""Of compression, nested."""

_GZIP = b"\x1f\x8b"
_ZLIB, _ZLIB_CHECK = b"x", 31
"""RFC 1950: deflate with a window of 32 KiB; the first two bytes are a multiple of 31."""

_MAX_MEMBERS = 1000
_PLAIN = b"{[\"'<)]} \t\r\n\x00\xef\xfe\xff"
"""The first bytes that uncompressed text can have, in any encoding."""


class Malformed(Exception):
    """The answer breaks the contract; `str(error)` says how, without quoting it."""


def decompressed(
    pieces: Iterable[bytes], encoding: str, remark: Remark, layers: int = MAX_LAYERS
) -> Iterator[bytes]:
    """Undo a `Content-Encoding`, at most `layers` of it, in pieces of bounded size.

    `remark` is called with each oddity. Raises Malformed.
    """
    start, rest = _peeked(pieces, 2)
    listed = [each.strip().lower() for each in encoding.split(",")]
    named = [each.removeprefix("x-") for each in listed if each not in {"", "identity"}]
    window = _window(start, named)
    if window is not None and layers:
        if not named:
            remark("the answer is compressed, and its header does not say so")
        elif named != ["gzip"]:
            remark("the answer is not compressed as was asked for")
        inflated = _inflated(rest, window, remark)
        yield from decompressed(inflated, "", remark, layers - 1)
        return
    if start and named:
        if start[:1] not in _PLAIN:
            raise Malformed(
                "its compression is damaged"
                if "gzip" in named
                else "it is compressed in a way that was not asked for"
            )
        remark("the answer is not compressed as its header says")
    yield from rest


def _window(start: bytes, named: list[str]) -> int | None:
    """Return zlib's `wbits` for data with this start, or None if it is not compressed."""
    if start == _GZIP or (start[:1] == _ZLIB and int.from_bytes(start) % _ZLIB_CHECK == 0):
        return zlib.MAX_WBITS | 32
    is_raw = "deflate" in named and start != b"" and start[:1] not in _PLAIN
    return -zlib.MAX_WBITS if is_raw else None


def as_utf8(pieces: Iterable[bytes], remark: Remark) -> Iterator[bytes]:
    """Turn UTF-16 and UTF-32 into UTF-8; pass everything else on as it is."""
    start, rest = _peeked(pieces, 8)
    encoding = _wide_encoding(start)
    if encoding is None:
        yield from rest
        return
    remark(f"the answer is written in {encoding}")
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in rest:
        yield decoder.decode(piece).encode("utf-8", "replace")


def _wide_encoding(start: bytes) -> str | None:
    """Return the encoding of a JSON object with this start, if it is UTF-16 or UTF-32."""
    for mark, encoding in WIDE_MARKS:
        brace = "{".encode(encoding)
        if start.removeprefix(mark).startswith(brace) and len(start) > len(brace):
            return encoding
    return None


def _peeked(pieces: Iterable[bytes], count: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first `count` bytes, or as many as there are, and all pieces again."""
    iterator = iter(pieces)
    taken: list[bytes] = []
    while sum(map(len, taken)) < count:
        try:
            taken.append(next(iterator))
        except StopIteration:
            break
    return b"".join(taken)[:count], itertools.chain(taken, iterator)


def _inflated(pieces: Iterable[bytes], window: int, remark: Remark) -> Iterator[bytes]:
    members, inflater = 1, _inflater(window)
    for piece in pieces:
        packed = piece
        while packed:
            if inflater.eof:
                if not packed.startswith(_GZIP[: len(packed)]) or members == _MAX_MEMBERS:
                    remark("something follows the compressed answer")
                    return
                members, inflater = members + 1, _inflater(window)
            before = inflater.copy()
            try:
                yield inflater.decompress(packed, PIECE_BYTES)
            except zlib.error:
                yield from _before_the_damage(before, packed)
                raise Malformed("its compression is damaged") from None
            packed = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        remark("the end of the compressed answer is missing")


def _inflater(window: int) -> zlib._Decompress:
    return zlib.decompressobj(window)


def _before_the_damage(inflater: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """Yield the readable part of a damaged piece, of which the library returns nothing."""
    for at in range(len(packed)):
        try:
            yield inflater.decompress(packed[at : at + 1])
        except zlib.error:
            return
