"""Words → pieces of file names and ids."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 60
_LONGEST_READ = 500
"""Characters: more are not needed for a slug, and normalizing takes their number squared."""


def slug(value: object) -> str:
    """Return the words of `value` in lower case, joined by hyphens: `São João` → `sao-joao`.

    Letters of every script stay, but for Latin ones, which become ASCII: `Søren Łukasz` →
    `soren-lukasz`. At most 60 characters; "" if there is no letter or digit.
    """
    plain = _with_plain_latin(str(value)[:_LONGEST_READ].casefold())
    # Plain letters may be capitals again, as those of Fraktur are.
    text = unicodedata.normalize("NFC", plain.casefold())
    words = "".join(c if _belongs(c) else " " for c in text).split()
    return "-".join(words)[:MAX_CHARACTERS].rstrip("-")


def _with_plain_latin(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFKD", text):
        if not unicodedata.combining(character):
            base = _plain(character)
            kept.append(base)
        elif not base.isascii() and _belongs(base):
            kept.append(character)
    return "".join(kept)


def _plain(character: str) -> str:
    """Return a Latin letter in ASCII, as far as it has such a form, and others as they are."""
    if character.isascii() or not unicodedata.name(character, "").startswith("LATIN "):
        return character
    from anyascii import anyascii  # noqa: PLC0415  (few names need it)

    return anyascii(character).lower() or character


def _belongs(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")
