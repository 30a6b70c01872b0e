"""Lyrics → lines of syllables.

A line end ends a line, an empty line is a pause, `##` at both ends asks for accompaniment before
and after, `[Verse]` alone on a line begins a section.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

import msgspec
from msgspec.structs import replace

from songbatch.engines.sketch.phonetics.accent import realised
from songbatch.engines.sketch.phonetics.language import detect_language
from songbatch.engines.sketch.phonetics.liaison import bound
from songbatch.engines.sketch.phonetics.linking import linked
from songbatch.engines.sketch.phonetics.pronounce import (
    ENGLISH,
    LANGUAGES,
    Phone,
    Reading,
    digits,
    pronounce,
)
from songbatch.engines.sketch.phonetics.readings import spoken
from songbatch.engines.sketch.phonetics.spelling import VOWELS
from songbatch.engines.sketch.phonetics.syllable import Line, Syllable
from songbatch.lyrics.sections import section_of

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*['\u2019]?|\d+")
_STOPS = "P B T D K G F V".split()  # noqa: SIM905  (reads as a list)
_LIQUIDS = "L R RD RU".split()  # noqa: SIM905

_ONSETS = frozenset(
    tuple(cluster.split())
    for cluster in (
        *("P L", "P R", "B L", "B R", "T R", "T W", "D R", "D W", "K L", "K R", "K W", "G L"),
        *("G R", "F L", "F R", "TH R", "SH R", "S P", "S T", "S K", "S M", "S N", "S L", "S W"),
        *("S P L", "S P R", "S T R", "S K R", "S K W"),
        *("P Y", "B Y", "K Y", "M Y", "F Y", "V Y", "HH Y"),
        *("SH P", "SH T", "SH L", "SH M", "SH N", "SH V", "SH RU", "P F", "K N", "K V", "TS V"),
        *(f"{stop} {liquid}" for stop in _STOPS for liquid in _LIQUIDS),
        *(f"{first} {glide}" for first in [*_STOPS, "N", "L", "S", "RD", "M"] for glide in "YW"),
    )
)
"""Clusters a syllable may begin with, in any of the languages."""


class Heading(msgspec.Struct, frozen=True):
    """A section that begins with line number `line`, counted from 0; `name` as in `[Verse 2]`."""

    line: int
    name: str


class SungLyrics(msgspec.Struct, frozen=True):
    """Lines in order; `accompanied` if `##` stands at both ends."""

    lines: tuple[Line, ...]
    texts: tuple[str, ...]
    """The lines as they were written."""

    accompanied: bool
    headings: tuple[Heading, ...] = ()
    """The sections that are said, in order; where one parts words there is a pause as well."""

    lang: str = ENGLISH
    """The language that they were read in, the first part of a BCP 47 tag."""

    is_part: bool = False
    """Whether they are only a part of those of a song."""


UNSUNG = SungLyrics(
    (), (), accompanied=True, headings=tuple(Heading(0, n) for n in ("Verse", "Chorus") * 2)
)
"""What is played where nobody sings."""


def read(text: str, lang: str | None = None, read_unknown: Reading | None = None) -> SungLyrics:
    """Read lyrics of any script; there is always something to sing.

    `lang` is a BCP 47 tag, of which the first part counts; without one the language is guessed.
    `read_unknown` reads English words that the dictionary lacks.
    """
    text = unicodedata.normalize("NFC", text.strip())
    accompanied = text.startswith("##") and text.endswith("##") and len(text) > 4
    primary = re.split("[-_]", lang.lower())[0] if lang else detect_language(text)
    texts, headings = _without_headings(text.strip("#").strip().split("\n"))
    variety = _variety(lang, primary)
    lines = [_line(line, primary, variety, read_unknown) for line in texts]
    while lines and not lines[-1]:
        lines.pop()
    if not any(lines):
        first = texts[0] if texts else ""
        lines, texts, headings = [_line("la la", ENGLISH, ENGLISH)], [first], []
    kept = tuple(replace(heading, line=min(heading.line, len(lines))) for heading in headings)
    return SungLyrics(tuple(lines), tuple(texts[: len(lines)]), accompanied, kept, primary)


def _variety(lang: str | None, primary: str) -> str:
    """Return the language, with its region where that has rules of its own."""
    tag = "-".join(re.split("[-_]", lang.lower())[:2]) if lang else primary
    return tag if tag in LANGUAGES else primary


def _without_headings(written: list[str]) -> tuple[list[str], list[Heading]]:
    """Return the lines without those that begin a section, with a pause where one parted words."""
    texts: list[str] = []
    headings: list[Heading] = []
    for line in map(str.strip, written):
        section = section_of(line)
        if section is None:
            is_begun = bool(headings) and headings[-1].line == len(texts)
            if line or not is_begun:
                texts.append(line)
            continue
        while texts and not texts[-1]:
            texts.pop()
        texts += [""] if texts else []
        headings.append(Heading(len(texts), section.text[1:-1]))
    return texts, headings


def _line(text: str, lang: str, variety: str, read_unknown: Reading | None = None) -> Line:
    found = _WORD.findall(spoken(text, lang))
    words = [word for word_text in found for word in _by_digit(word_text, lang)]
    line = tuple(
        syllable
        for word, following in itertools.zip_longest(words, words[1:])
        for syllable in bound(syllables(word, variety, read_unknown), word, following, lang)
    )
    return realised(linked(line, lang), lang)


def _by_digit(word: str, lang: str) -> list[str]:
    return [digits(lang)[int(digit)] for digit in word] if word.isdecimal() else [word]


def syllables(
    word: str, lang: str = ENGLISH, read_unknown: Reading | None = None
) -> list[Syllable]:
    """Cut a word into syllables: as many consonants as possible begin the next one."""
    phones = pronounce(word, lang, read_unknown)
    nuclei = [i for i, (name, _) in enumerate(phones) if name in VOWELS]
    if not nuclei:
        return [Syllable(tuple(name for name, _ in phones), "AH", (), 0, word)]
    divided, start = [], 0
    for number, nucleus in enumerate(nuclei):
        last = number + 1 == len(nuclei)
        end = len(phones) if last else _cut(phones, nucleus + 1, nuclei[number + 1])
        divided.append(
            Syllable(
                onset=tuple(name for name, _ in phones[start:nucleus]),
                vowel=phones[nucleus][0],
                coda=tuple(name for name, _ in phones[nucleus + 1 : end]),
                stress=phones[nucleus][1],
                text="" if number else word,
            )
        )
        start = end
    return divided


def _cut(phones: list[Phone], start: int, end: int) -> int:
    """Return where the next syllable begins among the consonants from `start` to `end`."""
    for cut in range(start, end):
        cluster = tuple(name for name, _ in phones[cut:end])
        if cluster in _ONSETS or (len(cluster) == 1 and cluster != ("NG",)):
            return cut
    return end
