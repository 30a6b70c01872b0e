"""Section lines of lyrics, `[Verse]` alone on a line: one source for every engine's grammar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.traits import Grammar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = (
    "Intro", "Verse", "Pre-Chorus", "Chorus", "Post-Chorus", "Refrain", "Hook", "Bridge", "Outro",
    "Instrumental", "Interlude", "Break", "Breakdown", "Build", "Build-Up", "Drop", "Solo",
    "Guitar Solo", "Piano Solo", "Drum Solo", "Saxophone Solo", "Fade Out", "Inst", "End",
)  # fmt: skip
"""Names that models with sections were trained on, as their makers list them."""

MOST_CHARACTERS = 80
"""Between the brackets; what is longer are words."""
_NAME = re.compile(r"(.+?)((?: [0-9]{1,2})?(?:[ ]?(?:[:,]|[-–—] ).*)?)")
HASHES = "##"
_MARKS = re.compile(r"[ \t]*##+[ \t]*")


class SectionLine(msgspec.Struct, frozen=True):
    """A section line: `text` as engines read it; `is_known` if its name is one that they know."""

    text: str
    is_known: bool


def section_of(line: str) -> SectionLine | None:
    """Return the section that a line begins, or None if it is a line of words."""
    text = line.strip()
    if not (text.startswith("[") and text.endswith("]") and len(text) <= MOST_CHARACTERS + 2):
        return None
    inside = " ".join(text[1:-1].split())
    if not inside or "[" in inside or "]" in inside:
        return None
    named = _NAME.fullmatch(inside)
    known = _KNOWN.get(_folded(named[1])) if named is not None else None
    if named is None or known is None:
        return SectionLine(f"[{inside}]", is_known=False)
    return SectionLine(f"[{known}{named[2]}]", is_known=True)


def _folded(name: str) -> str:
    """Return a name in the form that its spellings have in common: Pre-Chorus, pre chorus."""
    return name.casefold().replace("-", "").replace(" ", "")


_KNOWN = {_folded(name): name for name in NAMES}


def has_words_beside(line: str) -> bool:
    """Return whether a line has words beside the name of a section that engines know."""
    text = line.strip()
    first, _, after = text[1:].partition("]")
    before, _, last = text[:-1].rpartition("[")
    return (text.startswith("[") and bool(after) and _is_known(first)) or (
        text.endswith("]") and bool(before) and _is_known(last)
    )


def opens_bracket(line: str) -> bool:
    """Return whether a line begins a bracket that it does not close, with or without a section."""
    text = line.strip()
    return text.startswith("[") and "]" not in text


def opens_section(line: str) -> bool:
    """Return whether a line begins with the name of a section whose bracket it does not close."""
    return opens_bracket(line) and _is_known(line.strip()[1:])


def _is_known(name: str) -> bool:
    section = section_of(f"[{name}]")
    return section is not None and section.is_known


def in_grammar(lyrics: str, grammar: Grammar) -> str:
    """Return final lyrics as an engine of this grammar wants them.

    Without section lines, lyrics for `hashes` stay as they are.
    """
    if grammar is Grammar.HASHES:
        return _without_sections(lyrics) if "[" in lyrics else lyrics
    if grammar is Grammar.BOTH:
        if "[" not in lyrics:
            return lyrics
        opening, lines, closing = between_marks(lyrics)
        if not any(map(section_of, lines)):
            return lyrics
        return opening + _with_sections(lines).strip("\n") + closing
    return _with_sections(without_hashes(lyrics).split("\n"))


def counted(lyrics: str, grammar: Grammar) -> str:
    """Return what of final lyrics counts for the bounds of an engine of this grammar.

    Section lines do not where `##` has a meaning as well.
    """
    return in_grammar(lyrics, Grammar.HASHES if grammar is Grammar.BOTH else grammar)


def sent_length(lyrics: str, grammar: Grammar) -> int:
    """Return how many characters of final lyrics count for an engine of this grammar."""
    return len(counted(lyrics, grammar))


def _with_sections(lines: Iterable[str]) -> str:
    return "\n".join(section.text if (section := section_of(line)) else line for line in lines)


def between_marks(lyrics: str) -> tuple[str, list[str], str]:
    """Return the mark before, the lines between, and the mark behind; "" for a mark that is not."""
    text = lyrics.strip()
    opening = HASHES if text.startswith(HASHES) else ""
    closing = HASHES if len(text) > len(HASHES) and text.endswith(HASHES) else ""
    return opening, text.removeprefix(HASHES).removesuffix(HASHES).split("\n"), closing


def without_marks(line: str) -> str:
    """Return a line without marks that ask for accompaniment."""
    return _MARKS.sub(" ", line).strip() if HASHES in line else line.strip()


def without_hashes(lyrics: str) -> str:
    """Return lyrics without the marks that ask for accompaniment, wherever they are."""
    if HASHES not in lyrics:
        return lyrics.strip()
    lines = ((line, without_marks(line)) for line in lyrics.split("\n"))
    kept = (bare if HASHES in line else line for line, bare in lines if bare or HASHES not in line)
    return "\n".join(kept).strip()


def words_only(lyrics: str) -> str:
    """Return final lyrics as people read them: without section lines and marks at the ends."""
    return _without_sections(lyrics).strip().removeprefix(HASHES).removesuffix(HASHES).strip()


def sections(lyrics: str) -> Iterator[SectionLine]:
    """Yield the section lines in order."""
    for line in without_hashes(lyrics).split("\n"):
        if (section := section_of(line)) is not None:
            yield section


def _without_sections(lyrics: str) -> str:
    """Return lyrics with an empty line, and only one, where a section line parted words."""
    opening, lines, closing = between_marks(lyrics)
    if not any(map(section_of, lines)):
        return lyrics
    kept: list[str] = []
    parts = False
    for line in lines:
        if section_of(line) is not None:
            parts = True
        elif line.strip() or not parts:
            if parts:
                while kept and not kept[-1].strip():
                    kept.pop()
                kept += [""] if kept else []
            kept.append(line)
            parts = False
    return opening + "\n".join(kept).strip("\n") + closing
