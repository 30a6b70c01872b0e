"""English spelling → phones, for words that no dictionary has; a rough reading that can be sung.

A rule is letters, what must follow them (a regular expression, "" for anything), and phones. The
first that fits wins; longer spellings stand first. Scripts without rules are vocalised: an open
syllable a letter.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

Rule = tuple[str, str, str]

_CONSONANT = "[bcdfghjklmnpqrstvwxz]"
_SILENT_E = f"{_CONSONANT}e(s|d)?$"

RULES: tuple[Rule, ...] = (
    ("augh", "", "AO"), ("ough", "", "OW"), ("eigh", "", "EY"), ("tion", "", "SH AH N"),
    ("sion", "", "ZH AH N"), ("ture", "", "CH ER"), ("dge", "", "JH"), ("tch", "", "CH"),
    ("igh", "", "AY"), ("sch", "", "SH"), ("all", "$", "AO L"), ("ing", "$", "IH NG"),
    ("ind", "$", "AY N D"), ("old", "", "OW L D"), ("ould", "", "UH D"), ("eau", "", "OW"),
    ("air", "", "EH R"), ("ear", "", "IH R"), ("our", "", "AW ER"), ("oor", "", "AO R"),
    ("ch", "", "CH"), ("ck", "", "K"), ("sh", "", "SH"), ("th", "", "TH"), ("ph", "", "F"),
    ("wh", "", "W"), ("qu", "", "K W"), ("kn", "", "N"), ("wr", "", "R"), ("gh", "", ""),
    ("ng", "$", "NG"), ("nk", "", "NG K"),
    ("ai", "", "EY"), ("ay", "", "EY"), ("au", "", "AO"), ("aw", "", "AO"), ("ar", "", "AA R"),
    ("ee", "", "IY"), ("ea", "", "IY"), ("ei", "", "EY"), ("ey", "", "IY"), ("eu", "", "UW"),
    ("ew", "", "UW"), ("er", "", "ER"), ("ie", "", "IY"), ("ir", "", "ER"), ("oa", "", "OW"),
    ("oi", "", "OY"), ("oy", "", "OY"), ("oo", "", "UW"), ("or", "", "AO R"), ("ou", "", "AW"),
    ("ow", "$", "OW"), ("ow", "", "AW"), ("ue", "$", "UW"), ("ui", "", "UW"), ("ur", "", "ER"),
    ("a", _SILENT_E, "EY"), ("e", _SILENT_E, "IY"), ("i", _SILENT_E, "AY"),
    ("o", _SILENT_E, "OW"), ("u", _SILENT_E, "UW"), ("y", _SILENT_E, "AY"),
    ("ed", "$", "D"), ("es", "$", "IH Z"), ("a", "$", "AH"), ("e", "$", ""), ("i", "$", "IY"),
    ("o", "$", "OW"), ("y", "$", "IY"),
    ("c", "[eiy]", "S"), ("g", "[eiy]", "JH"), ("s", "$", "Z"), ("x", "", "K S"),
    ("a", "", "AE"), ("e", "", "EH"), ("i", "", "IH"), ("o", "", "AA"), ("u", "", "AH"),
    ("y", "", "Y"), ("b", "", "B"), ("c", "", "K"), ("d", "", "D"), ("f", "", "F"),
    ("g", "", "G"), ("h", "", "HH"), ("j", "", "JH"), ("k", "", "K"), ("l", "", "L"),
    ("m", "", "M"), ("n", "", "N"), ("p", "", "P"), ("q", "", "K"), ("r", "", "R"),
    ("s", "", "S"), ("t", "", "T"), ("v", "", "V"), ("w", "", "W"), ("z", "", "Z"),
)  # fmt: skip

VOCALISED = (("L", "AA"), ("N", "AA"), ("D", "UW"))
"""Substitutes for letters of other scripts, in turn: something to sing that is no word."""

_FOLDED = str.maketrans(
    {"ß": "ss", "æ": "e", "œ": "e", "ø": "o", "ł": "l", "đ": "d", "ð": "th", "þ": "th", "ı": "i"}
)


def plain(word: str) -> str:
    """Return a word in lower case without accents, as far as English letters can spell it."""
    decomposed = unicodedata.normalize("NFD", word.lower().translate(_FOLDED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@cache
def _compiled() -> dict[str, list[tuple[str, re.Pattern[str], list[str]]]]:
    by_first: dict[str, list[tuple[str, re.Pattern[str], list[str]]]] = {}
    for letters, after, phones in RULES:
        rule = (letters, re.compile(after), phones.split())
        by_first.setdefault(letters[0], []).append(rule)
    return by_first


def spell_out(word: str) -> list[str]:
    """Return phones for a word of any script; never none at all."""
    text = re.sub(r"([a-z])\1", r"\1", plain(word)) if len(word) > 3 else plain(word)
    phones: list[str] = []
    position, unknown = 0, 0
    while position < len(text):
        for letters, after, sounds in _compiled().get(text[position], ()):
            end = position + len(letters)
            if text.startswith(letters, position) and after.match(text, end):
                phones += sounds
                position = end
                break
        else:
            if text[position].isalpha():
                phones += VOCALISED[unknown % len(VOCALISED)]
                unknown += 1
            position += 1
    return phones or ["AA"]
