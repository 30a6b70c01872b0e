"""Languages of lyrics, as authors name them: BCP 47 tags, also with ISO 639-2 codes in front.

The library has the registry of subtags, and takes a tenth of a second to load; the two letters that
most songs say are understood without it.
"""

from __future__ import annotations

import functools
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


class BadTag(Exception):
    """A text that is no language tag; says why."""


class LanguageTag(msgspec.Struct, frozen=True):
    """What a language tag means.

    `tag` is it as engines and keys have it: as it was written, but with the usual code of a
    language that has another one too (`deu`, `ger`, `iw`, `zh-yue`). `primary` is the language
    alone, in lower case, "" if it is a private one; `three_letters` the code for tags of audio
    files, "" if there is none.
    """

    tag: str
    primary: str
    three_letters: str
    is_registered: bool = True


@functools.lru_cache(maxsize=256)
def understood(tag: str) -> LanguageTag:
    """Return what a tag means. Raises BadTag if its form is wrong."""
    primary, _, rest = tag.lower().partition("-")
    primary = _THREE_TO_TWO.get(primary, primary)
    if not rest and primary in _TWO_TO_THREE:
        written = tag if tag.lower() == primary else primary
        return LanguageTag(written, primary, _TWO_TO_THREE[primary])
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
    return LanguageTag(written, primary, _three_letters(primary, found), found.is_valid())


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


def language_fix(written: str) -> str:
    """Return what to write instead of a text that is no language tag."""
    tag = written.partition(".")[0].replace("_", "-")  # as environments have it: pt_BR.UTF-8
    try:
        if tag != written and understood(tag).is_registered:
            return f"write `lang: {tag}`"
    except BadTag:
        pass
    return "write a language tag, such as `lang: de` or `lang: pt-BR`"
