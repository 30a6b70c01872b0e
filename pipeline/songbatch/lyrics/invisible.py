"""Characters in lyrics that nobody sees: they come with pasted text."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
SEPARATOR = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line for some programs, word processors and phones among them, and not for others."""
_JOINERS = "\u200c\u200d"
"""They shape letters in some scripts, and emoji; between those they are intended."""
_WITHOUT_BLANKS = ("KHMER", "LAO", "MYANMAR", "THAI")
"""Scripts in which U+200B stands between words."""


def is_invisible(character: str, before: str) -> bool:
    """Return whether nobody sees a character behind another, and no script needs it there."""
    if character == "\n" or unicodedata.category(character) not in _INVISIBLE:
        return False
    if SEPARATOR.match(character):
        return False
    if not before or before.isascii():
        return True
    is_of_script = unicodedata.name(before, "").startswith(_WITHOUT_BLANKS)
    is_from_right = unicodedata.bidirectional(before) in {"R", "AL"}
    return not (
        character in _JOINERS
        or (character == "\u200b" and is_of_script)
        or (character in "\u200e\u200f" and is_from_right)
    )


def visible(text: str) -> str:
    """Return a line without its invisible characters; a tab becomes a blank."""
    if text.isprintable():
        return text
    kept: list[str] = []
    for character in text.lstrip("\t"):
        if character == "\t":
            kept.append(" ")
        elif not is_invisible(character, kept[-1] if kept else ""):
            kept.append(character)
    return "".join(kept)
