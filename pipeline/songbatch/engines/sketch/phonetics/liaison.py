"""French words before others: silent consonants that sound, and silent e that cannot stay so."""

from __future__ import annotations

import re
import unicodedata

from msgspec.structs import replace

from songbatch.engines.sketch.phonetics.syllable import Syllable

_LIAISON = {
    "Z": "les des mes tes ses ces nos vos leurs nous vous ils elles aux deux trois six dix dans "
         "sans chez sous très plus moins mais pas est es sommes êtes suis quels quelles "
         "jamais toujours petits grands beaux",
    "T": "sont ont vont font était étaient avait avaient c'est est quand grand petit tout vingt "
         "cent faut fait",
    "N": "un on mon ton son en bien rien aucun",
}  # fmt: skip
_LIAISONS = {word: phone for phone, words in _LIAISON.items() for word in words.split()}
"""What French words end with before a vowel, although it is silent elsewhere."""

_ASPIRATED = re.compile(
    r"^(?:hach|hain|haï|hall|halt|hanch|hand|hang|harc|hard|hasard|hât|hauss|haut|hér[oi]s|héros"
    r"|hibou|hiss|hollan|hont|honte|hors|houl|hurl|huit|onze|oui)"
)
"""French words that nothing is bound to, though they begin with a vowel."""

_LIQUIDS = frozenset({"L", "RU"})


def bound(syllables: list[Syllable], word: str, following: str | None, lang: str) -> list[Syllable]:
    """Return the syllables of a French word as the next word asks for, if there is one."""
    if lang != "fr" or following is None:
        return syllables
    last = syllables[-1]
    if _begins_with_vowel(following):
        liaison = _LIAISONS.get(word.lower())
        return [*syllables[:-1], replace(last, coda=(liaison,))] if liaison else syllables
    if word.endswith("e") and len(last.coda) > 1 and last.coda[-1] in _LIQUIDS:
        # Nobody can sing "autre chose" without the e.
        return [
            *syllables[:-1],
            replace(last, coda=last.coda[:-2]),
            Syllable(last.coda[-2:], "AX", (), 0, ""),
        ]
    return syllables


def _begins_with_vowel(word: str) -> bool:
    first = unicodedata.normalize("NFD", word.lower())[:1]
    return first in "aeiouhœ" and not _ASPIRATED.match(word.lower())
