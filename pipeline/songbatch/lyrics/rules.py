"""Rules for lyrics: the one form in which they are sent, and remarks on their faults."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.lyrics.cuts import Border, cut_points
from songbatch.lyrics.garbled import LOST, garbled
from songbatch.lyrics.invisible import SEPARATOR, is_invisible
from songbatch.lyrics.length import sung_seconds
from songbatch.lyrics.pasted import MARK, is_repeat, is_time, marks
from songbatch.lyrics.places import first_beyond, source_line
from songbatch.lyrics.sections import (
    counted,
    has_words_beside,
    opens_bracket,
    opens_section,
    section_of,
    sent_length,
    without_marks,
)
from songbatch.traits import Grammar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from songbatch.traits import Traits

LINE_END = "text.line-end"
_ESCAPE = re.compile(r"\\[nrt]")
_CODE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2})")
MOST_COMPOSED = 20_000
"""Characters: normalizing takes the square of a length, and no engine takes so many."""
NAMED = 5
"""The most code points, and the most lines, that a message names."""
MOST_TOLD = 20
"""Remarks of one kind on the lyrics of one render."""
SHOWN, SHOWN_WORDS = 32, 5
"""Characters and words of a line that a message repeats."""
MOST_PLACED = 100
"""Invisible characters whose lines are looked up."""
_ASIDE = re.compile(r"\([^()\n]{0,200}[^\W\d_][^()\n]{0,200}\)")
"""Words in parentheses: what other services give to a second voice."""


def final(text: str) -> str:
    r"""Return lyrics as they are sent: NFC, `\n` ends a line, nothing blank at their ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return text if len(text) > MOST_COMPOSED else unicodedata.normalize("NFC", text)


class Remark(msgspec.Struct, frozen=True):
    """A remark on lyrics; `code` is the diagnostic's.

    `line` is the line of the lyrics that it is about, from 1. `is_of_whole` says that the line is
    only where something shows that is true of the lyrics as a whole.
    """

    code: str
    detail: str
    fix: str
    line: int = 1
    is_of_whole: bool = True
    kind: str = ""
    """What tells remarks with one code apart that are about one line."""

    @property
    def is_error(self) -> bool:
        """Whether lyrics like these cannot be sent."""
        return self.code in _ERRORS


_ERRORS = {"engine.too-long", "lyrics.empty", "lyrics.section-line", "lyrics.too-long"}


def remarks(source: str, sent: str, traits: Traits) -> list[Remark]:
    """Return everything that is wrong or doubtful about final lyrics.

    `sent` is what an engine with these traits is sent of the source: its length counts, without
    section lines where `##` has a meaning as well.
    """
    if traits.grammar is Grammar.BOTH:
        sent = counted(source, Grammar.BOTH)
    if not sent.strip():
        fix = "write at least one line; check the conditions of a template"
        return [Remark("lyrics.empty", "", fix)]
    is_sung = traits.grammar in {Grammar.HASHES, Grammar.BOTH}
    checks = (
        _length(source, sent, traits),
        _accompaniment(source),
        _words_beside(source),
        _unknown_sections(source, "left out" if is_sung else "sent as it is"),
        _open_brackets(source),
        _separators(source),
        _escapes(source),
        _pasted_marks(source),
        _parentheses(source) if is_sung else (),
        _invisible(source),
        _garbled(source),
    )
    return [remark for check in checks for remark in _most(list(check))]


def _most(found: list[Remark]) -> list[Remark]:
    """Return remarks of one kind, not too many of them."""
    if len(found) <= MOST_TOLD:
        return found
    last = found[MOST_TOLD - 1]
    detail = f"{last.detail}, and {len(found) - MOST_TOLD} more"
    return [*found[: MOST_TOLD - 1], replace(last, detail=detail)]


