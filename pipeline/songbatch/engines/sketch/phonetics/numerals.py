"""Numbers → words, in the languages that have rules of their own.

Words are parted as they are sung, in German as well: `drei und zwanzig`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

MOST = 10**12 - 1
"""The greatest number with a name; longer ones are read digit by digit."""

Namer = Callable[[int], str]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


_EN = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_EN_TENS = _listed("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
_DE = _listed(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
_DE_TENS = _listed("_ _ zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_FR = _listed(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix_sept dix_huit dix_neuf"
)
_FR_TENS = _listed(
    "_ _ vingt trente quarante cinquante soixante soixante quatre_vingt quatre_vingt"
)
_ES = _listed(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro "
    "veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_ES_TENS = _listed("_ _ _ treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES_HUNDREDS = _listed(
    "_ ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
    "novecientos"
)
_IT = _listed(
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici "
    "quindici sedici diciassette diciotto diciannove"
)
_IT_TENS = _listed("_ _ venti trenta quaranta cinquanta sessanta settanta ottanta novanta")
_PT = _listed(
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze "
    "dezesseis dezessete dezoito dezenove"
)
_PT_TENS = _listed("_ _ vinte trinta quarenta cinquenta sessenta setenta oitenta noventa")
_PT_HUNDREDS = _listed(
    "_ cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
)


_Sizes = tuple[tuple[int, str, str], ...]
_EN_SIZES: _Sizes = (
    (10**9, "one billion", " billion"),
    (10**6, "one million", " million"),
    (1000, "one thousand", " thousand"),
    (100, "one hundred", " hundred"),
)
_DE_SIZES: _Sizes = (
    (10**9, "eine milliarde", " milliarden"),
    (10**6, "eine million", " millionen"),
    (1000, "tausend", " tausend"),
    (100, "hundert", " hundert"),
)
_FR_SIZES: _Sizes = (
    (10**9, "un milliard", " milliards"),
    (10**6, "un million", " millions"),
    (1000, "mille", " mille"),
    (100, "cent", " cent"),
)
_ES_SIZES: _Sizes = ((10**6, "un millón", " millones"), (1000, "mil", " mil"))
_IT_SIZES: _Sizes = (
    (10**9, "un miliardo", " miliardi"),
    (10**6, "un milione", " milioni"),
    (1000, "mille", "mila"),
)
_PT_SIZES: _Sizes = (
    (10**9, "um bilhão", " bilhões"),
    (10**6, "um milhão", " milhões"),
    (1000, "mil", " mil"),
)


def _large(
    n: int,
    sizes: _Sizes,
    name: Namer,
    before: Callable[[str], str] = str,
    link: Callable[[int], str] = lambda _left: " ",
) -> str:
    """Return how many of its largest size a number has, and the name of what is left.

    `sizes`, the largest first, say what one of each is called, and what stands behind how many;
    `before` puts their number into the form that it has there.
    """
    size, one, many = next(each for each in sizes if n >= each[0])
    count, left = divmod(n, size)
    head = one if count == 1 else before(name(count)) + many
    return head + (link(left) + name(left) if left else "")


def _english(n: int) -> str:
    if n < 20:
        return _EN[n]
    if n < 100:
        return _EN_TENS[n // 10] + (f" {_EN[n % 10]}" if n % 10 else "")
    return _large(n, _EN_SIZES, _english)


def _german(n: int) -> str:
    if n < 20:
        return _DE[n]
    if n < 100:
        one = "ein" if n % 10 == 1 else _DE[n % 10]
        return (f"{one} und " if n % 10 else "") + _DE_TENS[n // 10]
    return _large(n, _DE_SIZES, _german, _before_noun)


def _before_noun(words: str) -> str:
    return words.removesuffix("eins") + "ein" if words.endswith("eins") else words


def _french(n: int) -> str:
    if n < 20:
        return _FR[n]
    if n < 100:
        ten, one = n // 10, n % 10
        if ten in {7, 9}:
            one += 10
        link = " et " if one in {1, 11} and ten < 8 else " "
        return _FR_TENS[ten] + (link + _FR[one] if one else "")
    return _large(n, _FR_SIZES, _french)


def _spanish(n: int) -> str:
    if n < 30:
        return _ES[n]
    if n < 100:
        return _ES_TENS[n // 10] + (f" y {_ES[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = f" {_spanish(n % 100)}" if n % 100 else ""
        return "cien" if n == 100 else _ES_HUNDREDS[n // 100] + rest
    return _large(n, _ES_SIZES, _spanish, lambda words: re.sub("uno$", "un", words))


def _italian(n: int) -> str:
    if n < 20:
        return _IT[n]
    if n < 100:
        ten, one = _IT_TENS[n // 10], n % 10
        return (ten[:-1] if one in {1, 8} else ten) + (_IT[one] if one else "")
    if n < 1000:
        head = "cento" if n < 200 else f"{_IT[n // 100]}cento"
        return head + (f" {_italian(n % 100)}" if n % 100 else "")
    return _large(n, _IT_SIZES, _italian)


def _portuguese(n: int) -> str:
    if n < 20:
        return _PT[n]
    if n < 100:
        return _PT_TENS[n // 10] + (f" e {_PT[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = f" e {_portuguese(n % 100)}" if n % 100 else ""
        return "cem" if n == 100 else _PT_HUNDREDS[n // 100] + rest
    return _large(n, _PT_SIZES, _portuguese, link=_portuguese_link)


def _portuguese_link(left: int) -> str:
    return " e " if left < 100 or (left < 1000 and left % 100 == 0) else " "


CARDINALS: Mapping[str, Namer] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
    "it": _italian,
    "pt": _portuguese,
}

_EN_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_FIRST = {
    "es": _listed("_ primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo"),
    "it": _listed("_ primo secondo terzo quarto quinto sesto settimo ottavo nono decimo"),
    "pt": _listed("_ primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo"),
    "de": _listed("_ erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte"),
    "fr": _listed("_ premier"),
}


def ordinal(n: int, lang: str) -> str:
    """Return the name of a place in an order; in Romance languages a cardinal from eleven on."""
    listed = _FIRST.get(lang, ())
    if 0 < n < len(listed):
        return listed[n]
    words = CARDINALS[lang](n)
    head, _, last = words.rpartition(" ")
    if lang == "en":
        stem = last[:-1] + "ie" if last.endswith("y") else last
        last = _EN_ORDINALS.get(last, f"{stem}th")
    elif lang == "de":
        small = n % 100
        last = listed[small] if 0 < small < 11 else last + ("te" if 0 < small < 20 else "ste")
    elif lang == "fr":
        stem = {"cinq": "cinqu", "neuf": "neuv"}.get(last, last.removesuffix("e"))
        last = f"{stem}ième"
    elif lang == "it":
        last = f"{last if last.endswith(('tre', 'sei')) else last[:-1]}esimo"
    return f"{head} {last}".strip()


def year(n: int, lang: str) -> str:
    """Return how a year is said: in English and German by hundreds up to 1999."""
    if lang == "de" and 1100 <= n < 2000:
        rest = f" {_german(n % 100)}" if n % 100 else ""
        return f"{_DE[n // 100]} hundert{rest}"
    if lang == "en" and 1100 <= n < 2100 and not 2000 <= n < 2010:
        small = n % 100
        tail = "hundred" if small == 0 else f"oh {_EN[small]}" if small < 10 else _english(small)
        return f"{_english(n // 100)} {tail}"
    return CARDINALS[lang](n)
