"""A word → its phones, with the stress of each vowel.

From the CMU Pronouncing Dictionary (data/NOTICE.md), else from a known stem with an ending, else
spelled out. Loaded when the first word is asked for. The dictionary's text is kept as it is, sorted,
and words are found in it by halving: 3 MB instead of the 25 MB of a table.
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
def _dictionary() -> bytes:
    """Return lines `word PH0 ON1 ES` in the order of their bytes, with a line end at both ends."""
    packed = resources.files("pipeline.engines.sketch").joinpath("data/cmudict.xz").read_bytes()
    lines = lzma.decompress(packed).splitlines()
    return b"\n".join([b"", *sorted(lines), b""])


def _known(word: str) -> str | None:
    """Return the dictionary's phones of a word."""
    text, wanted = _dictionary(), word.encode() + b" "
    low, high = 0, len(text) - 1
    while low < high:
        start = text.rfind(b"\n", 0, (low + high) // 2 + 1) + 1
        if text[start : start + len(wanted)] < wanted:
            low = text.find(b"\n", start)
        else:
            high = start - 1
    if not text.startswith(wanted, low + 1):
        return None
    return text[low + 1 + len(wanted) : text.index(b"\n", low + 1)].decode()


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
    bare = plain(word)
    for spelling in (word, bare, bare.replace("'", "")):
        if found := _known(spelling):
            return found
    for ending, sound in _ENDINGS:
        stem = bare.removesuffix(ending)
        if stem != bare and (found := _known(stem)):
            return f"{found} {sound}"
    return None


def _phone(text: str) -> Phone:
    name = text.rstrip("012")
    return name, int(text[-1]) if text[-1].isdigit() else 0