def _length(source: str, sent: str, traits: Traits) -> Iterator[Remark]:
    rule, count = traits.lyrics, len(sent)
    if count > rule.most:
        beyond, line = _beyond(source, sent, rule.most)
        detail = (
            f"{count} characters, at most {rule.most} are accepted: too long {beyond}"
            f"; about {sung_seconds(sent)} s unhurried"
        )
        fix = f"cut {count - rule.most} of them"
        if cut := _cut(source, rule.most, traits.grammar):
            fix += f", or make parts of them with `sections`: the second could begin with {cut}"
        yield Remark(rule.code, detail, fix, line)
    elif rule.advised is not None and count > rule.advised:
        beyond, line = _beyond(source, sent, rule.advised)
        detail = (
            f"{count} characters, {rule.advised} are safe: {beyond} words may be hurried or dropped"
            f"; about {sung_seconds(sent)} s unhurried"
        )
        fix = "shorten them, or make parts of them with `sections`"
        if cut := _cut(source, rule.advised, traits.grammar):
            fix += f": the second could begin with {cut}"
        yield Remark("lyrics.long", detail, fix, line)


def _cut(source: str, most: int, grammar: Grammar) -> str:
    """Return the section or stanza that a second part would begin with, "" if there is none."""
    cuts = cut_points(source, most, lambda part: sent_length(part, grammar))
    if not cuts or cuts[0].border is Border.LINE:
        return ""
    number = cuts[0].line
    first = without_marks(source.split("\n")[number - 1])
    return f'line {number} ("{_shortened(first)}")'


def _beyond(source: str, sent: str, most: int) -> tuple[str, int]:
    """Return from where on lyrics are too long, for a message, and the line of the source."""
    number = first_beyond(sent, most)
    line = source_line(source, sent, number)
    text = sent.split("\n")[number - 1]
    if number == 1:
        return f'after "{_shortened(sent[:most], from_end=True)}"', line
    return f'from line {line} on ("{_shortened(text)}")', line


def _shortened(text: str, *, from_end: bool = False) -> str:
    words = text.split()
    if len(" ".join(words)) <= SHOWN:
        return " ".join(words)
    kept = words[-SHOWN_WORDS:] if from_end else words[:SHOWN_WORDS]
    shown = " ".join(kept)
    shown = shown[-SHOWN:] if from_end else shown[:SHOWN]
    return f"… {shown}" if from_end else f"{shown} …"


def _accompaniment(lyrics: str) -> Iterator[Remark]:
    text = lyrics.strip()
    opens, closes = text.startswith("##"), len(text) > 2 and text.endswith("##")
    count = text.count("##")
    if count == opens + closes and opens == closes:
        return
    detail = "it stands inside the lyrics"
    if count == 1 and opens != closes:
        detail = f"it stands only at the {'beginning' if opens else 'end'}"
    places = [n for n, line in enumerate(lyrics.split("\n"), start=1) if "##" in line]
    line = places[1] if opens and len(places) > 1 else places[0]
    yield Remark("lyrics.accompaniment", detail, "write ## at both ends, or nowhere", line)


def _words_beside(lyrics: str) -> Iterator[Remark]:
    if "[" not in lyrics:
        return
    lines = ((n, without_marks(line)) for n, line in enumerate(lyrics.split("\n"), start=1))
    for text, places in _by_text((line, n) for n, line in lines if has_words_beside(line)):
        fix = "put [Section] alone on a line"
        detail = _shortened(text) + _times(places)
        yield Remark("lyrics.section-line", detail, fix, places[0], is_of_whole=False)


def _unknown_sections(lyrics: str, fate: str) -> Iterator[Remark]:
    if "[" not in lyrics:
        return
    lines = enumerate(map(section_of, map(without_marks, lyrics.split("\n"))), start=1)
    unknown = (
        (one.text, n)
        for n, one in lines
        if one is not None and not one.is_known and not is_time(one.text)
    )
    for text, places in _by_text(unknown):
        fix = "write a usual name, such as [Verse], [Chorus] or [Bridge], or remove it"
        detail = f"{text} is {fate}{_times(places)}"
        yield Remark("lyrics.section-tag", detail, fix, places[0], is_of_whole=False)


def _open_brackets(lyrics: str) -> Iterator[Remark]:
    """Remark on brackets that end on another line: they are no section, and are sung."""
    if "[" not in lyrics:
        return
    lines = [without_marks(line) for line in lyrics.split("\n")]
    for number, line in enumerate(lines, start=1):
        if not opens_bracket(line):
            continue
        after = next((other for other in lines[number:] if "[" in other or "]" in other), "")
        if "]" in after.partition("[")[0] or opens_section(line):
            fix = "close it on its line, as in [Verse]; what is sung stands on the lines below"
            detail = f"{_shortened(line)} is not closed on its line, so it is sung"
            yield Remark("lyrics.section-tag", detail, fix, number, is_of_whole=False)


