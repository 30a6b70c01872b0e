"""Texts of bodies: from bytes of any encoding, and from web pages and XML. Pure."""

from __future__ import annotations

import codecs
import contextlib
import re
from html.parser import HTMLParser

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks of encodings with several bytes a character; those of UTF-32 begin as others."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), *WIDE_MARKS)
_MOST_CONTROLS = 0.1
"""The share of control characters from which on something is no text."""


def decoded(body: bytes, content_type: str = "") -> str:
    """Return the text of a body; "" if it is none.

    Its bytes count more than what its header says: of itself UTF-8 is seldom anything else.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _text(body.removeprefix(mark), encoding)
    if body[:64].count(0) * 3 > len(body[:64]):
        return _text(body, _wide(body))
    charset = _CHARSET.search(content_type)
    for encoding in ("utf-8", *([charset[1]] if charset else [])):
        with contextlib.suppress(LookupError, UnicodeError):
            return _texts_only(_strict(body, encoding))
    return _text(body, "cp1252")


def _strict(body: bytes, encoding: str) -> str:
    # A body that was cut may end within a character.
    return codecs.getincrementaldecoder(encoding)("strict").decode(body)


def _text(body: bytes, encoding: str) -> str:
    return _texts_only(body.decode(encoding, "replace"))


def _wide(body: bytes) -> str:
    """Return the encoding of text in which every character has zeros around it."""
    if body[:3] == b"\0\0\0":
        return "utf-32-be"
    if body[1:4] == b"\0\0\0":
        return "utf-32-le"
    return "utf-16-be" if body[:1] == b"\0" else "utf-16-le"


def _texts_only(text: str) -> str:
    controls = sum((c < " " and c not in "\t\r\n\f\x1b") or c == "\ufffd" for c in text)
    return text if controls <= _MOST_CONTROLS * len(text) else ""


class _Markup(HTMLParser):
    """Collects the texts that a reader of a page sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self._hidden += tag in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._hidden and text not in self.texts:
            self.texts.append(text)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))


_HIDDEN = frozenset({"script", "style", "template", "svg", "noscript"})


def text_of_markup(markup: str) -> str:
    """Return what a reader of a web page, or of XML, sees, on one line."""
    parser = _Markup()
    # Of what is no markup at all it reads what it can.
    with contextlib.suppress(AssertionError):
        parser.feed(markup)
        parser.close()
    return " ".join(parser.texts)
