"""Headings of pasted lyrics, in the ways that pages write them: Verse 1:, **Chorus**, [Strophe 2].

A heading says which section begins, how often it is sung, and whether it is one that was there
before.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.lyrics.sections import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEANINGS = {
    "Verse": (
        "Strophe", "Couplet", "Vers", "Estrofa", "Verso", "Strofa", "Zwrotka", "Kuplet",
        "Куплет", "主歌",
    ),
    "Chorus": (
        "Coro", "Estribillo", "Refrão", "Ritornello", "Refren", "Refrein", "Refräng", "Omkvæd",
        "Припев", "副歌", "サビ",
    ),
    "Bridge": ("Puente", "Ponte", "Brücke", "Pont", "Mostek"),
    "Pre-Chorus": (
        "Pré-Refrain", "Pré-Refrão", "Pre-Estribillo", "Pre-Coro", "Pre-Ritornello", "Vorrefrain",
        "Pre-Refren",
    ),
    "Interlude": ("Zwischenspiel", "Interludio", "Interlúdio"),
    "Intro": ("Introducción", "Introdução", "Introduction", "Introduzione"),
}  # fmt: skip
"""Names of sections in languages that pages of lyrics have, by the one that engines know."""
_SURE = frozenset({
    "Verse", "Chorus", "Pre-Chorus", "Post-Chorus", "Bridge", "Refrain", "Intro", "Outro",
    "Interlude",
})  # fmt: skip
"""Sections whose bare name, above a stanza, is no line of words."""
SUNG_AGAIN = frozenset({"Chorus", "Pre-Chorus", "Post-Chorus", "Refrain", "Hook", "Bridge"})
"""Sections whose name alone means that they are sung here once more."""
_HINTS = frozenset({
    "acoustic", "a", "bass", "big", "build", "building", "calm", "cappella", "choir",
    "clap", "crowd", "dark", "distorted", "double", "drop", "drum", "drums", "electric",
    "emotional", "energetic", "epic", "fade", "fast", "female", "full", "gentle", "guitar",
    "half", "harmonies", "harmony", "heavy", "high", "in", "instrumental", "intense",
    "intimate", "key", "layered", "loud", "low", "male", "melodic", "minimal", "orchestra",
    "out", "pad", "piano", "powerful", "quiet", "rap", "rapped", "raw", "reverb", "sad",
    "sax", "saxophone", "shouted", "slow", "slower", "soft", "softly", "solo", "spoken",
    "stacked", "strings", "strong", "sung", "synth", "tempo", "trumpet", "up", "vocal",
    "vocals", "voice", "whisper", "whispered", "with",
})  # fmt: skip
"""Words that say how a section sounds; what has none and is written as names are, names singers."""
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8}
MOST_TIMES = 16
"""How often something is written out; what is asked for more often stays as it is."""
TIMES = r"(?:[x×*][ \t]?(?P<after>[0-9]{1,2})|(?P<before>[0-9]{1,2})[ \t]?[x×])"
_AGAIN = r"repeat|répéter|repetir|ripetere|wiederholen|wdh\.?"


def _folded(name: str) -> str:
    return name.casefold().replace("-", "").replace(" ", "")


def _known() -> Mapping[str, str]:
    names = {_folded(name): name for name in NAMES}
    return names | {_folded(one): name for name, own in _MEANINGS.items() for one in own}


_BY_NAME = _known()
_ALL = sorted((*NAMES, *(one for own in _MEANINGS.values() for one in own)), key=len, reverse=True)
_NAME = "|".join(re.escape(name).replace(r"\-", "[- ]?").replace(r"\ ", " ?") for name in _ALL)
_CORE = re.compile(
    rf"(?:(?P<again>{_AGAIN})[ ]+(?:the[ ]+)?)?"
    rf"(?:(?P<nth>[0-9]{{1,2}})(?:\.|st|nd|rd|th|º|ª|er|e|ème)[ ]*)?"
    rf"(?P<name>{_NAME})"
    rf"(?:[ ]*#?(?P<number>[0-9]{{1,2}}(?![0-9]*[ ]?[x×])|(?-i:[IV]{{1,4}}(?![^\W\d_]))))?"
    rf"(?P<rest>(?![^\W_]).*)",
    re.IGNORECASE,
)
_TIMES = re.compile(rf"[ ]*[(\[]?[ ]*{TIMES}[ ]*[)\]]?[ ]*", re.IGNORECASE)
_ASKS_AGAIN = re.compile(rf"[ ]*[(\[]?[ ]*(?:{_AGAIN})s?[ ]*[)\]]?[ ]*", re.IGNORECASE)
_SUFFIX = re.compile(r"[ ]*(?:[:,]|[-–—])[ ]*(.+)")
_BRACKETED = re.compile(
    r"(?:\[([^\[\]]{1,80})\]|\uff3b([^\uff3b\uff3d]{1,80})\uff3d|【([^【】]{1,80})】)[ ]*[:\uff1a]?"
)
_WITH_TIMES = re.compile(
    rf"(\[[^\[\]]{{1,80}}\])[ ]*[:\uff1a]?([ ]*[(\[]?[ ]*{TIMES}[ ]*[)\]]?)", re.I
)
_MARKED = (
    re.compile(r"(?P<core>[^:\uff1a]{1,60}?)[ ]*[:\uff1a]"),
    re.compile(r"(?P<mark>\*{1,3}|_{1,2})(?P<core>[^*_]{1,60}?):?(?P=mark):?"),
    re.compile(r"<(?P<core>[^<>]{1,60})>"),
)
"""Marks that make a heading of any name."""
_MARKED_IF_SURE = (
    re.compile(r"\((?P<core>[^()]{1,60}(?:\([^()]{1,10}\))?)\)[ ]*:?"),
    re.compile(r"(?:#|#{3,6})[ ]*(?P<core>[^#]{1,60}?)[ ]*[:\uff1a]?"),
    re.compile(r"(?:[-–—=~]{1,5})[ ]*(?P<core>.{1,60}?)[ ]*(?:[-–—=~]{1,5})"),
    re.compile(r"(?P<core>.{1,60}?)[ ]*[-–—]+"),
)
LONGEST = 100
"""Characters of a line that may be a heading."""


class PastedHeading(msgspec.Struct, frozen=True):
    """A heading: `name` is one that engines know, `number` 0 for none.

    `suffix` are words that say how it sounds; `singers` names of those who sing it, which no
    engine knows; `is_again` that it says itself to sing the section again. One that `is_bare` is a
    name with nothing around it, and may be a line of words.
    """

    name: str
    number: int = 0
    suffix: str = ""
    singers: str = ""
    times: int = 1
    is_again: bool = False
    is_bare: bool = False

    @property
    def text(self) -> str:
        """The section line that engines read."""
        number = f" {self.number}" if self.number else ""
        return f"[{self.name}{number}{self.suffix}]"


@functools.lru_cache(maxsize=4096)
def heading_of(line: str) -> PastedHeading | None:
    """Return the heading that a line is, None for a line of words."""
    text = " ".join(line.split())
    if not text or len(text) > LONGEST:
        return None
    outside = _WITH_TIMES.fullmatch(text)
    if outside is not None:
        inside = heading_of(outside[1])
        times = _times_in(outside)
        return None if inside is None else replace(inside, times=times)
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None:
        return _read(next(filter(None, bracketed.groups())), has_suffix=True)
    for form in (*_MARKED, *_MARKED_IF_SURE):
        match = form.fullmatch(text)
        found = _read(match["core"]) if match is not None else None
        if found is not None and (form in _MARKED or found.name in _SURE):
            return found
    bare = _read(text)
    if bare is None or bare.name not in _SURE:
        return None
    is_plain = not (bare.number or bare.is_again or bare.times > 1)
    return replace(bare, is_bare=is_plain)


def led_by_heading(line: str) -> tuple[PastedHeading, str] | None:
    """Return the heading that a line begins with, and the words behind it: Chorus: la la."""
    text = line.strip()
    if text.startswith("["):
        inside, _, after = text.partition("]")
        found = heading_of(f"{inside}]")
    else:
        inside, colon, after = text.partition(":")
        found = _read(" ".join(inside.split())) if colon and len(inside) <= LONGEST else None
        if found is not None and found.name not in _SURE:
            return None
    words = after.strip()
    return (found, words) if found is not None and words else None


def _times_in(match: re.Match[str]) -> int:
    return int(match["after"] or match["before"])


def _read(core: str, *, has_suffix: bool = False) -> PastedHeading | None:
    """Return what the text inside the marks of a heading says; only brackets have a suffix."""
    match = _CORE.fullmatch(core.strip())
    if match is None:
        return None
    number = match["number"] or match["nth"] or "0"
    name = _BY_NAME[_folded(match["name"])]
    heading = PastedHeading(
        name, _ROMAN[number] if number in _ROMAN else _whole(number), is_again=bool(match["again"])
    )
    return _with_rest(heading, match["rest"].rstrip(" :\uff1a"), has_suffix=has_suffix)


def _with_rest(heading: PastedHeading, rest: str, *, has_suffix: bool) -> PastedHeading | None:
    """Return a heading with what stands behind its name, None if that makes it words."""
    suffix = _SUFFIX.fullmatch(rest)
    if (times := _TIMES.fullmatch(rest)) is not None:
        heading = replace(heading, times=_times_in(times))
    elif rest and _ASKS_AGAIN.fullmatch(rest):
        heading = replace(heading, is_again=True)
    elif suffix is not None and has_suffix:
        is_singers = _names_singers(suffix[1])
        heading = replace(
            heading, **{"singers" if is_singers else "suffix": suffix[1] if is_singers else rest}
        )
    elif rest:
        return None
    return heading


def _whole(number: str) -> int:
    return int(number) if number.isdecimal() else 0


def _names_singers(text: str) -> bool:
    """Return whether words are written as names are: Ann Lee & Bo."""
    words = [word for word in re.split(r"[\s,&/+*()]+|\bfeat\b\.?", text) if word]
    small = {"and", "y", "e", "et", "und", "with", "of", "the", "de", "x", "i"}
    names = [word for word in words if word.casefold() not in small]
    return bool(names) and all(
        word[0].isupper() and word.casefold().rstrip(".") not in _HINTS for word in names
    )