def _separators(lyrics: str) -> Iterator[Remark]:
    found = SEPARATOR.findall(lyrics)
    if found:
        fix = r"replace it by a line end, in double quotes by \n"
        yield Remark(LINE_END, _names(found), fix)


def _escapes(lyrics: str) -> Iterator[Remark]:
    escape = _ESCAPE.search(lyrics)
    if escape is not None:
        fix = r"end the line instead; only in double quotes of YAML \n is a line end"
        line = lyrics.count("\n", 0, escape.start()) + 1
        detail = f"{escape[0]} is sung as it is written"
        yield Remark("lyrics.escape", detail, fix, line, is_of_whole=False)
    codes = list(_CODE.finditer(lyrics))
    if codes:
        fix = "write the character itself; only double quotes of YAML read this as one"
        places = [lyrics.count("\n", 0, code.start()) + 1 for code in codes]
        detail = f"{codes[0][0]} is sung as it is written{_times(places)}"
        yield Remark("lyrics.escape", detail, fix, places[0], is_of_whole=False, kind="codes")


def _pasted_marks(lyrics: str) -> Iterator[Remark]:
    for kind, found in marks(lyrics):
        places = [line for _, line in found]
        what = f"{kind.name} such as " if kind.code == MARK else ""
        detail = f"{what}{_shortened(found[0][0])}{_times(places)}"
        yield Remark(kind.code, detail, kind.fix, places[0], is_of_whole=False, kind=kind.name)


def _parentheses(lyrics: str) -> Iterator[Remark]:
    if "(" not in lyrics:
        return
    lines = enumerate(lyrics.split("\n"), start=1)
    found = ((match[0], n) for n, line in lines for match in _ASIDE.finditer(line))
    found = ((words, n) for words, n in found if not is_repeat(words))
    for text, places in _by_text(found):
        fix = "remove them, unless the words shall be sung where they stand"
        detail = f"{_shortened(text)}{_times(places)}"
        yield Remark("lyrics.parentheses", detail, fix, places[0], is_of_whole=False)


def _by_text(found: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[int]]]:
    """Yield every text with the lines that have it."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for text, line in found:
        places[text].append(line)
    yield from places.items()


def _times(places: Sequence[int]) -> str:
    if len(places) == 1:
        return ""
    return f", {len(places)} times ({_lines(list(dict.fromkeys(places)))})"


def _lines(numbers: Sequence[int]) -> str:
    """Return which lines of the lyrics have something."""
    shown = ", ".join(map(str, numbers[:NAMED])) + (" …" if len(numbers) > NAMED else "")
    return f"{'line' if len(numbers) == 1 else 'lines'} {shown} of the lyrics"


def _invisible(lyrics: str) -> Iterator[Remark]:
    if lyrics.replace("\n", "").isprintable():
        return
    places = [n for n, c in enumerate(lyrics) if is_invisible(c, lyrics[n - 1 : n])]
    if not places:
        return
    names = _names(lyrics[n] for n in places)
    numbers = list(dict.fromkeys(lyrics.count("\n", 0, n) + 1 for n in places[:MOST_PLACED]))
    if len(numbers) > 1:
        names += f" ({_lines(numbers)})"
    fix = "remove them; they often come with pasted text"
    if set(map(lyrics.__getitem__, places)) == {"\t"}:
        fix = "replace them by blanks"
    yield Remark("lyrics.invisible", names, fix, numbers[0], is_of_whole=False)


def _garbled(lyrics: str) -> Iterator[Remark]:
    word = garbled(lyrics)
    if word:
        fix = "write the letters as they should be, or save the text again in UTF-8 from its source"
        line = lyrics.count("\n", 0, lyrics.find(word)) + 1
        what = "a letter is lost in" if LOST in word else "read in another encoding:"
        yield Remark("lyrics.garbled", f"{what} {word}", fix, line, is_of_whole=False)


def _names(characters: Iterable[str]) -> str:
    names = list(dict.fromkeys(f"U+{ord(c):04X}" for c in characters))
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
