"""Spelling → phones by a table of rules, for languages that are written as they are spoken.

A rule is a line: a regular expression, then the phones of what it matches ("-" for none). At every
letter the first rule that fits wins; `^` and `$` are the ends of the word, and look-arounds see the
whole word. Letters without a rule are left out.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping

import msgspec

VOWELS = frozenset(
    "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW "  # noqa: SIM905  (reads as a list)
    "A E O AX YY OE OEH AN EN ON "
    "AC UC IC AXN EMN IYN OMN UWN AWN AYN EYN OYN EU EHU IU UI AOU".split()
)
"""English ones as in ARPABET; then pure A, E and O, a schwa, rounded and nasal vowels; then
Portuguese final A, O and E, nasal vowels and diphthongs, and diphthongs that end in U or I."""

LocatedPhone = tuple[str, int]
"""A phone and the place of the letter that it came from."""

Stress = Callable[[str, list[int]], int]
"""A word and the places of its vowels' letters → which vowel is stressed."""

_NASALS = frozenset({"M", "N", "NY"})
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"

Rule = tuple[re.Pattern[str], tuple[str, ...]]


class Language(msgspec.Struct, frozen=True):
    """Spelling of a language. `words` are exceptions: a word's phones."""

    rules: tuple[Rule, ...]
    stress: Stress
    digits: tuple[str, ...]
    words: Mapping[str, str] = msgspec.field(default_factory=dict)
    weak: frozenset[str] = frozenset()
    """Small words that bear no stress: articles, pronouns, prepositions."""

    reduced: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What becomes of vowels without stress, where words are not in `words`."""

    respelled: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Words as they would be spelled if marks said which of their vowels are open."""

    nasalised: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What becomes of stressed vowels before M, N and NY."""

    doubles: bool = False
    """Whether a sound can come twice in a row, and is long then."""


def rules(table: str) -> tuple[Rule, ...]:
    """Read a table of rules."""
    compiled = []
    for line in table.strip().splitlines():
        pattern, *phones = line.split()
        compiled.append((re.compile(pattern), tuple(p for p in phones if p != "-")))
    return tuple(compiled)


def vocabulary(table: str) -> frozenset[str]:
    """Read a list of words."""
    return frozenset(table.split())


def words(table: str) -> dict[str, str]:
    """Read a table of exceptions: `word=PHONES`, parted by commas; 1 marks a stressed vowel."""
    pairs = (entry.split("=") for entry in table.replace("\n", " ").split(","))
    return {word.strip(): phones.strip() for word, phones in pairs}


def to_phones(word: str, language: Language) -> list[tuple[str, int]]:
    """Return the phones of a word with the stress of each vowel; parts end at apostrophes."""
    text = unicodedata.normalize("NFC", word.lower()).replace(_APOSTROPHE, "'")
    parts = re.findall(r"[^']+'?", text)
    phones: list[tuple[str, int]] = []
    for number, part in enumerate(parts):
        stressed_phones = _part(part, language)
        if number + 1 < len(parts):
            stressed_phones = [(name, 0) for name, _ in stressed_phones]
        phones += stressed_phones
    return phones


def _part(text: str, language: Language) -> list[tuple[str, int]]:
    text = _respelled(text, language)
    if text in language.words:
        names = language.words[text].split()
        marked = next((i for i, name in enumerate(names) if name.endswith("1")), None)
        sounds = [(name.rstrip("1"), 0) for name in names]
        nuclei = [i for i, (name, _) in enumerate(sounds) if name in VOWELS]
        stressed = marked if marked is not None else nuclei[-1] if nuclei else None
    else:
        sounds = _read(text, language.rules)
        nuclei = [i for i, (name, _) in enumerate(sounds) if name in VOWELS]
        places = [sounds[i][1] for i in nuclei]
        stressed = nuclei[language.stress(text, places)] if nuclei else None
        sounds = [
            (_coloured(name, following, language, is_stressed=i == stressed), place)
            for i, ((name, place), (following, _)) in enumerate(
                itertools.pairwise([*sounds, ("", 0)])
            )
        ]
    if text.rstrip("'") in language.weak:
        stressed = None
    stressed_phones = [(name, int(i == stressed)) for i, (name, _) in enumerate(sounds)]
    return [
        sound
        for i, sound in enumerate(stressed_phones)
        if language.doubles or i == 0 or sound != stressed_phones[i - 1]
    ]


def _respelled(text: str, language: Language) -> str:
    """Return a word, or the plural of one, with the marks that tell its vowels."""
    singular = text.removesuffix("s")
    marked = language.respelled.get(singular)
    return language.respelled.get(text, text if marked is None else marked + text[len(singular) :])


def _coloured(name: str, following: str, language: Language, *, is_stressed: bool) -> str:
    """Return what a vowel becomes by its stress, and by the phone that follows."""
    if not is_stressed:
        return language.reduced.get(name, name)
    return language.nasalised.get(name, name) if following in _NASALS else name


def _read(text: str, table: tuple[Rule, ...]) -> list[LocatedPhone]:
    sounds: list[LocatedPhone] = []
    at = 0
    while at < len(text):
        for pattern, phones in table:
            if match := pattern.match(text, at):
                sounds += [(name, at) for name in phones]
                at = max(match.end(), at + 1)
                break
        else:
            at += 1
    return sounds


def accented(text: str, places: list[int], marks: str) -> int | None:
    """Return the vowel that is written with one of `marks`, if any is."""
    for number, place in enumerate(places):
        end = places[number + 1] if number + 1 < len(places) else len(text)
        if any(letter in marks for letter in text[place:end]):
            return number
    return None


def last(_text: str, places: list[int]) -> int:
    """Return the last vowel."""
    return len(places) - 1


def last_but_one(_text: str, places: list[int]) -> int:
    """Return the last vowel but one, or the only one."""
    return max(0, len(places) - 2)
