"""Language detection of lyrics, by their small words and their letters."""

from __future__ import annotations

import re
import unicodedata

SMALL_WORDS = {
    "en": "the and you i to of my we that it your is in me on with for are be was this not all "
    "when she he they have will from by at so but if there what no do up out never can like now",
    "es": "el los las que una un por para con mi tu te es en de y se lo del como más pero sin "
    "sobre cuando está soy eres mis tus nos ya muy siempre noche corazón amor si sí todo donde",
    "de": "der die das und ich du wir nicht ist ein eine mit den dem auf für von zu im es sie er "
    "mein dein mich dich mir dir wenn wie auch noch nur aber sind hat bin bist nacht immer durch",
    "fr": "le les des une un je tu nous vous il elle et est dans pour que qui pas ne ce mon ma mes "
    "ton ta tes sur avec au aux du se son sa comme plus moi toi mais où sans tout jamais quand",
    "it": "il lo gli che un una per con mi ti si non è di del della nel nella e sono sei più come "
    "ma io tu noi ci mio mia tuo tua questo questa quando dove sempre anche cuore notte amore",
    "pt": "o os as que um uma por para com meu minha você eu não é de do da no na em se te mais "
    "mas como quando seu sua nós sem tudo muito está são coração noite sempre onde amor ao eu",
}
LETTERS = {"es": "ñ¿¡", "de": "ßäöü", "fr": "œçèêëîûàù", "it": "òìùèà", "pt": "ãõçâêô"}
"""Letters that are evidence for a language: a word with one counts as much as a small word."""

SURE = 2
"""Hints a language needs before anything but English is believed."""

_WORD = re.compile(r"[^\W\d_]+")
_SETS = {lang: frozenset(words.split()) for lang, words in SMALL_WORDS.items()}


def detect_language(text: str) -> str:
    """Return en, es, de, fr, it or pt; en if in doubt."""
    words = _WORD.findall(unicodedata.normalize("NFC", text.lower()))
    scores = {lang: _score(lang, words, text.lower()) for lang in _SETS}
    best = max(scores, key=lambda lang: (scores[lang], lang == "en"))
    return best if scores[best] >= SURE and scores[best] > scores["en"] else "en"


def _score(lang: str, words: list[str], text: str) -> float:
    marks = LETTERS.get(lang, "")
    small = sum(word in _SETS[lang] for word in words)
    marked = sum(any(letter in marks for letter in word) for word in words)
    return small + marked + sum(text.count(letter) for letter in marks if not letter.isalpha())
