"""Letters that a program lost, or read in another encoding than the one they were written in."""

from __future__ import annotations

import re

_SIGN = (
    r"[\u0080-\u009f\u00a1-\u00ba\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    r"\u2018\u201a\u201e\u2020-\u2022\u2030\u2039\u20ac\u2122]"
)
"""What Windows-1252 and Latin-1 make of the second byte of a character in UTF-8."""
_END = r"[\u00a0\u00bb-\u00bf\u2013\u2014\u2019\u201c\u201d\u2026\u203a]"
"""The same, where it may stand behind a word as well: dots, dashes, quotes."""
_QUOTE = r"\u00e2\u20ac[\u009d\u2122\u0153\u02dc\u201c\u201d\u00a6\u00a2\w]"
"""What becomes of quotes, dashes and dots."""
_GARBLED = re.compile(
    rf"[\u00c2\u00c3](?:{_SIGN}|(?<![A-Z\u00c0-\u00de][\u00c2\u00c3]){_END}(?=\w))|{_QUOTE}|"
    rf"(?:[\u00d0\u00d1](?:{_SIGN}|{_END})){{2}}|\u00f0\u0178|\u00ef\u00bb\u00bf|\u00ef\u00bf\u00bd"
)
LOST = "\ufffd"
"""What stands for a letter that a program could not read."""


def garbled(text: str) -> str:
    """Return the first word with letters that were lost or read wrongly, or "" if there is none."""
    if text.isascii():
        return ""
    start = text.find(LOST)
    if start < 0:
        match = _GARBLED.search(text)
        if match is None:
            return ""
        start = match.start()
    before = re.split(r"\s", text[:start])[-1]
    return (before + re.split(r"\s", text[start:])[0])[:40]
