"""Languages of lyrics, as authors name them: BCP 47 tags, also with ISO 639-2 codes in front.

The library has the registry of subtags, and takes a tenth of a second to load; the two letters that
most songs say are understood without it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import langcodes

_CODES = """
    aa aar  ab abk  ae ave  af afr  ak aka  am amh  an arg  ar ara  as asm  av ava  ay aym  az aze
    ba bak  be bel  bg bul  bh bih  bi bis  bm bam  bn ben  bo bod  br bre  bs bos  ca cat  ce che
    ch cha  co cos  cr cre  cs ces  cu chu  cv chv  cy cym  da dan  de deu  dv div  dz dzo  ee ewe
    el ell  en eng  eo epo  es spa  et est  eu eus  fa fas  ff ful  fi fin  fj fij  fo fao  fr fra
    fy fry  ga gle  gd gla  gl glg  gn grn  gu guj  gv glv  ha hau  he heb  hi hin  ho hmo  hr hrv
    ht hat  hu hun  hy hye  hz her  ia ina  id ind  ie ile  ig ibo  ii iii  ik ipk  io ido  is isl
    it ita  iu iku  ja jpn  jv jav  ka kat  kg kon  ki kik  kj kua  kk kaz  kl kal  km khm  kn kan
    ko kor  kr kau  ks kas  ku kur  kv kom  kw cor  ky kir  la lat  lb ltz  lg lug  li lim  ln lin
    lo lao  lt lit  lu lub  lv lav  mg mlg  mh mah  mi mri  mk mkd  ml mal  mn mon  mr mar  ms msa
    mt mlt  my mya  na nau  nb nob  nd nde  ne nep  ng ndo  nl nld  nn nno  no nor  nr nbl  nv nav
    ny nya  oc oci  oj oji  om orm  or ori  os oss  pa pan  pi pli  pl pol  ps pus  pt por  qu que
    rm roh  rn run  ro ron  ru rus  rw kin  sa san  sc srd  sd snd  se sme  sg sag  si sin  sk slk
    sl slv  sm smo  sn sna  so som  sq sqi  sr srp  ss ssw  st sot  su sun  sv swe  sw swa  ta tam
    te tel  tg tgk  th tha  ti tir  tk tuk  tl tgl  tn tsn  to ton  tr tur  ts tso  tt tat  tw twi
    ty tah  ug uig  uk ukr  ur urd  uz uzb  ve ven  vi vie  vo vol  wa wln  wo wol  xh xho  yi yid
    yo yor  za zha  zh zho  zu zul
"""
"""The codes of ISO 639-1, each before its code of ISO 639-2/T."""
_PAIRS = _CODES.split()
_TWO_TO_THREE = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_THREE_TO_TWO = {three: two for two, three in _TWO_TO_THREE.items()}


_NAMES = """
    af afrikaans  ar arabic  be belarusian by  bg bulgarian  bn bengali  ca catalan català
    cs czech čeština cz
    cy welsh cymraeg  da danish dansk dk  de german deutsch  el greek ελληνικά gr  en english
    es spanish español castellano sp  et estonian eesti  eu basque euskara  fa persian farsi
    fi finnish suomi  fil filipino  fr french français  ga irish gaeilge  gl galician galego
    he hebrew עברית  hi hindi हिन्दी  hr croatian hrvatski  hu hungarian magyar  id indonesian
    is icelandic íslenska  it italian italiano  ja japanese 日本語 jp  ko korean 한국어
    la latin latina  lb luxembourgish  lt lithuanian lietuvių  lv latvian latviešu  ms malay
    nl dutch nederlands  no norwegian norsk  pl polish polski  pt portuguese português
    ro romanian română  ru russian русский  sk slovak slovenčina  sl slovenian slovenščina
    sq albanian shqip al  sr serbian srpski српски rs  sv swedish svenska  sw swahili kiswahili
    ta tamil  th thai ไทย  tl tagalog  tr turkish türkçe  uk ukrainian українська ua  ur urdu
    vi vietnamese vn  yi yiddish  yue cantonese  zh chinese mandarin 中文 cn
