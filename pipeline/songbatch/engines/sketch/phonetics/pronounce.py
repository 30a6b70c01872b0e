"""A word → its phones, with the stress of each vowel.

English from the CMU Pronouncing Dictionary (data/NOTICE.md), else from a known stem with an
ending, else spelled out; other languages by their rules of spelling. The dictionary is loaded when
the first word is asked for; its text is kept as it is, and words are found in it by halving: 3 MB
instead of the 25 MB of a table.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable
from functools import cache
from importlib import resources

from songbatch.engines.sketch.phonetics.french import FRENCH
from songbatch.engines.sketch.phonetics.general import GENERAL, transliterated
from songbatch.engines.sketch.phonetics.german import GERMAN
from songbatch.engines.sketch.phonetics.italian import ITALIAN
from songbatch.engines.sketch.phonetics.letters import VOCALISED, plain, spell_out
from songbatch.engines.sketch.phonetics.names import foreign, named
from songbatch.engines.sketch.phonetics.portuguese import EUROPEAN_PORTUGUESE, PORTUGUESE
from songbatch.engines.sketch.phonetics.spanish import SPANISH
from songbatch.engines.sketch.phonetics.spelling import VOWELS, to_phones

_ENDINGS = (
    ("'s", "Z"),
    ("s", "Z"),
    ("in'", "IH0 N"),
    ("ing", "IH0 NG"),
    ("ed", "D"),
    ("ly", "L IY0"),
)

ENGLISH = "en"
LANGUAGES = {
    "es": SPANISH,
    "de": GERMAN,
    "fr": FRENCH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "pt-pt": EUROPEAN_PORTUGUESE,
}
ENGLISH_DIGITS = tuple("zero one two three four five six seven eight nine".split())  # noqa: SIM905

Phone = tuple[str, int]
"""A phone and the stress of it: 1 main, 2 secondary, 0 none or a consonant."""


@cache
def _dictionary() -> bytes:
    """Return lines `word PH0 ON1 ES` in the order of their bytes, with a line end at both ends."""
    packed = resources.files("songbatch.engines.sketch").joinpath("data/cmudict.xz").read_bytes()
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


def digits(lang: str) -> tuple[str, ...]:
    """Return the names of 0 to 9."""
    return ENGLISH_DIGITS if lang == ENGLISH else LANGUAGES.get(lang, GENERAL).digits


Reading = Callable[[str], list[Phone]]
"""An unknown English word → its phones, none if it cannot be read."""


def pronounce(word: str, lang: str = ENGLISH, read_unknown: Reading | None = None) -> list[Phone]:
    """Return the phones of a word; never none at all.

    English words that are not in the dictionary are read by `read_unknown`, if there is one.
    Cyrillic and Greek are read letter by letter in every language, other scripts vocalised.
    """
    latin = transliterated(word)
    if latin != word.lower() or lang not in {ENGLISH, *LANGUAGES}:
        return to_phones(latin, GENERAL) or _vocalised(word)
    if lang != ENGLISH:
        return to_phones(word, LANGUAGES[lang]) or _vocalised(word)
    known = _look_up(word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    if known is not None:
        return [_phone(text) for text in known.split()]
    read = read_unknown(word) if read_unknown is not None else []
    return read or foreign(word) or _stressed(spell_out(word))


def _vocalised(word: str) -> list[Phone]:
    """Return an open syllable for each letter: something to sing that is no word."""
    letters = [letter for letter in word if letter.isalpha()] or [""]
    names = [name for n in range(len(letters)) for name in VOCALISED[n % len(VOCALISED)]]
    return _stressed(names)


def _stressed(names: list[str]) -> list[Phone]:
    first = next((i for i, name in enumerate(names) if name in VOWELS), None)
    return [(name, int(i == first)) for i, name in enumerate(names)]


def _look_up(word: str) -> str | None:
    bare = plain(word)
    for spelling in (word, bare, bare.replace("'", "")):
        if phones := named(spelling) or _known(spelling):
            return phones
    for ending, sound in _ENDINGS:
        stem = bare.removesuffix(ending)
        if stem != bare and (phones := named(stem) or _known(stem)):
            return f"{phones} {sound}"
    return None


def _phone(text: str) -> Phone:
    name = text.rstrip("012")
    return name, int(text[-1]) if text[-1].isdigit() else 0
