"""Chords in pasted lyrics: above the words, among them in brackets, as tablature; ChordPro."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from songbatch.lyrics.headings import heading_of
from songbatch.lyrics.pasted_lines import Mark, Pass, PastedLine, each_line

if TYPE_CHECKING:
    from collections.abc import Sequence

CHORDS = "chords"
DIRECTIVES = "directives of ChordPro"
_CHORD = (
    r"[A-H][#b♯♭]?(?:maj|min|dim|aug|sus|add|m|M|°|ø|\+|-)?[0-9]{0,2}"
    r"(?:(?:sus|add|maj|b|#)[0-9]{1,2})?(?:/[A-H][#b♯♭]?)?"
)
_INLINE = re.compile(rf"\[{_CHORD}\](?=.*\S)|(?<=\S)[ \t]*\[{_CHORD}\]")
_BRACKETS = re.compile(rf"\[{_CHORD}\]")
_ALONE = re.compile(rf"[ \t]*\[{_CHORD}\][ \t]*")
_BAR = r"\|{1,2}:?|:?\|{1,2}|N\.?C\.?|%|/|-|\(?[x×][0-9]{1,2}\)?"
_TOKEN = re.compile(rf"\(?(?:{_CHORD})\)?")
_LINE = re.compile(rf"[ \t]*(?:(?:{_BAR}|\(?{_CHORD}\)?)(?:[ \t]+|$))+")
_TAB = re.compile(r"[ \t]*(?:[A-Ga-g][#b]?)?\|[-0-9hpbrx/\\~|^(). ]*-{2}[-0-9hpbrx/\\~|^(). ]*")
_DIRECTIVE = re.compile(
    r"[ \t]*\{(title|t|subtitle|st|artist|composer|lyricist|copyright|album|year|key|time|tempo|"
    r"duration|capo|meta|comment|comment_italic|comment_box|c|ci|cb|highlight|chorus|define|chord|"
    r"new_song|new_page|np|column_break|colb|so[cvbt]|eo[cvbt]|(?:start|end)_of_[a-z]+|x_[a-z_]+)"
    r"(?:[: ]([^{}\n]*))?\}[ \t]*",
    re.IGNORECASE,
)
_STARTS = {
    "soc": "Chorus",
    "start_of_chorus": "Chorus",
    "sov": "Verse",
    "start_of_verse": "Verse",
    "sob": "Bridge",
    "start_of_bridge": "Bridge",
    "chorus": "Chorus",
}
"""Directives that begin a section; {chorus} says that the chorus is sung here."""
_SAYS = {"comment", "c", "ci", "cb", "comment_italic", "comment_box", "highlight"}
LONGEST = 500
"""Characters: a longer line has words."""


def without_inline_chords(lines: Sequence[PastedLine]) -> Pass:
    """Take `[Am]` out of the lines."""
    has_some = any("[" in line.text and _INLINE.search(line.text) for line in lines)

    def edit(line: PastedLine) -> tuple[list[str], list[Mark]] | None:
        if "[" not in line.text or len(line.text) > LONGEST:
            return None
        if has_some and _ALONE.fullmatch(line.text):
            return [], [Mark(CHORDS, line.text.strip(), line.number)]
        met = [Mark(CHORDS, one[0].strip(), line.number) for one in _INLINE.finditer(line.text)]
        if not met:
            return None
        # A chord between two words leaves both its blanks.
        bare = re.sub(r"(?<=\S) {2,}(?=\S)", " ", _BRACKETS.sub("", line.text)).strip()
        return [bare] if bare else [], met

    return each_line(lines, edit)


def without_chord_lines(lines: Sequence[PastedLine]) -> Pass:
    """Take lines of chords out, which stand above the words, and lines of tablature."""
    texts = [line.text for line in lines]
    sure = [_is_surely_chords(text) for text in texts]
    has_several = any(
        is_sure and len(text.split()) > 1 for is_sure, text in zip(sure, texts, strict=True)
    )
    kept: list[PastedLine] = []
    marks: list[Mark] = []
    for at, line in enumerate(lines):
        below = texts[at + 1] if at + 1 < len(texts) else ""
        likely = has_several and _are_chords(line.text) and bool(below.strip())
        if (sure[at] and (has_several or bool(below.strip()))) or likely or _is_tab(line.text):
            marks.append(Mark(CHORDS, " ".join(line.text.split()), line.number))
        else:
            kept.append(line)
    return Pass(kept, marks)


def are_chords(text: str) -> bool:
    """Return whether words behind the name of a section are nothing but chords."""
    return _are_chords(text) and (len(text.split()) > 1 or len(text.strip()) > 1)


def _is_tab(text: str) -> bool:
    return "|" in text and len(text) <= LONGEST and _TAB.fullmatch(text) is not None


def _are_chords(text: str) -> bool:
    if not text.strip() or len(text) > LONGEST or _LINE.fullmatch(text) is None:
        return False
    return any(_TOKEN.fullmatch(token) for token in text.split())


def _is_surely_chords(text: str) -> bool:
    """Return whether a line is of chords, and not of letters that people sing: A B C."""
    if not _are_chords(text):
        return False
    tokens = text.split()
    has_suffix = any(_TOKEN.fullmatch(one) and len(one.strip("()")) > 1 for one in tokens)
    if len(tokens) == 1:
        return has_suffix and tokens[0] not in {"Am", "Em"}
    return has_suffix or "  " in text.strip() or "\t" in text or "|" in text


def without_directives(lines: Sequence[PastedLine]) -> Pass:
    """Write ChordPro's sections as `[Chorus]`, and take its other directives out."""

    def edit(line: PastedLine) -> tuple[list[str], list[Mark]] | None:
        match = _DIRECTIVE.fullmatch(line.text) if "{" in line.text else None
        if match is None:
            return None
        name, value = match[1].lower(), (match[2] or "").strip()
        met = [Mark(DIRECTIVES, line.text.strip(), line.number)]
        if name in _STARTS:
            return [f"[{value if value and name != 'chorus' else _STARTS[name]}]"], met
        is_name = name in _SAYS and heading_of(f"({value})") is not None
        return [f"({value})"] if is_name else [], met

    return each_line(lines, edit)
