"""Readings of what is not written as words: numbers, dates, times, ordinals, signs, abbreviations.

A line is rewritten as it is spoken before it is cut into words. Languages without names of numbers
are read digit by digit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.engines.sketch.phonetics.numerals import CARDINALS, MOST, ordinal, year

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNS = {
    "en": {"&": "and", "+": "plus", "%": "percent", "@": "at", "=": "equals"},
    "de": {"&": "und", "+": "plus", "%": "prozent", "@": "ät", "=": "gleich"},
    "fr": {"&": "et", "+": "plus", "%": "pour cent", "@": "arobase", "=": "égale"},
    "es": {"&": "y", "+": "más", "%": "por ciento", "@": "arroba", "=": "igual a"},
    "it": {"&": "e", "+": "più", "%": "per cento", "@": "chiocciola", "=": "uguale a"},
    "pt": {"&": "e", "+": "mais", "%": "por cento", "@": "arroba", "=": "igual a"},
}
_CURRENCIES = {
    "$": {"en": "dollars", "de": "dollar", "fr": "dollars", "es": "dólares", "it": "dollari",
          "pt": "dólares"},
    "€": {"en": "euros", "de": "euro", "fr": "euros", "es": "euros", "it": "euro", "pt": "euros"},
    "£": {"en": "pounds", "de": "pfund", "fr": "livres", "es": "libras", "it": "sterline",
          "pt": "libras"},
}  # fmt: skip
_SHORT = {
    "en": {"mr.": "mister", "mr": "mister", "mrs.": "missus", "mrs": "missus", "ms.": "miz",
           "dr.": "doctor", "prof.": "professor", "jr.": "junior", "sr.": "senior", "vs.": "versus",
           "vs": "versus", "etc.": "et cetera", "ave.": "avenue", "mt.": "mount",
           "ft.": "featuring", "feat.": "featuring", "e.g.": "for example", "i.e.": "that is",
           "a.m.": "a m", "p.m.": "p m", "w/": "with"},
    "de": {"dr.": "doktor", "prof.": "professor", "nr.": "nummer", "st.": "sankt", "str.": "straße",
           "z.b.": "zum beispiel", "z. b.": "zum beispiel", "d.h.": "das heißt",
           "usw.": "und so weiter", "bzw.": "beziehungsweise", "ca.": "zirka"},
    "fr": {"m.": "monsieur", "mme": "madame", "mlle": "mademoiselle", "mm.": "messieurs",
           "dr": "docteur", "st": "saint", "st.": "saint", "ste": "sainte", "etc.": "et cetera",
           "n°": "numéro"},
    "es": {"sr.": "señor", "sra.": "señora", "srta.": "señorita", "dr.": "doctor",
           "dra.": "doctora", "sta.": "santa", "sto.": "santo", "ud.": "usted", "uds.": "ustedes",
           "etc.": "etcétera", "n.º": "número"},
    "it": {"sig.": "signor", "sig.ra": "signora", "sig.na": "signorina", "dott.": "dottor",
           "dr.": "dottor", "prof.": "professor", "ecc.": "eccetera", "s.": "san", "n.": "numero"},
    "pt": {"sr.": "senhor", "sra.": "senhora", "srta.": "senhorita", "dr.": "doutor",
           "dra.": "doutora", "sta.": "santa", "sto.": "santo", "etc.": "et cetera",
           "n.º": "número"},
}  # fmt: skip
_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
    "dezembro",
}
_POINT = {"en": "point", "de": "komma", "fr": "virgule", "es": "coma", "it": "virgola",
          "pt": "vírgula"}  # fmt: skip
_OF = {"es": " de ", "pt": " de "}
"""Between day, month and year."""

_ORDINALS = {
    "en": r"(\d+)(?:st|nd|rd|th)\b",
    "de": r"(\d+)\.(?=\s+[^\W\d_])",
    "fr": r"(\d+)(?:ers?|ère|re|nde?|èmes?|emes?|es?)\b",
    "es": r"(\d+)\.?[ºª°]",
    "it": r"(\d+)\.?[ºª°]",
    "pt": r"(\d+)\.?[ºª°]",
}
_GROUPS = {"en": ",", "de": ".", "fr": "  \u202f", "es": ".", "it": ".", "pt": "."}
"""What parts thousands."""
_YEARS = range(1100, 2100)
_ISO = re.compile(r"\b(\d{4})-(\d\d?)-(\d\d?)\b")
_DATE = re.compile(r"\b(\d\d?)[./](\d\d?)[./](\d{4})\b")
_TIME = re.compile(r"\b(\d\d?):(\d\d)\b")
_DECADE = re.compile(r"(?<!\d)['\u2019]?((?:1[1-9]|20)?)([2-9]0)['\u2019]?s\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_COUNTED = re.compile(r"\b[Nn]o\.(?=\s?\d)")
_BENDING = re.compile(r"\b(?:am|dem|den|zum|vom|beim)\s+$", re.IGNORECASE)
"""German words before an ordinal that ends in -n."""
_STREET = re.compile(r"\b([Ss]t)\.(?=\s|$|[,;!?])")


def spoken(line: str, lang: str) -> str:
    """Return a line as it is said, in words; as it was where there is nothing to read."""
    if lang not in CARDINALS:
        return line
    line = _abbreviations(line, lang)
    if any(map(str.isdecimal, line)):
        line = "".join(str(int(c)) if c.isdecimal() else c for c in line)
        for read in (_dates, _times, _decades, _grouped, _ordinals, _money, _numbers):
            line = read(line, lang)
    for sign, words in _SIGNS[lang].items():
        if sign in line:
            line = line.replace(sign, f" {words} ")
    return line


def _abbreviations(line: str, lang: str) -> str:
    if lang == "en":
        line = _COUNTED.sub("number", line)
        line = _STREET.sub(lambda m: "saint" if _leads(line, m.end()) else "street", line)
    for short, long in _SHORT[lang].items():
        if short.rstrip(".") in line.lower():
            ending = "" if not short[-1].isalnum() else r"(?![\w.'\u2019])"
            pattern = rf"(?<![\w.'\u2019]){re.escape(short)}{ending}"
            line = re.sub(pattern, long, line, flags=re.IGNORECASE)
    return line


def _leads(line: str, end: int) -> bool:
    """Return whether a name follows, so that "St." is a saint and no street."""
    return bool(re.match(r"\s+[A-Z]", line[end:]))


def _dates(line: str, lang: str) -> str:
    def said(day: int, month: int, of: int, whole: str) -> str:
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return whole
        name = _MONTHS[lang].split()[month - 1]
        if lang == "en":
            return f"{name} {ordinal(day, lang)} {year(of, lang)}"
        is_ordinal = lang == "de" or day == 1
        first = ordinal(day, lang) if is_ordinal else CARDINALS[lang](day)
        return _OF.get(lang, " ").join((first, name, year(of, lang)))

    def by_parts(match: re.Match[str]) -> str:
        one, other, of = map(int, match.groups())
        # Slashes in English have the month first, as in the United States.
        is_american = lang == "en" and "/" in match[0] and one <= 12
        day, month = (other, one) if is_american else (one, other)
        return said(day, month, of, match[0])

    line = _ISO.sub(lambda m: said(int(m[3]), int(m[2]), int(m[1]), m[0]), line)
    return _DATE.sub(by_parts, line)


_OCLOCK = {"en": "o'clock", "de": "uhr", "fr": "heures", "es": "", "it": "", "pt": "horas"}


def _times(line: str, lang: str) -> str:
    def said(match: re.Match[str]) -> str:
        hour, minute = int(match[1]), int(match[2])
        if hour > 24 or minute > 59:
            return match[0]
        name = CARDINALS[lang]
        between = f" {_OCLOCK[lang]} " if lang in {"de", "fr"} else " "
        if minute == 0:
            return f"{name(hour)} {_OCLOCK[lang]}".strip()
        lead = "oh " if lang == "en" and minute < 10 else ""
        return f"{name(hour)}{between}{lead}{name(minute)}"

    return _TIME.sub(said, line)


def _decades(line: str, lang: str) -> str:
    def said(match: re.Match[str]) -> str:
        tens = CARDINALS["en"](int(match[2]))[:-1] + "ies"
        return f"{CARDINALS['en'](int(match[1]))} {tens}" if match[1] else tens

    return _DECADE.sub(said, line) if lang == "en" else line


def _grouped(line: str, lang: str) -> str:
    marks = re.escape(_GROUPS[lang])
    pattern = rf"(?<![\d.,])\d{{1,3}}(?:[{marks}]\d{{3}})+(?![\d])"
    return re.sub(pattern, lambda m: re.sub(r"\D", "", m[0]), line)


def _ordinals(line: str, lang: str) -> str:
    def said(match: re.Match[str]) -> str:
        number = int(match[1]) if len(match[1]) <= 12 else 0
        bends = lang == "de" and _BENDING.search(line[: match.start()])
        return ordinal(number, lang) + ("n" if bends else "") if number else match[0]

    return re.sub(_ORDINALS[lang], said, line)


def _money(line: str, lang: str) -> str:
    for sign, names in _CURRENCIES.items():
        if sign in line:
            mark = re.escape(sign)
            line = re.sub(rf"{mark}\s?(\d+(?:[.,]\d+)?)", rf"\1 {names[lang]}", line)
            line = line.replace(sign, f" {names[lang]}")
    return line


def _numbers(line: str, lang: str) -> str:
    def said(match: re.Match[str]) -> str:
        whole, _, part = match[0].replace(",", ".").partition(".")
        digits = [CARDINALS[lang](int(digit)) for digit in part]
        tail = [_POINT[lang], *digits] if part else []
        return f" {' '.join([_whole(whole, lang, is_alone=not part), *tail])} "

    return _NUMBER.sub(said, line)


def _whole(text: str, lang: str, *, is_alone: bool) -> str:
    name: Callable[[int], str] = CARDINALS[lang]
    has_lead = len(text) > 1 and text.startswith("0")
    if has_lead or len(text) > len(str(MOST)):
        return " ".join(name(int(digit)) for digit in text)
    if is_alone and len(text) == 4 and int(text) in _YEARS:
        return year(int(text), lang)
    return name(int(text))
