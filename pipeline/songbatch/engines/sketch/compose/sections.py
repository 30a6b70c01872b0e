"""Sections of a song: as `[Verse]` and `[Chorus]` lines say, else found by what comes again.

A stanza is a run of lines without an empty one between them. Stanzas most of whose lines come again
are choruses; a song without any is strophic: all of its stanzas are alike.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.sketch.phonetics.lyrics import SungLyrics
    from songbatch.engines.sketch.phonetics.syllable import Line


class SectionKind(StrEnum):
    """What a section is in its song; a STANZA is one of a song without choruses."""

    INTRO = "intro"
    STANZA = "stanza"
    VERSE = "verse"
    PRE_CHORUS = "pre-chorus"
    CHORUS = "chorus"
    BRIDGE = "bridge"
    INSTRUMENTAL = "instrumental"
    OUTRO = "outro"


class Section(msgspec.Struct, frozen=True):
    """Lines `first` to before `until` of the lyrics; none if nobody sings in it."""

    kind: SectionKind
    first: int
    until: int


_NAMED = {
    SectionKind.INTRO: "intro",
    SectionKind.VERSE: "verse",
    SectionKind.PRE_CHORUS: "prechorus|build|buildup",
    SectionKind.CHORUS: "chorus|postchorus|refrain|hook|drop",
    SectionKind.BRIDGE: "bridge|breakdown",
    SectionKind.INSTRUMENTAL: "instrumental|inst|interlude|break|.*solo",
    SectionKind.OUTRO: "outro|end|fadeout",
}
_NAME = re.compile(r"[^\d:,–—]*")

ALIKE = 0.5
"""Share of a stanza's lines that come again from which on it does."""

LEAST_BLOCK = 2
"""Lines without an empty one around them that are a section when they come again."""


def kind_of(name: str) -> SectionKind | None:
    """Return what a section of that name is, such as `Verse 2` or `Pre-Chorus`."""
    found = _NAME.match(name.casefold())
    folded = re.sub(r"[\s-]", "", found[0]) if found else ""
    return next((kind for kind, names in _NAMED.items() if re.fullmatch(names, folded)), None)


def sounds(line: Line) -> tuple[object, ...]:
    """Return what is equal for lines that sound the same."""
    return tuple((s.onset, s.vowel, s.coda) for s in line)


def sections_of(lyrics: SungLyrics) -> tuple[Section, ...]:
    """Return the sections in order; together they hold all lines.

    Lyrics that are a part of a song say what their sections are, if there is a chorus in any part.
    """
    if lyrics.headings:
        found = _said(lyrics)
    else:
        bounds = _stanzas(lyrics.lines)
        found = [(None, first, until) for first, until in bounds]
    guessed = _guessed([_words(lyrics.lines, first, until) for _, first, until in found])
    kinds = [said or guess for (said, _, _), guess in zip(found, guessed, strict=True)]
    if SectionKind.CHORUS not in kinds and not (lyrics.is_part and lyrics.headings):
        kinds = [SectionKind.STANZA if kind is SectionKind.VERSE else kind for kind in kinds]
    return tuple(Section(k, a, b) for k, (_, a, b) in zip(kinds, found, strict=True))


def _said(lyrics: SungLyrics) -> list[tuple[SectionKind | None, int, int]]:
    """Return kind, first line and end of every section that is said, and of what is before."""
    starts = [heading.line for heading in lyrics.headings]
    ends = [*starts[1:], len(lyrics.lines)]
    found = [
        (kind_of(heading.name), start, end)
        for heading, start, end in zip(lyrics.headings, starts, ends, strict=True)
    ]
    return [(None, 0, starts[0]), *found] if starts[0] else found


def _words(lines: Sequence[Line], first: int, until: int) -> tuple[object, ...]:
    return tuple(sounds(line) for line in lines[first:until] if line)


def _stanzas(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Return first line and end of every stanza, with the empty lines after it."""
    starts = [n for n, line in enumerate(lines) if line and (n == 0 or not lines[n - 1])]
    if len(starts) == 1:
        starts += [n for n in _block_edges(lines) if n not in starts]
    starts = [0, *sorted(starts)[1:]]
    return list(zip(starts, [*starts[1:], len(lines)], strict=True))


def _block_edges(lines: Sequence[Line]) -> list[int]:
    """Return where the longest block of lines that comes again begins and ends, each time."""
    heard = [sounds(line) for line in lines]
    for size in range(len(lines) // 2, LEAST_BLOCK - 1, -1):
        for first in range(len(lines) - 2 * size + 1):
            block = heard[first : first + size]
            places, at = [], first
            while at + size <= len(lines):
                if heard[at : at + size] == block:
                    places.append(at)
                    at += size
                else:
                    at += 1
            is_all = len(places) * size == len(lines)
            if len(places) > 1 and not is_all and len(set(block)) > 1:
                return sorted({edge for at in places for edge in (at, at + size)} - {len(lines)})
    return []


def _guessed(stanzas: list[tuple[object, ...]]) -> list[SectionKind]:
    """Return what stanzas are by what comes again of them."""
    again = [sum(_alike(one, other) for other in stanzas) if one else 0 for one in stanzas]
    most = max(again, default=0)
    if most < 2 or all(count == most for count in again):
        return [SectionKind.VERSE if one else SectionKind.INSTRUMENTAL for one in stanzas]
    # Of two that come as often, the later one is the chorus.
    model = max(
        (n for n, count in enumerate(again) if count == most), key=lambda n: _since(stanzas, n)
    )
    kinds = []
    for number, one in enumerate(stanzas):
        before = sum(_alike(stanzas[model], other) for other in stanzas[:number])
        after = any(_alike(stanzas[model], other) for other in stanzas[number + 1 :])
        if not one:
            kinds.append(SectionKind.INSTRUMENTAL)
        elif _alike(stanzas[model], one):
            kinds.append(SectionKind.CHORUS)
        else:
            is_bridge = before > 1 and after and again[number] < 2
            kinds.append(SectionKind.BRIDGE if is_bridge else SectionKind.VERSE)
    return kinds


def _since(stanzas: list[tuple[object, ...]], number: int) -> int:
    """Return the first stanza that is like one."""
    return next(n for n, other in enumerate(stanzas) if _alike(stanzas[number], other))


def _alike(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    if not one or not other:
        return False
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return same >= ALIKE * max(len(one), len(other)) and same > 0
