r"""Lyrics as people paste them: what pages and programs write into them, and the tidy lyrics.

One way for both: `marks` tells what `tidied` changes. What people may sing, such as `(oh oh)`, is
none of it, and no word that is one gets lost.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.chords import (
    CHORDS,
    DIRECTIVES,
    without_chord_lines,
    without_directives,
    without_inline_chords,
)
from songbatch.lyrics.invisible import SEPARATOR, visible
from songbatch.lyrics.pages import (
    PAGE,
    SIGNS,
    TAGS,
    TIMES,
    is_time,
    without_html,
    without_page_words,
    without_times,
)
from songbatch.lyrics.pasted_lines import MOST_LINES, Mark, Pass, PastedLine
from songbatch.lyrics.repeats import (
    AGAIN,
    NAMES_OF_SECTIONS,
    REPEATS,
    SINGERS,
    is_repeat,
    with_repeats,
    with_sections,
)
from songbatch.lyrics.sections import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["MarkKind", "TidyLyrics", "is_repeat", "is_time", "marks", "tidied"]

GAPS = "empty lines"
LAID_OUT = frozenset({GAPS, AGAIN})
"""Kinds that a template may make of what is none in its own text."""
MARK = "lyrics.mark"
MOST_CHARACTERS = 100_000
"""Of a text that is tidied, and of what it becomes; no song has so many."""
MOST_ROUNDS = 6
"""A heading that is found may make another line one, too."""


class MarkKind(msgspec.Struct, frozen=True):
    """A kind of marks: what they are called, and what to do about them; `code` of the remark."""

    name: str
    fix: str
    code: str = MARK


_SECTION = "write a section as [Verse] or [Chorus], alone on its line"
KINDS = (
    MarkKind(CHORDS, "remove them"),
    MarkKind(DIRECTIVES, f"remove them; {_SECTION}"),
    MarkKind(TIMES, "remove them; `lrc: true` writes the times of a song's lines"),
    MarkKind(REPEATS, "write what is repeated as often as it shall be sung"),
    MarkKind(NAMES_OF_SECTIONS, _SECTION),
    MarkKind(SIGNS, "write the characters themselves"),
    MarkKind(TAGS, "remove them"),
    MarkKind(PAGE, "remove them"),
    MarkKind(SINGERS, "write the section alone; engines do not know who they are", "lyrics.singer"),
    MarkKind(AGAIN, "write the words again where they are sung again", "lyrics.repeat"),
    MarkKind(GAPS, "leave one of them; each is a pause of its own", "lyrics.gap"),
)
_TIDY_SECTION = re.compile(
    rf"^\[(?:{'|'.join(map(re.escape, NAMES))})(?: [0-9]{{1,2}})?\]\n(?=[^\s\[])", re.MULTILINE
)
"""A section line above words, which is as it should be."""
_OWN = re.compile(
    r"[\[\]{}<>&*_#×|【\uff3b©]|[0-9]|\n[ \t]*\n[ \t]*\n|[:\uff1a\-–—~=](?:[ \t]*$)|https?:"
    r"|\((?:bis|repeat|twice)\)",
    re.IGNORECASE | re.MULTILINE,
)
"""What pasted marks have, of which plain lyrics have little."""
_WORDS = re.compile(
    r"^[ \t(\-–—~=]*(?:[A-H][#b♯♭]?m?(?:[ \t]|$)|(?:repeat[ \t])?"
    r"(?:verse|chorus|refrain|bridge|intro|outro|inter|pre|post|pr[ée]|vor|strophe|couplet|vers|"
    r"estrofa|strofa|zwrotka|kuplet|coro|estribillo|refr|ritornello|omkv|puente|ponte|brücke|pont|"
    r"mostek|zwischen|куплет|припев|主歌|副歌|サビ)|see |get tickets|you might|"
    r"submit|advert|lyrics |source|writer|songwriter)|you might also like|embed[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


class TidyLyrics(msgspec.Struct, frozen=True):
    """Tidy lyrics, line by line, each with the number of the line it comes of; what was met."""

    lines: tuple[PastedLine, ...]
    marks: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(line.text for line in self.lines)

    def has(self, kind: str) -> bool:
        """Return whether any mark of a kind was met."""
        return any(mark.kind == kind for mark in self.marks)

    def keeps(self, number: int, text: str) -> bool:
        """Return whether the n-th line of the pasted text is still there as it was."""
        return [line.text for line in self.lines if line.number == number] == [text]


def marks(lyrics: str) -> Iterator[tuple[MarkKind, list[tuple[str, int]]]]:
    """Yield each kind of marks that lyrics have, and what stands on which lines, from 1."""
    left = _TIDY_SECTION.sub("", lyrics)
    if _OWN.search(left) is None and _WORDS.search(left) is None:
        return
    met = tidied(lyrics).marks
    for kind in KINDS:
        found = [(one.text, one.line) for one in met if one.kind == kind.name]
        if found:
            yield kind, found


@functools.lru_cache(maxsize=32)
def tidied(text: str, *, is_template: bool = False) -> TidyLyrics:
    r"""Return lyrics without what pages and programs wrote into them; `\n` ends their lines.

    Of a template, lines with its tags stay as they are, and no repeat is written out.
    """
    if len(text) > MOST_CHARACTERS:
        return TidyLyrics(tuple(map(PastedLine, *_numbered(text))), ())
    tags: dict[str, str] = {}
    lines = [PastedLine(number, line) for number, line in zip(*_numbered(text), strict=True)]
    if is_template:
        lines = [_veiled(line, tags) for line in lines]
    met: list[Mark] = []
    for _ in range(MOST_ROUNDS):
        before = [line.text for line in lines]
        lines, more = _round(lines, is_expanded=not is_template)
        met += more
        if [line.text for line in lines] == before:
            break
    lines = [line.but(tags.get(line.text, line.text)) for line in lines]
    return TidyLyrics(tuple(lines), tuple(sorted(met, key=lambda mark: mark.line)))


def _round(
    lines: Sequence[PastedLine], *, is_expanded: bool
) -> tuple[list[PastedLine], list[Mark]]:
    met: list[Mark] = []
    for step in _passes(is_expanded=is_expanded):
        result = step(lines)
        if _is_too_much(result.lines):
            break
        lines = result.lines
        met += result.marks
    return list(lines), met


def _is_too_much(lines: Sequence[PastedLine]) -> bool:
    return len(lines) > MOST_LINES or sum(len(line.text) for line in lines) > MOST_CHARACTERS


def _numbered(text: str) -> tuple[list[int], list[str]]:
    lines = text.split("\n")
    return list(range(1, len(lines) + 1)), lines


def _veiled(line: PastedLine, tags: dict[str, str]) -> PastedLine:
    if not any(sign in line.text for sign in ("{{", "{%", "{#", "}}", "%}", "#}")):
        return line
    name = f"\N{LEFT WHITE TORTOISE SHELL BRACKET}{line.number}x"
    tags[name] = line.text
    return line.but(name)


def _passes(*, is_expanded: bool) -> Iterator[Callable[[Sequence[PastedLine]], Pass]]:
    yield _visible
    yield without_html
    yield without_times
    yield without_directives
    yield without_inline_chords
    yield without_chord_lines
    yield without_page_words
    yield lambda lines: with_sections(lines, is_expanded=is_expanded)
    if is_expanded:
        yield with_repeats
    yield _without_gaps


def _visible(lines: Sequence[PastedLine]) -> Pass:
    """End lines where any program ends them, without what nobody sees."""
    kept = []
    for line in lines:
        # What stands behind a line end is rendered as it was in the pasted text.
        kept += [line.but(visible(part).rstrip(" ")) for part in SEPARATOR.split(line.text)]
    return Pass(kept)


def _without_gaps(lines: Sequence[PastedLine]) -> Pass:
    """Leave one empty line of several; those that are blank are empty."""
    kept: list[PastedLine] = []
    marks: list[Mark] = []
    run = 0
    for line in lines:
        if line.text.strip():
            if run > 1 and kept:
                marks.append(Mark(GAPS, f"{run} in a row", line.number))
            run = 0
            kept.append(line.but(line.text.rstrip()))
            continue
        run += 1
        if run == 1 and (kept or line.number == 1):
            kept.append(line.but(""))
    return Pass(kept, marks)
