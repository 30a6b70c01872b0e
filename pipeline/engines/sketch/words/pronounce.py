"""A word → its phones, with the stress of each vowel.

From the CMU Pronouncing Dictionary (data/NOTICE.md), else from a known stem with an ending, else
spelled out. Loaded when the first word is asked for: 0.1 s.
"""

from __future__ import annotations

import lzma
from functools import cache
from importlib import resources

from pipeline.engines.sketch.words.letters import plain, spell_out

VOWELS = frozenset(
    "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()  # noqa: SIM905  (reads as a list)
)

_ENDINGS = (
    ("'s", "Z"),
    ("s", "Z"),
    ("in'", "IH0 N"),
    ("ing", "IH0 NG"),
    ("ed", "D"),
    ("ly", "L IY0"),
)

Phone = tuple[str, int]
"""A phone and the stress of it: 1 main, 2 secondary, 0 none or a consonant."""


@cache
def _dictionary() -> dict[str, str]:
    packed = resources.files("pipeline.engines.sketch").joinpath("data/cmudict.xz").read_bytes()
    lines = lzma.decompress(packed).decode("utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def pronounce(word: str) -> list[Phone]:
    """Return the phones of a word; never none at all."""
    known = _look_up(word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    if known is not None:
        return [_phone(text) for text in known.split()]
    first = True
    phones = []
    for name in spell_out(word):
        stressed = name in VOWELS and first
        first = first and name not in VOWELS
        phones.append((name, int(stressed)))
    return phones


def _look_up(word: str) -> str | None:
    words = _dictionary()
    bare = plain(word)
    letters = bare.replace("'", "")
    for spelling in (word, bare, letters):
        if spelling in words:
            return words[spelling]
    for ending, sound in _ENDINGS:
        stem = bare.removesuffix(ending)
        if stem != bare and stem in words:
            return f"{words[stem]} {sound}"
    return None


def _phone(text: str) -> Phone:
    name = text.rstrip("012")
    return name, int(text[-1]) if text[-1].isdigit() else 0
