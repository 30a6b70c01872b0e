"""Echoes: which lines take the music of an earlier one.

Words that come again bring their music again. A line of a second verse takes the melody of the
same line of the first, as far as it has syllables for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.sketch.compose.sections import sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.engines.sketch.compose.sections import Section, SectionKind
    from songbatch.engines.sketch.phonetics.syllable import Line

FARTHEST = 1.5
"""Ratio of syllables up to which a line can be sung to another's melody."""


class Echo(msgspec.Struct, frozen=True):
    """The line whose music another takes; with other words, only its melody."""

    line: int
    same_words: bool


def echoes(lines: Sequence[Line], sections: Sequence[Section]) -> dict[int, Echo]:
    """Return which lines echo an earlier one."""
    found: dict[int, Echo] = {}
    by_words: dict[object, int] = {}
    by_place: dict[tuple[SectionKind, int], int] = {}
    for section in sections:
        place = 0
        for number in range(section.first, section.until):
            line = lines[number]
            if not line:
                continue
            words, where = sounds(line), (section.kind, place)
            place += 1
            if words in by_words:
                found[number] = Echo(by_words[words], same_words=True)
                continue
            model = by_place.get(where)
            if model is not None and _fits(line, lines[model]):
                found[number] = Echo(model, same_words=False)
            else:
                by_place.setdefault(where, number)
            by_words[words] = number
    return found


def _fits(one: Line, other: Line) -> bool:
    return max(len(one), len(other)) <= FARTHEST * min(len(one), len(other))


def stanza_ends(lines: Sequence[Line], sections: Sequence[Section]) -> set[int]:
    """Return the lines after which a stanza has ended; so have those with the same words."""
    ends = {
        number
        for section in sections
        for number in range(section.first, section.until)
        if lines[number] and (number + 1 == section.until or not lines[number + 1])
    }
    words = {sounds(lines[number]) for number in ends}
    return {number for number, line in enumerate(lines) if line and sounds(line) in words}
