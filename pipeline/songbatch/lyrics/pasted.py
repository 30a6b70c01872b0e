r"""Marks that pages and other programs write into lyrics, and that would be sung as words.

Each pattern is narrow: what people may sing, such as `(oh oh)`, is none of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.sections import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = (
    *NAMES, "Prechorus", "Strophe", "Couplet", "Vers", "Estrofa", "Verso", "Coro", "Estribillo",
    "Puente", "Ponte", "Strofa", "Ritornello", "Refrão", "Brücke", "Zwischenspiel", "主歌", "副歌",
)  # fmt: skip
"""Names of sections, in some of the languages that pages of lyrics have."""
_NAME = "|".join(re.escape(name).replace(r"\-", "[- ]?") for name in _NAMES)
_CHORD = (
    r"[A-G][#b♯♭]?(?:maj|min|dim|aug|sus|add|m|M|°|ø|\+|-)?[0-9]{0,2}"
    r"(?:(?:sus|add|maj|b|#)[0-9]{1,2})?(?:/[A-G][#b♯♭]?)?"
)
_DIRECTIVE = (
    "title|t|subtitle|st|artist|composer|lyricist|copyright|album|year|key|time|tempo|duration|"
    "capo|meta|comment|comment_italic|comment_box|c|ci|cb|highlight|chorus|define|chord|new_song|"
    "new_page|np|column_break|colb|so[cvbt]|eo[cvbt]|(?:start|end)_of_[a-z]+|x_[a-z_]+"
)
_ENTITY = (
    "amp|lt|gt|quot|apos|nbsp|hellip|[nm]dash|[lr]s?[ad]?quo|sbquo|[lr]squo|szlig|[ao]elig|copy|"
    "[A-Za-z](?:acute|grave|circ|uml|tilde|cedil|ring|slash|caron)|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}"
)
_ELEMENT = "br|p|i|b|u|em|strong|div|span|font|a|h[1-6]|ul|ol|li|sub|sup|small|tt|pre|blockquote"


class MarkKind(msgspec.Struct, frozen=True):
    """A kind of marks: what they are called, and what to do about them."""

    name: str
    pattern: re.Pattern[str]
    signs: str
    """Characters of which any such mark has one."""
    fix: str


def _kind(name: str, pattern: str, signs: str, fix: str, flags: re.RegexFlag) -> MarkKind:
    return MarkKind(name, re.compile(pattern, flags | re.MULTILINE), signs, fix)


_EXACT, _FOLDED = re.RegexFlag(0), re.IGNORECASE
_TIME = r"\[[0-9]{1,3}:[0-9]{2}(?:[.:][0-9]{1,3})?\]"
_TIMES = "|".join(
    (
        _TIME,
        r"<[0-9]{1,3}:[0-9]{2}[.:][0-9]{1,3}>",
        r"^[ \t]*[0-9]{1,2}:[0-9]{2}:[0-9]{2}[,.][0-9]{3} --> .*$",
    )
)
_OFTEN = r"[ \t]*(?:[x×][ \t]?[0-9]{1,2}|[0-9]{1,2}[ \t]?[x×])[ \t]*"
_REPEATS = "|".join(
    (
        rf"[(\[]{_OFTEN}[)\]](?=[ \t]*$)",
        r"(?<=[^\n])(?<=[ \t])(?:[x×][0-9]{1,2}|[0-9]{1,2}×)(?=[ \t]*$)",
    )
)
_NUMBERED = rf"(?:{_NAME})(?: [0-9]{{1,2}})?"
_HEADS = "|".join(
    (
        rf"{_NUMBERED}[ \t]*[:\uff1a]",
        rf"(?P<mark>\*\*?|__){_NUMBERED}:?(?P=mark)",
        rf"<{_NUMBERED}>",
        r"(?:Verse|Chorus) [0-9]{1,2}",
        r"\uff3b[^\uff3b\uff3d\n]{1,80}\uff3d",
        r"【[^【】\n]{1,80}】",
    )
)
_HEAD_SIGNS = ":\uff1a*_<\uff3b【0123456789"
_SECTION = "write a section as [Verse] or [Chorus], alone on its line"
_DIRECTIVES = rf"^[ \t]*\{{(?:{_DIRECTIVE})(?::[^{{}}\n]*)?\}}[ \t]*$"
_CHORDS = rf"\[{_CHORD}\](?=.*\S)|(?<=\S)[ \t]*\[{_CHORD}\]"
_LRC = "remove them; `lrc: true` writes the times of a song's lines"
_OFTEN_FIX = "write what is repeated as often as it shall be sung"
KINDS = (
    _kind("chords", _CHORDS, "[", "remove them", _EXACT),
    _kind("directives of ChordPro", _DIRECTIVES, "{", f"remove them; {_SECTION}", _FOLDED),
    _kind("times", _TIMES, "[<>", _LRC, _EXACT),
    _kind("repeats", _REPEATS, "x×", _OFTEN_FIX, _EXACT),
    _kind("names of sections", rf"^[ \t]*(?:{_HEADS})[ \t]*$", _HEAD_SIGNS, _SECTION, _FOLDED),
    _kind("signs of HTML", rf"&(?:{_ENTITY});", "&", "write the characters themselves", _EXACT),
    _kind("tags of HTML", rf"</?(?:{_ELEMENT})(?:\s[^<>\n]*)?/?>", "<", "remove them", _FOLDED),
)
_TIME_LINE = re.compile(_TIME)
_REPEAT = re.compile(rf"\({_OFTEN}\)")


def marks(lyrics: str) -> Iterator[tuple[MarkKind, list[tuple[str, int]]]]:
    """Yield each kind of marks that lyrics have, and what stands on which lines, from 1."""
    for kind in KINDS:
        if not any(sign in lyrics for sign in kind.signs):
            continue
        found = [
            (match[0].strip(), lyrics.count("\n", 0, match.end()) + 1)
            for match in kind.pattern.finditer(lyrics)
        ]
        if found:
            yield kind, found


def is_time(line: str) -> bool:
    """Return whether a line is only a time, which is no section."""
    return _TIME_LINE.fullmatch(line.strip()) is not None


def is_repeat(words: str) -> bool:
    """Return whether words in parentheses say how often a line is sung."""
    return _REPEAT.fullmatch(words) is not None
