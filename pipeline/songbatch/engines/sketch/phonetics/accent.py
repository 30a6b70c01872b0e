"""Accents: how a language realises its sounds, which its letters name more broadly.

Spelling knows a T and an E; an Italian D hums before it bursts, and an E that bears no mark lies
between closed and open. `realised` turns the phones of a syllable into those that the singer makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.sketch.phonetics.syllable import Line, Syllable

_ROMANCE = {"B": "B+", "D": "D+", "G": "G+", "L": "LC"}
"""Voiced stops that hum before they burst, and a clear l.

Voiceless stops keep their breath, which these languages do not have: without it fewer words were
recognised.
"""

_MIDDLE = {"E": "EM", "O": "OM"}
"""E and O that lie between closed and open ones."""

ACCENTS: Mapping[str, Mapping[str, str]] = {
    "de": {"L": "LC"},
    "es": {**_ROMANCE, **_MIDDLE},
    "fr": _ROMANCE,
    "it": {**_ROMANCE, **_MIDDLE},
    "pt": {**_ROMANCE, **_MIDDLE, "M": "M~", "N": "N~", "NY": "NY~"},
}

_HELD = {"P": "P:", "T": "T:", "K": "K:", "B+": "B:", "D+": "D:", "G+": "G:"}
"""The first halves of long stops: closed, and not released."""

_CLOSURES = {"CH": "T", "TS": "T", "JH": "D+"}
"""Stops that affricates begin with."""


def realised(line: Line, lang: str) -> Line:
    """Return a line's syllables in the phones of a language's singers."""
    accent = ACCENTS.get(lang)
    if accent is None:
        return line
    own = [_own(syllable, accent) for syllable in line]
    onsets = [*(syllable.onset for syllable in own[1:]), ()]
    return tuple(_held(this, onset) for this, onset in zip(own, onsets, strict=False))


def _own(syllable: Syllable, accent: Mapping[str, str]) -> Syllable:
    return replace(
        syllable,
        onset=tuple(accent.get(name, name) for name in syllable.onset),
        vowel=accent.get(syllable.vowel, syllable.vowel),
        coda=tuple(accent.get(name, name) for name in syllable.coda),
    )


def _held(this: Syllable, onset: tuple[str, ...]) -> Syllable:
    """Return a syllable whose last stop is not released if the next one begins with it."""
    if not this.coda or not onset:
        return this
    last = this.coda[-1]
    if last != _CLOSURES.get(onset[0], onset[0]):
        return this
    return replace(this, coda=(*this.coda[:-1], _HELD.get(last, last)))