"""
"""Tags, and before the next one what people write in their place."""


_CHINESE = frozenset(
    "cdo cjy cmn cnp cpx csp czh czo gan hak hsn lzh mnp nan wuu yue".split()  # noqa: SIM905
)
_WITH_PARTS = frozenset({"ar", "kok", "lv", "ms", "sgn", "sw", "uz", "zh"})
"""The languages whose parts may stand behind them, as in zh-yue: the prefixes of the registry."""
_SECOND = {
    "chs": "Hans", "cht": "Hant", "arg": "AR", "aus": "AU", "aut": "AT", "bel": "BE", "bra": "BR",
    "can": "CA", "che": "CH", "chn": "CN", "deu": "DE", "esp": "ES", "fra": "FR", "gbr": "GB",
    "hkg": "HK", "ind": "IN", "irl": "IE", "ita": "IT", "jpn": "JP", "kor": "KR", "mex": "MX",
    "nld": "NL", "pol": "PL", "prt": "PT", "rus": "RU", "swe": "SE", "twn": "TW", "ukr": "UA",
    "usa": "US",
}  # fmt: skip
"""Subtags for what Windows and ISO 3166 write behind a language."""


class BadTag(Exception):
    """A text that is no language tag; says why."""


class LanguageTag(msgspec.Struct, frozen=True):
    """What a language tag means.

    `tag` is it as engines and keys have it: as it was written, but in the usual case, and with the
    usual code of a language that has another one too (`deu`, `ger`, `iw`, `zh-yue`). `primary` is
    the language alone, "" if it is a private one; `three_letters` the code for tags of audio files,
    "" if there is none. `usual` is the tag with the usual code of its region, "" if it has
    that: `en-GB` for `en-UK`.
    """

    tag: str
    primary: str
    three_letters: str
    is_registered: bool = True
    usual: str = ""


@functools.lru_cache(maxsize=256)
def understood(tag: str) -> LanguageTag:
    """Return what a tag means. Raises BadTag if its form is wrong."""
    primary, _, rest = tag.lower().partition("-")
    primary = _THREE_TO_TWO.get(primary, primary)
    if not rest and primary in _TWO_TO_THREE:
        return LanguageTag(primary, primary, _TWO_TO_THREE[primary])
    import langcodes  # noqa: PLC0415  (slow to load)
    from langcodes.tag_parser import LanguageTagError  # noqa: PLC0415

    try:
        found = langcodes.Language.get(tag)
    except LanguageTagError as error:
        raise BadTag(str(error)[:1].lower() + str(error)[1:]) from error
    language = found.language or tag[:3].lower().removesuffix("-")
    if primary in _TWO_TO_THREE and langcodes.Language.get(primary).language == language:
        # Some of the two letters have newer codes too: they are still what people and engines say.
        return _of(primary, tag, found, f"{primary}-{rest}")
    return _of("" if _is_private(language) else language, tag, found, found.to_tag())


def _is_private(language: str) -> bool:
    return language.startswith(("x-", "i-")) or language in {"x", "i"}


def _of(primary: str, tag: str, found: langcodes.Language, usual: str) -> LanguageTag:
    first, dash, rest = tag.partition("-")
    written = tag
    if primary and first.lower() != primary:
        kept = primary + dash + rest
        written = kept if kept.lower() == usual.lower() else usual
    written = _cased(written)
    three, usual = _three_letters(primary, found), _with_region(written, found.territory or "")
    is_registered = found.is_valid() and all(
        _is_part(primary, part) for part in found.extlangs or ()
    )
    return LanguageTag(written, primary, three, is_registered, usual)


def _cased(tag: str) -> str:
    """Return a tag in the case that BCP 47 recommends: `de-DE`, `zh-Hant`, `en-u-ca-buddhist`."""
    parts = tag.lower().split("-")
    is_extended = False
    for number, part in enumerate(parts):
        is_extended = is_extended or len(part) == 1
        if number and not is_extended and part.isalpha():
            parts[number] = {2: part.upper(), 4: part.title()}.get(len(part), part)
    return "-".join(parts)


def _is_part(primary: str, part: str) -> bool:
    """Return whether a second subtag of three letters names a language that is part of another."""
    if primary == "zh":
        return part in _CHINESE
    return primary in _WITH_PARTS and understood(part).is_registered


def _with_region(tag: str, usual: str) -> str:
    """Return a tag with the usual code of its region, "" if it has that, or none."""
    parts = tag.split("-")
    for number, part in enumerate(parts[1:], 1):
        if len(part) == 1:
            return ""
        if len(part) == 2 and part.isalpha():
            is_usual = part.upper() == usual or not usual
            return "" if is_usual else "-".join([*parts[:number], usual, *parts[number + 1 :]])
    return ""


def _three_letters(primary: str, found: langcodes.Language) -> str:
    if primary in _TWO_TO_THREE or not found.is_valid():
        return _TWO_TO_THREE.get(primary, "")
    try:
        return found.to_alpha3() if found.language else primary
    except LookupError:
        return ""


def canonical(tag: str) -> str:
    """Return a tag as engines and keys have it; one that is wrong as it is."""
    try:
        return understood(tag).tag
    except BadTag:
        return tag


def three_letters(tag: str | None) -> str:
    """Return the code for tags of audio files, "" if there is none."""
    try:
        return understood(tag).three_letters if tag else ""
    except BadTag:
        return ""


def including(primary: str) -> str:
    """Return the language that people mostly mean this one by, such as zh for cmn, or itself."""
    import langcodes  # noqa: PLC0415  (slow to load)

    return langcodes.Language.get(primary or "und").prefer_macrolanguage().language or primary


def meant_tag(written: str) -> str:
    """Return the tag that a text stands for which is none, or not the usual one; "" if unknown."""
    tag = written.partition(".")[0].replace("_", "-")  # as environments have it: pt_BR.UTF-8
    found = _NAMED.get(_bare(written.strip()))
    first, dash, rest = tag.partition("-")
    if found is None and _bare(first) in _NAMED:
        found = _NAMED[_bare(first)] + dash + rest  # jp-JP
    if found is None and rest.lower() in _SECOND:
        found = f"{first}-{_SECOND[rest.lower()]}"  # de-DEU
    language = understood_or_none(found or tag)
    if language is None or not language.is_registered:
        language = understood_or_none(first)
        return language.tag if language is not None and language.is_registered else ""
    usual = language.usual or language.tag
    return "" if usual == written else usual


def understood_or_none(tag: str) -> LanguageTag | None:
    """Return what a tag means, None if its form is wrong."""
    try:
        return understood(tag)
    except BadTag:
        return None


def language_fix(written: str) -> str:
    """Return what to write instead of a text that is no language tag, or an unusual one."""
    tag = meant_tag(written)
    if tag:
        return f"write `lang: {tag}`"
    return "write a language tag, such as `lang: de` or `lang: pt-BR`"


def _bare(name: str) -> str:
    """Return a name without accents and capitals."""
    letters = unicodedata.normalize("NFKD", name[:100].casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _by_name() -> dict[str, str]:
    entries = (entry.split() for entry in re.split(r"\s{2,}", _NAMES.strip()))
    return {_bare(name): tag for tag, *names in entries for name in names}


_NAMED = {
    **_by_name(),
    "brazilian portuguese": "pt-BR",
    "portugues brasileiro": "pt-BR",
    "british english": "en-GB",
    "american english": "en-US",
    "mandarin chinese": "zh",
    "simplified chinese": "zh-Hans",
    "traditional chinese": "zh-Hant",
}
