"""Redaction of the key from a service's texts, in whatever encoding it is repeated.

A text is stripped of its escapes (percent-encoding, JSON, HTML, also nested), white space and
invisible characters, while the position of every character is remembered. In the rest, with and
without punctuation (`73:6b:2d`), the key is searched for as it is, in hexadecimal, and in base32
and base64 at every alignment, because it may be part of what was encoded (`Bearer KEY`); and so is
every one of these, encoded once more. Case is ignored: a key in capitals is still a key.
"""

from __future__ import annotations

import functools
import html
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_KEY = 8
"""Characters. No real key is this short; replacing one letter would garble every sentence."""

LONGEST_TEXT = 64 * 2**10
"""Characters of a text that are searched; the rest is dropped."""

REDACTED = "[key]"

_MOST_LAYERS = 4
_ESCAPE = re.compile(
    r"%(?P<percent>[0-9a-fA-F]{2})"
    r"|\\+u\{0{0,4}(?P<u>[0-9a-fA-F]{2})\}"
    r"|\\+u00(?P<u4>[0-9a-fA-F]{2})"
    r"|\\+U0{6}(?P<u8>[0-9a-fA-F]{2})"
    r"|\\+x(?P<x>[0-9a-fA-F]{2})"
    r"|\\+(?P<octal>[0-3][0-7]{2})"
    r"|(?P<html>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?)"
    r"|\\+(?P<itself>[^\sA-Za-z0-9])"
)
_OCTAL, _HEXADECIMAL = 8, 16

_BASE16 = string.digits + "abcdef"
_BASE32 = string.ascii_lowercase + "234567"
_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BASE64_URL = _BASE64[:-2] + "-_"


_Layer = tuple[str, list[tuple[int, int]]]
"""A text, and the position of each of its characters in the original."""


class Redactor:
    """Removes one key from texts, and what else is `secret`, such as a part of it."""

    def __init__(self, key: str, secret: str = "") -> None:
        self._keys = [part for part in (key, secret) if len(part) >= SHORTEST_KEY]

    def without_key(self, text: str) -> str:
        """Return at most LONGEST_TEXT of a text, with `[key]` in place of the key."""
        if not self._keys:
            return text
        if len(text) > LONGEST_TEXT:
            # A key that is cut here is not found: drop as much as its longest form could take.
            text = text[:LONGEST_TEXT]
            return self.without_key(text)[: LONGEST_TEXT - 40 * len(self._keys[0])]
        parts, at = [], 0
        for start, end in self._places(text):
            if end > at:
                parts += [text[at : max(at, start)], REDACTED if start >= at else ""]
                at = end
        return "".join([*parts, text[at:]])

    def is_in(self, text: str) -> bool:
        """Return whether the key is in a text, plain or encoded."""
        return any(True for _ in self._places(text))

    def _places(self, text: str) -> list[tuple[int, int]]:
        """Return where the key is in a text, in order."""
        return sorted(
            (places[at][0], places[at + len(form) - 1][1])
            for key in self._keys
            for layer in _layers(text)
            for (plain, places), forms in (
                (layer, _forms(key)),
                (_alphanumeric(layer), _alphanumeric_forms(key)),
            )
            for form in forms
            for at in _occurrences(plain, form)
        )


def _occurrences(text: str, form: str) -> Iterator[int]:
    at = text.find(form)
    while at >= 0:
        yield at
        at = text.find(form, at + len(form))


def _layers(text: str) -> Iterator[_Layer]:
    """Yield a text with fewer and fewer escapes, without space, with the characters' positions.

    A key may contain what looks like an escape, so every layer counts.
    """
    starts = list(range(len(text) + 1))
    for _ in range(_MOST_LAYERS):
        yield _bare(text, starts)
        simpler, places = _unescaped(text)
        if simpler == text:
            return
        text, starts = simpler, [starts[place] for place in places]
    yield _bare(text, starts)


def _alphanumeric(layer: _Layer) -> _Layer:
    """Return a layer without punctuation, which may separate digits of the key."""
    text, places = layer
    kept = [at for at, each in enumerate(text) if each.isalnum()]
    return "".join(text[at] for at in kept), [places[at] for at in kept]


def _bare(text: str, starts: list[int]) -> _Layer:
    """Return a text without space, in lower case, with the characters' positions."""
    kept = [at for at, each in enumerate(text) if each.isprintable() and not each.isspace()]
    # Keys are ASCII, and some other letters change their length in lower case.
    lower = [text[at].lower() if text[at].isascii() else text[at] for at in kept]
    return "".join(lower), [(starts[at], starts[at + 1]) for at in kept]


def _unescaped(text: str) -> tuple[str, list[int]]:
    """Return a text with one layer of escapes undone, and where its characters and its end were."""
    out: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        meaning = _unescape(match)
        out += [text[at : match.start()], meaning]
        places += [*range(at, match.start()), *([match.start()] * len(meaning))]
        at = match.end()
    out.append(text[at:])
    places += range(at, len(text) + 1)
    return "".join(out), places


def _unescape(match: re.Match[str]) -> str:
    kind, written = match.lastgroup, match[match.lastgroup or 0]
    if kind == "itself":
        return written
    if kind == "html":
        closed = written if written.endswith(";") else f"{written};"
        meaning = html.unescape(closed)
        return written if meaning == closed else meaning
    return chr(int(written, _OCTAL if kind == "octal" else _HEXADECIMAL))


@functools.cache
def _forms(key: str) -> tuple[str, ...]:
    """Return the forms of a key, in lower case: a text with the key contains one of them."""
    data = key.encode("utf-8", "surrogatepass")
    once = _encoded(data)
    # Base16 and base32 may use either case, and a second encoding keeps that apart.
    written = {*once, *(text.upper() for text in once if text == text.lower())}
    encoded = [*once, *(twice for text in sorted(written) for twice in _encoded(text.encode()))]
    # In an unescaped text, what looks like an escape in the key is undone, too.
    last = [plain for plain, _ in _layers(key)][-1]
    return tuple(dict.fromkeys(form.lower() for form in (key, *encoded, last)))


@functools.cache
def _alphanumeric_forms(key: str) -> tuple[str, ...]:
    """Return the forms without punctuation, if enough is left to recognise the key."""
    forms = ("".join(filter(str.isalnum, form)) for form in _forms(key))
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST_KEY))


def _encoded(data: bytes) -> list[str]:
    return [
        _core(data, shift, digits)
        for digits, shifts in ((_BASE16, 1), (_BASE32, 5), (_BASE64, 3), (_BASE64_URL, 3))
        for shift in range(shifts)
    ]


def _core(data: bytes, shift: int, digits: str) -> str:
    """Return the digits that encode only `data`, `shift` bytes after the start of a group."""
    width = len(digits).bit_length() - 1
    bits = "".join(f"{byte:08b}" for byte in bytes(shift) + data)
    starts = range(-(-8 * shift // width) * width, len(bits) - width + 1, width)
    return "".join(digits[int(bits[at : at + width], 2)] for at in starts)
