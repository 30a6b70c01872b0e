"""The key out of everything that a service says, in whatever encoding it is repeated.

The text is freed of its escapes (percent-encoding, JSON, HTML, one within the other), white space
and invisible characters, every character remembering where it stood; in what is left, with and
without its punctuation (`73:6b:2d`), the key is looked for as it is, in hexadecimal, and in base32
and base64 at every alignment, for it may be a part of what was encoded (`Bearer KEY`), and that
encoded once more. Case is not looked at: a key in capitals is still a key.
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
"""Characters of a text that are looked through; the rest of it is not repeated."""

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
"""A text, and where in the original its characters stood."""


class Redactor:
    """Takes one key out of texts."""

    def __init__(self, key: str) -> None:
        self._key = key if len(key) >= SHORTEST_KEY else ""

    def without_key(self, text: str) -> str:
        """Return a text with `[key]` wherever the key was, and no more than LONGEST_TEXT of it."""
        if not self._key:
            return text
        if len(text) > LONGEST_TEXT:
            # A key that is cut here is not found: leave out as much as the longest way to write it.
            text = text[:LONGEST_TEXT]
            return self.without_key(text)[: LONGEST_TEXT - 40 * len(self._key)]
        parts, at = [], 0
        for start, end in self._places(text):
            if end > at:
                parts += [text[at : max(at, start)], REDACTED if start >= at else ""]
                at = end
        return "".join([*parts, text[at:]])

    def is_in(self, text: str) -> bool:
        """Tell whether the key is in a text, as it is or encoded."""
        return any(True for _ in self._places(text)) if self._key else False

    def _places(self, text: str) -> list[tuple[int, int]]:
        """Return where the key stands in a text, in order."""
        return sorted(
            (places[at][0], places[at + len(form) - 1][1])
            for layer in _layers(text)
            for (plain, places), forms in (
                (layer, _forms(self._key)),
                (_alphanumeric(layer), _alphanumeric_forms(self._key)),
            )
            for form in forms
            for at in _finds(plain, form)
        )


def _finds(text: str, form: str) -> Iterator[int]:
    at = text.find(form)
    while at >= 0:
        yield at
        at = text.find(form, at + len(form))


def _layers(text: str) -> Iterator[_Layer]:
    """Yield a text with ever fewer escapes, without space, and where its characters stood.

    A key may hold what looks like an escape, so that every layer counts.
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
    """Return a layer without the punctuation that may stand between digits of the key."""
    text, places = layer
    kept = [at for at, each in enumerate(text) if each.isalnum()]
    return "".join(text[at] for at in kept), [places[at] for at in kept]


def _bare(text: str, starts: list[int]) -> _Layer:
    """Return a text without space, in lower case, and where its characters stood."""
    kept = [at for at, each in enumerate(text) if each.isprintable() and not each.isspace()]
    # No key has other letters than ASCII's, and some of those change their length in lower case.
    lower = [text[at].lower() if text[at].isascii() else text[at] for at in kept]
    return "".join(lower), [(starts[at], starts[at + 1]) for at in kept]


def _unescaped(text: str) -> tuple[str, list[int]]:
    """Return a text with one layer of escapes undone, where its characters began, and its end."""
    out: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        meant = _meant(match)
        out += [text[at : match.start()], meant]
        places += [*range(at, match.start()), *([match.start()] * len(meant))]
        at = match.end()
    out.append(text[at:])
    places += range(at, len(text) + 1)
    return "".join(out), places


def _meant(match: re.Match[str]) -> str:
    kind, written = match.lastgroup, match[match.lastgroup or 0]
    if kind == "itself":
        return written
    if kind == "html":
        closed = written if written.endswith(";") else f"{written};"
        meant = html.unescape(closed)
        return written if meant == closed else meant
    return chr(int(written, _OCTAL if kind == "octal" else _HEXADECIMAL))


@functools.cache
def _forms(key: str) -> tuple[str, ...]:
    """Return what a text with the key in it must hold, in lower case."""
    data = key.encode("utf-8", "surrogatepass")
    once = _encoded(data)
    # The letters of base16 and base32 are written in either case, which the second code keeps.
    written = {*once, *(text.upper() for text in once if text == text.lower())}
    encoded = [*once, *(twice for text in sorted(written) for twice in _encoded(text.encode()))]
    # In a text that is freed of escapes, those that a key seems to hold are undone, too.
    last = [plain for plain, _ in _layers(key)][-1]
    return tuple(dict.fromkeys(form.lower() for form in (key, *encoded, last)))


@functools.cache
def _alphanumeric_forms(key: str) -> tuple[str, ...]:
    """Return the forms without punctuation, as far as enough is left to know the key by."""
    forms = ("".join(filter(str.isalnum, form)) for form in _forms(key))
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST_KEY))


def _encoded(data: bytes) -> list[str]:
    return [
        _core(data, shift, digits)
        for digits, shifts in ((_BASE16, 1), (_BASE32, 5), (_BASE64, 3), (_BASE64_URL, 3))
        for shift in range(shifts)
    ]


def _core(data: bytes, shift: int, digits: str) -> str:
    """Return the digits that stand for `data` alone, `shift` bytes after the start of a group."""
    width = len(digits).bit_length() - 1
    bits = "".join(f"{byte:08b}" for byte in bytes(shift) + data)
    starts = range(-(-8 * shift // width) * width, len(bits) - width + 1, width)
    return "".join(digits[int(bits[at : at + width], 2)] for at in starts)
