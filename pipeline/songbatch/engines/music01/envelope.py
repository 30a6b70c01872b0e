"""Envelope of an answer: the JSON around the audio, read as far as it can be read.

Strict JSON is read by the library. Everything else is read here, piece by piece, in linear time and
bounded memory: invalid text, NaN, endless nesting, a missing end, whatever follows the end.
Leniency never turns a failure into a success: of a repeated key, the value that reports a failure
is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from songbatch.engines.music01.error_body import reports_failure
from songbatch.engines.music01.unpacking import Malformed
from songbatch.engines.music01.values import parse_literal, parse_strict_object, parse_string

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_KEPT_BYTES = 2**20
"""Of the envelope; the rest of a longer one is read, and only vital fields of it are kept."""

MAX_TOKENS = 500_000
"""A few seconds of reading."""

_MAX_STRING = 64 * 2**10
"""Bytes kept of one string."""

_MAX_DEPTH = 8
_MAX_ITEMS = 100
_MAX_STACK = 512
_VITAL = frozenset({
    "base_resp", "code", "data", "detail", "error", "instrumental_id", "message", "requestId",
    "status", "statusCode", "status_code", "status_msg", "success", "trace_id", "voice_id",
})  # fmt: skip

_BEFORE = b"\xef\xbb\xbf\xff\xfe \t\r\n"
"""Byte order marks and white space."""

_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_BETWEEN = re.compile(rb'[^"{}\[\]:, \t\r\n]++|["{}\[\]:,]|[ \t\r\n]++')


class Envelope:
    """Takes the bytes of a JSON object in pieces; knows its place in it and the fields so far."""

    def __init__(self) -> None:
        self.complete = False
        """Whether the object is closed, so that nothing that follows belongs to it."""
        self.fields: dict[str, Any] = {}
        self._head = bytearray()
        self._size = 0
        self._levels: list[_Level] = []
        self._too_deep = 0
        self._in_string = False
        self._escaped = False
        self._string = bytearray()
        self._word = bytearray()
        self._kept = 0
        self._tokens = 0
        self._repeats = False
        self._begun = False
        self._followed = False
        self._is_strict = False

    @property
    def begun(self) -> bool:
        """Whether an object has begun, even after something else."""
        return self._begun

    @property
    def is_object(self) -> bool:
        """Whether it starts with an object: a web page may have braces somewhere, too."""
        return self._head.lstrip(_BEFORE).startswith(b"{")

    def start(self, size: int) -> bytes:
        """Return at most the first `size` bytes, whatever they are."""
        return bytes(self._head[:size])

    @property
    def is_long(self) -> bool:
        """Whether it has more bytes than are kept."""
        return self._size > MAX_KEPT_BYTES

    @property
    def place(self) -> tuple[str, ...]:
        """The keys that lead to what comes next, without the lists between them."""
        if self._too_deep:
            return ("…",)
        return tuple(level.key or "" for level in self._levels if not level.is_list)

    def feed(self, data: bytes) -> None:
        """Take the next piece. Raises Malformed."""
        self._size += len(data)
        self._head += data[: max(0, MAX_KEPT_BYTES - len(self._head))]
        at = 0
        while at < len(data):
            at = self._text(data, at) if self._in_string else self._between(data, at)
            self._tokens += 1
            if self._tokens > MAX_TOKENS:
                raise Malformed(f"it has more than {MAX_TOKENS} words and marks around the audio")

    def leave_string(self) -> None:
        """Take what comes next as the start of a key: a broken string before it has no end."""
        if self._in_string:
            self._in_string = self._escaped = False
            self._string.clear()
            self._levels[-1].key = self._levels[-1].candidate = None

    def finish(self) -> None:
        """Take the end of the answer; read everything again, strictly, if that is possible."""
        self._end_word()
        strict = None if self.is_long else parse_strict_object(bytes(self._head))
        self._is_strict = strict is not None
        if strict is not None:
            self.fields = strict

    def oddities(self) -> Iterable[str]:
        """Yield its oddities; only after `finish`."""
        if self._is_strict:
            return
        if self._head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            yield "a byte order mark stands before the answer"
        if not self.complete:
            yield "the end of the answer is missing"
        if self._followed:
            yield "something follows the answer"
        if self._repeats:
            yield "a key stands in the answer more than once"
        if self.is_long:
            yield f"there are more than {MAX_KEPT_BYTES} bytes around the audio"
        if self.complete and not self.is_long and not self._explains_itself():
            yield "the answer is not strict JSON"

    def _explains_itself(self) -> bool:
        trimmed = bytes(self._head).lstrip(_BEFORE)
        return self._followed or self._repeats or parse_strict_object(trimmed) is not None

    # Inside a string

    def _text(self, data: bytes, at: int) -> int:
        if self._escaped:
            self._escaped = False
            self._keep_text(data[at : at + 1])
            return at + 1
        end = _end_of(_TEXT, data, at)
        self._keep_text(data[at:end])
        if end == len(data):
            return end
        if data[end : end + 1] == b'"':
            self._in_string = False
            self._end_string()
        else:
            self._escaped = True
            self._keep_text(b"\\")
        return end + 1

    def _keep_text(self, text: bytes) -> None:
        self._string += text[: max(0, _MAX_STRING - len(self._string))]

    def _end_string(self) -> None:
        text = parse_string(bytes(self._string)) if len(self._string) < _MAX_STRING else None
        self._string.clear()
        level = self._levels[-1]
        if not level.is_list and level.key is None:
            level.candidate = text or ""
        else:
            self._put(text)

    # Between strings

    def _between(self, data: bytes, at: int) -> int:
        end = _end_of(_BETWEEN, data, at)
        token = data[at:end]
        if not self._levels:
            self._outside(token)
            return end
        if token[0] not in b'"{}[]:, \t\r\n':
            self._word += token[: max(0, 700 - len(self._word))]
            return end
        self._end_word()
        self._structure(token)
        return end

    def _outside(self, token: bytes) -> None:
        if token == b"{" and not self._begun:
            self._begun = True
            self._levels.append(_Level(self.fields, is_list=False))
        elif self._begun and not token.isspace():
            self._followed = True

    def _structure(self, token: bytes) -> None:
        level = self._levels[-1]
        if token == b'"':
            self._in_string = True
        elif token in b"{[":
            self._open(is_list=token == b"[")
        elif token in b"}]":
            self._close()
        elif token == b":" and not level.is_list:
            level.key, level.candidate = level.candidate, None
        elif token == b",":
            level.key = level.candidate = None

    def _open(self, *, is_list: bool) -> None:
        if self._too_deep or len(self._levels) >= _MAX_STACK:
            self._too_deep += 1
            return
        inner: Any = [] if is_list else {}
        self._levels.append(_Level(self._put(inner), is_list=is_list))

    def _close(self) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        self._levels.pop()
        self.complete = not self._levels
        if self._levels:
            self._levels[-1].key = None

    def _end_word(self) -> None:
        if self._word:
            self._put(parse_literal(bytes(self._word)))
            self._word.clear()

    def _put(self, value: Any) -> Any:
        """Put a value where it belongs; return it, or what is already there."""
        level = self._levels[-1]
        holder = level.holder if len(self._levels) <= _MAX_DEPTH and not self._too_deep else None
        if isinstance(holder, list):
            if len(holder) < _MAX_ITEMS and self._affords(value):
                holder.append(value)
            return value
        if not isinstance(holder, dict) or level.key is None:
            return value
        if level.key in _VITAL or self._affords(value):
            self._kept += len(level.key)
            return self._set(holder, level.key, value)
        return value

    def _affords(self, value: Any) -> bool:
        self._kept += 50 + (len(value) if isinstance(value, str) else 0)
        return self._kept <= MAX_KEPT_BYTES

    def _set(self, holder: dict[str, Any], key: str, value: Any) -> Any:
        if key in holder:
            self._repeats = True
            value = _worse(key, holder[key], value)
        holder[key] = value
        return value


class _Level:
    """An open bracket. `candidate` is a string that becomes a key if a colon follows."""

    def __init__(self, holder: Any, *, is_list: bool) -> None:
        self.holder = holder
        self.is_list = is_list
        self.key: str | None = None
        self.candidate: str | None = None


def _worse(key: str, before: Any, after: Any) -> Any:
    """Return which of two values of one key counts; two objects are merged."""
    if isinstance(before, dict):
        return before
    return before if reports_failure(key, before) else after


def _end_of(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at
