"""Repeats in pasted lyrics, written out: (x2), [repeat], and the name of a section alone."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.chords import are_chords
from songbatch.lyrics.headings import (
    MOST_TIMES,
    SUNG_AGAIN,
    PastedHeading,
    heading_of,
    led_by_heading,
)
from songbatch.lyrics.pasted_lines import MOST_LINES, Mark, Pass, PastedLine
from songbatch.lyrics.sections import section_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPEATS = "repeats"
NAMES_OF_SECTIONS = "names of sections"
SINGERS = "names of singers"
TRANSLATED = "names of sections in another language"
AGAIN = "sections without words"
_OFTEN = r"[ \t]*(?:[x×][ \t]?(?P<a>[0-9]{1,2})|(?P<b>[0-9]{1,2})[ \t]?[x×])[ \t]*"
_TWICE = r"[ \t]*(?:bis|repeat|(?P<twice>twice))[ \t]*"
_END = re.compile(
    rf"(?:(?:\((?:{_OFTEN})\)|\[(?:{_OFTEN.replace('<a>', '<c>').replace('<b>', '<d>')})\])"
    rf"|[(\[](?P<again>{_TWICE})[)\]]"
    r"|(?<=\S)[ \t]+(?:[x×](?P<e>[0-9]{1,2})|(?P<f>[0-9]{1,2})×))[ \t]*$",
    re.IGNORECASE,
)
"""What is blank before it is left out: a search for blanks takes the square of their number."""
_REPEAT = re.compile(rf"\({_OFTEN}\)")


def is_repeat(words: str) -> bool:
    """Return whether words in parentheses say how often a line is sung."""
    return _REPEAT.fullmatch(words) is not None


class PastedSection(msgspec.Struct):
    """A section as it is pasted: the line of its heading, what it says, and the lines below."""

    line: PastedLine | None
    heading: PastedHeading | None
    below: list[PastedLine]

    @property
    def has_words(self) -> bool:
        """Whether anything is sung in it."""
        return any(line.text.strip() for line in self.below)


def with_sections(lines: Sequence[PastedLine], *, is_expanded: bool) -> Pass:
    """Write headings as `[Verse 1]`; if they are to be expanded, sections that are sung again."""
    marks: list[Mark] = []
    blocks = [*_blocks(lines, marks)]
    kept: list[PastedLine] = []
    has_verses = any(one.heading is not None and one.heading.name == "Verse" for one in blocks)
    earlier: dict[tuple[str, int], PastedSection] = {}
    for block in blocks:
        if len(kept) > MOST_LINES:
            break
        heading = block.heading
        if heading is None or block.line is None:
            kept += block.below
            continue
        before = earlier.get((heading.name, heading.number)) if not heading.suffix else None
        if not is_expanded:
            kept += [_title(block.line, heading), *block.below]
        elif before is not None and _is_again(block, before):
            kept += _sung_again(block, _words_of(before, has_verses=has_verses), marks)
        else:
            kept += _sung_often(block, marks)
        if not (before is not None and heading.is_again):
            _note(block, heading, earlier)
    return Pass(kept, marks)


def _note(
    block: PastedSection, heading: PastedHeading, earlier: dict[tuple[str, int], PastedSection]
) -> None:
    if block.has_words:
        # A name without a number means the last one, whatever its number.
        earlier[heading.name, heading.number] = earlier[heading.name, 0] = block


def _blocks(lines: Sequence[PastedLine], marks: list[Mark]) -> Iterator[PastedSection]:
    block = PastedSection(None, None, [])
    found = [heading_of(line.text) for line in lines]
    names = Counter(heading.name for heading in found if heading is not None)
    has_others = any(heading is not None and not heading.is_bare for heading in found)
    is_quiet = any(line.text != line.text.upper() for line in lines)
    loud = {line.number for line in lines if is_quiet and line.text.isupper()}
    for at, line in enumerate(lines):
        is_sure = has_others or line.number in loud
        heading, words = _heading_at(lines, at, found[at], names, is_sure=is_sure)
        if heading is None:
            block.below.append(line)
            continue
        if block.line is not None or block.below:
            yield block
        marks += _marks_of(line, heading, words)
        block = PastedSection(line, heading, [line.but(words)] if words else [])
    yield block


def _heading_at(
    lines: Sequence[PastedLine],
    at: int,
    heading: PastedHeading | None,
    names: Counter[str],
    *,
    is_sure: bool,
) -> tuple[PastedHeading | None, str]:
    """Return the heading that a line is, and words that stand behind it on the line."""
    if heading is None:
        led = led_by_heading(lines[at].text)
        if led is None:
            return None, ""
        return led[0], "" if are_chords(led[1]) else led[1]
    if not heading.is_bare:
        return heading, ""
    # A name with nothing around it is a heading above a stanza, or of one that is known.
    above = lines[at - 1].text.strip() if at else ""
    below = lines[at + 1].text.strip() if at + 1 < len(lines) else ""
    is_known = names[heading.name] > 1
    if above and not (is_sure or is_known):
        return None, ""
    return (heading if below or (is_known and heading.name in SUNG_AGAIN) else None), ""


def _marks_of(line: PastedLine, heading: PastedHeading, words: str) -> Iterator[Mark]:
    text = line.text.strip()
    section = section_of(text)
    if heading.singers:
        yield Mark(SINGERS, text, line.number)
    if section is not None and not section.is_known:
        yield Mark(TRANSLATED, text, line.number)
    elif section is None and not (words and text.startswith("[")):
        yield Mark(NAMES_OF_SECTIONS, text, line.number)


def _is_again(block: PastedSection, earlier: PastedSection) -> bool:
    heading = block.heading
    if heading is None or heading.name not in SUNG_AGAIN:
        return False
    if not block.has_words or heading.is_again:
        return True
    # Both stand above an empty line, or else this one means what the other has below it.
    is_apart, was_apart = (not one.below[0].text.strip() for one in (block, earlier))
    return is_apart and not was_apart


def _sung_again(
    block: PastedSection, words: Sequence[PastedLine], marks: list[Mark]
) -> Iterator[PastedLine]:
    """Yield a section that has words of an earlier one, and what is below it as another stanza."""
    yield from _turns(block, words, marks, AGAIN)
    if block.below and block.below[0].text.strip():
        yield block.below[0].but("")
    yield from block.below


def _sung_often(block: PastedSection, marks: list[Mark]) -> Iterator[PastedLine]:
    """Yield a section with its own words, as often as its heading says."""
    words = _trimmed(block.below)
    yield from _turns(block, words, marks)
    yield from block.below[len(words) :]


def _turns(
    block: PastedSection, words: Sequence[PastedLine], marks: list[Mark], kind: str = ""
) -> Iterator[PastedLine]:
    line, heading = block.line, block.heading
    assert line is not None and heading is not None  # noqa: S101, PT018
    times = heading.times if heading.times <= MOST_TIMES and words else 1
    met = [kind] if kind else []
    met += [REPEATS] if times > 1 else []
    marks += [Mark(one, line.text.strip(), line.number) for one in met]
    for turn in range(times):
        if turn:
            yield line.but("")
        yield _title(line, heading)
        yield from [line.but(one.text) for one in words] if turn or kind else words


def _title(line: PastedLine, heading: PastedHeading) -> PastedLine:
    """Return the section line; one that engines know stays as it is written."""
    section = section_of(line.text)
    is_known = section is not None and section.is_known and not heading.singers
    return line.but(line.text.strip() if is_known else heading.text)


def _words_of(block: PastedSection, *, has_verses: bool) -> list[PastedLine]:
    """Return the lines of a section; only its first stanza where verses have no headings."""
    lines = _trimmed(block.below)
    first = next((n for n, line in enumerate(lines) if line.text.strip()), 0)
    lines = lines[first:]
    if has_verses:
        return lines
    end = next((n for n, line in enumerate(lines) if not line.text.strip()), len(lines))
    return lines[:end]


def _trimmed(lines: Sequence[PastedLine]) -> list[PastedLine]:
    kept = list(lines)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return kept


def with_repeats(lines: Sequence[PastedLine]) -> Pass:
    """Write lines and stanzas out that say how often they are sung."""
    kept: list[PastedLine] = []
    marks: list[Mark] = []
    for line in lines:
        if len(kept) > MOST_LINES:
            break
        match = _END.search(line.text) if line.text else None
        times = _times(match) if match is not None else 1
        if match is None or not 1 <= times <= MOST_TIMES:
            kept.append(line)
            continue
        bare = line.text[: match.start()].rstrip()
        stanza = [] if bare else _stanza_above(kept)
        if not bare and not stanza:
            kept.append(line)
            continue
        marks.append(Mark(REPEATS, match[0].strip(), line.number))
        if bare:
            kept += [line.but(bare)] * times
        else:
            again = [line.but(""), *(line.but(one.text) for one in stanza)]
            kept = _trimmed(kept)
            kept += again * (times - 1)
    return Pass(kept, marks)


def _times(match: re.Match[str]) -> int:
    if match["again"] is not None:
        return 2
    return int(next(filter(None, (match[name] for name in "abcdef")), "1"))


def _is_alone(text: str) -> bool:
    """Return whether a line only says how often something is sung."""
    match = _END.search(text)
    return match is not None and not text[: match.start()].strip()


def _stanza_above(lines: Sequence[PastedLine]) -> list[PastedLine]:
    stanza: list[PastedLine] = []
    for line in reversed(_trimmed(lines)):
        if not line.text.strip() or section_of(line.text) is not None or _is_alone(line.text):
            break
        stanza.append(line)
    return stanza[::-1]
