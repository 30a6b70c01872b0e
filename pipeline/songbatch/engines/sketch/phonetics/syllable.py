"""Syllable: what one note is sung to."""

from __future__ import annotations

import msgspec


class Syllable(msgspec.Struct, frozen=True):
    """The sounds of one note: consonants, a vowel, consonants; `stress` 0, 1 or 2."""

    onset: tuple[str, ...]
    vowel: str
    coda: tuple[str, ...]
    stress: int
    text: str
    """The word, on its first syllable; "" on the others."""


Line = tuple[Syllable, ...]
"""The syllables of a line; none is a pause."""
