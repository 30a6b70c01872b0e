"""Linking: what becomes of sounds where words meet, as singers of a language have it.

Italian, Portuguese and Spanish sing two vowels that meet to one note (`che il`), and give a word
that begins with a vowel the consonant before it (`un amore`). French does the latter as well.
"""

from __future__ import annotations

from msgspec.structs import replace

from songbatch.engines.sketch.phonetics.syllable import Line, Syllable

_MERGING = frozenset({"es", "it", "pt"})
_CARRYING = frozenset({"es", "fr", "it", "pt"})

_GLIDES = {"IY": "Y", "IC": "Y", "UW": "W", "UC": "W"}
_CLASSES = {"AC": "A", "UC": "UW", "IC": "IY", "EH": "E", "AO": "O"}
_CLOSING = {("A", "IY"): "AY", ("E", "IY"): "EY", ("O", "IY"): "OY", ("A", "UW"): "AW"}
"""Two vowels of one note that are a diphthong."""

_BEFORE_VOWELS = {"NG": "N", "RC": "RD"}
"""What last consonants become when they begin the next word."""

_MOST_BEFORE_GLIDE = 1
"""Consonants that may stand before a glide which was a vowel."""


def linked(line: Line, lang: str) -> Line:
    """Return a line with its words linked as the language does."""
    result: list[Syllable] = []
    for syllable in line:
        before = result[-1] if result else None
        if before is None or not syllable.text or syllable.onset:
            result.append(syllable)
            continue
        merged = _merged(before, syllable) if lang in _MERGING else None
        if merged is not None:
            result[-1] = merged
        elif before.coda and lang in _CARRYING:
            result[-1:] = _carried(before, syllable)
        else:
            result.append(syllable)
    return tuple(result)


def _carried(before: Syllable, syllable: Syllable) -> list[Syllable]:
    """Return the last consonant of a word sung to the first vowel of the next."""
    last = before.coda[-1]
    onset = _BEFORE_VOWELS.get(last, last)
    return [replace(before, coda=before.coda[:-1]), replace(syllable, onset=(onset,))]


def _merged(before: Syllable, syllable: Syllable) -> Syllable | None:
    """Return one syllable of two whose vowels meet, if they can be sung to one note."""
    if before.coda or (before.stress == 1 and syllable.stress == 1):
        return None
    first, second = before.vowel, syllable.vowel
    both = Syllable(
        before.onset,
        second,
        syllable.coda,
        max(before.stress, syllable.stress),
        f"{before.text} {syllable.text}".strip(),
    )
    classes = _CLASSES.get(first, first), _CLASSES.get(second, second)
    if classes[0] == classes[1]:
        return both
    if first in _GLIDES and before.stress != 1 and len(before.onset) <= _MOST_BEFORE_GLIDE:
        return replace(both, onset=(*before.onset, _GLIDES[first]))
    closing = _CLOSING.get(classes)
    return replace(both, vowel=closing) if closing and syllable.stress != 1 else None
