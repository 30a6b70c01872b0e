"""Words → pieces of file names and ids."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 60
_LONGEST_READ = 500
"""Characters: more are not needed for a slug, and normalizing takes their number squared."""


def slug(value: object) -> str:
    """Return the words of `value` in lower case, joined by hyphens: `São João` → `sao-joao`.

    Letters of every script stay; accents go from Latin letters. At most 60 characters; "" if
    there is no letter or digit.
    """
    text = unicodedata.normalize("NFC", _without_accents(str(value)[:_LONGEST_READ].casefold()))
    words = "".join(c if _belongs(c) else " " for c in text).split()
    return "-".join(words)[:MAX_CHARACTERS].rstrip("-")


def _without_accents(text: str) -> str:
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFKD", text):
        if not unicodedata.combining(character):
            base = character
        elif base.isascii():
            continue
        kept.append(character)
    return "".join(kept)


def _belongs(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")
