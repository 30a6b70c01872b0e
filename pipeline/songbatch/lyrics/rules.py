"""Rules for lyrics: the one form in which they are sent, and remarks on their faults."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.sections import has_words_beside, sections, without_hashes
from songbatch.traits import Grammar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.traits import TextRule, Traits

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
SEPARATOR = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line for some programs, word processors and phones among them, and not for others."""
LINE_END = "text.line-end"
_ESCAPE = re.compile(r"\\[nrt]")
_JOINERS = "\u200c\u200d"
"""They shape letters in some scripts, and emoji; between those they are intended."""
MOST_COMPOSED = 20_000
"""Characters: normalizing takes the square of a length, and no engine takes so many."""
NAMED = 5
"""The most code points that a message names."""


def final(text: str) -> str:
    r"""Return lyrics as they are sent: NFC, `\n` ends a line, nothing blank at their ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return text if len(text) > MOST_COMPOSED else unicodedata.normalize("NFC", text)


class Remark(msgspec.Struct, frozen=True):
    """A remark on lyrics; `code` is the diagnostic's."""

    code: str
    detail: str
    fix: str

    @property
    def is_error(self) -> bool:
        """Whether lyrics like these cannot be sent."""
        return self.code in _ERRORS


_ERRORS = {"engine.too-long", "lyrics.empty", "lyrics.section-line", "lyrics.too-long"}


def remarks(source: str, sent: str, traits: Traits) -> list[Remark]:
    """Return everything that is wrong or doubtful about final lyrics.

    `sent` is what an engine with these traits is sent of the source: its length counts.
    """
    if not sent.strip():
        fix = "write at least one line; check the conditions of a template"
        return [Remark("lyrics.empty", "", fix)]
    is_sung = traits.grammar is Grammar.HASHES
    checks = (
        _length(sent, traits.lyrics),
        _accompaniment(source),
        _words_beside(source),
        _unknown_section(source, "left out" if is_sung else "sent as it is"),
        _separators(source),
        _escapes(source),
        _invisible(source),
    )
    return [remark for remark in checks if remark is not None]


def _length(lyrics: str, rule: TextRule) -> Remark | None:
    count = len(lyrics)
    if count > rule.most:
        detail = f"{count} characters, at most {rule.most} are accepted"
        return Remark(rule.code, detail, f"cut {count - rule.most} of them")
    if rule.advised is not None and count > rule.advised:
        detail = f"{count} characters; beyond {rule.advised} words may be hurried or dropped"
        return Remark("lyrics.long", detail, "shorten them, or make two songs of them")
    return None


def _accompaniment(lyrics: str) -> Remark | None:
    text = lyrics.strip()
    opens, closes = text.startswith("##"), len(text) > 2 and text.endswith("##")
    count = text.count("##")
    if count == opens + closes and opens == closes:
        return None
    detail = "it stands inside the lyrics"
    if count == 1 and opens != closes:
        detail = f"it stands only at the {'beginning' if opens else 'end'}"
    return Remark("lyrics.accompaniment", detail, "write ## at both ends, or nowhere")


def _words_beside(lyrics: str) -> Remark | None:
    lines = without_hashes(lyrics).split("\n") if "[" in lyrics else []
    wrong = next(filter(has_words_beside, lines), None)
    if wrong is None:
        return None
    return Remark("lyrics.section-line", wrong.strip(), "put [Section] alone on a line")


def _unknown_section(lyrics: str, fate: str) -> Remark | None:
    unknown = next((s for s in sections(lyrics) if not s.is_known), None)
    if unknown is None:
        return None
    fix = "write a usual name, such as [Verse], [Chorus] or [Bridge], or remove it"
    return Remark("lyrics.section-tag", f"{unknown.text} is {fate}", fix)


def _separators(lyrics: str) -> Remark | None:
    found = SEPARATOR.findall(lyrics)
    if not found:
        return None
    return Remark(LINE_END, _names(found), r"replace it by a line end, in double quotes by \n")


def _escapes(lyrics: str) -> Remark | None:
    escape = _ESCAPE.search(lyrics)
    if escape is None:
        return None
    fix = r"end the line instead; only in double quotes of YAML \n is a line end"
    return Remark("lyrics.escape", f"{escape[0]} is sung as it is written", fix)


def _invisible(lyrics: str) -> Remark | None:
    if lyrics.replace("\n", "").isprintable():
        return None
    found = [c for n, c in enumerate(lyrics) if _is_invisible(c, lyrics[n - 1 : n])]
    if not found:
        return None
    fix = "remove them; they often come with pasted text"
    return Remark("lyrics.invisible", _names(found), fix)


def _names(characters: Iterable[str]) -> str:
    names = list(dict.fromkeys(f"U+{ord(c):04X}" for c in characters))
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _is_invisible(character: str, before: str) -> bool:
    if character == "\n" or unicodedata.category(character) not in _INVISIBLE:
        return False
    if SEPARATOR.match(character):
        return False
    return not (character in _JOINERS and before and not before.isascii())
