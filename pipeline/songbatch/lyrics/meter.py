"""The lyric meter: syllables of lyrics by section and line, and how long they take to sing. Pure.

Nobody knows how long a song gets before it is there. The estimate goes by songs that were made
before, or by a figure of the engine's own; whoever shows it says which.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import msgspec

from songbatch.lyrics.cuts import Cut, cut_points
from songbatch.lyrics.places import first_beyond, source_line
from songbatch.lyrics.sections import (
    counted,
    in_grammar,
    section_of,
    sent_length,
    without_marks,
)
from songbatch.traits import Grammar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from songbatch.traits import Traits

    CountSyllables = Callable[[str], int]
    """The syllables of a line of words."""

BREATH, PAUSE = 2.6, 3.6
"""Syllables whose time the end of a line takes, and an empty line: as the sketch engine sings."""
FEWEST = 3
"""Songs that an estimate needs."""
FULL = 0.85
"""Of an engine's longest song: one that is longer was sung as fast as it had to be."""


class MeteredLine(msgspec.Struct, frozen=True):
    """A line of words: its number in the lyrics, from 1, and its syllables."""

    number: int
    syllables: int


class MeteredSection(msgspec.Struct, frozen=True):
    """A section, or a stanza of lyrics without any: what it is called, where it begins."""

    name: str
    line: int
    lines: tuple[MeteredLine, ...]

    @property
    def syllables(self) -> int:
        """All its syllables."""
        return sum(line.syllables for line in self.lines)


def metered(lyrics: str, count: CountSyllables) -> tuple[MeteredSection, ...]:
    """Return final lyrics section by section; stanza by stanza where no section is named."""
    lines = [without_marks(line) for line in lyrics.split("\n")]
    has_names = any(section_of(line) is not None for line in lines)
    found: list[tuple[str, int, list[MeteredLine]]] = []
    is_open = False
    for number, line in enumerate(lines, start=1):
        section = section_of(line)
        if section is not None:
            found.append((section.text, number, []))
            is_open = True
        elif line:
            if not is_open:
                found.append(("", number, []))
                is_open = True
            found[-1][2].append(MeteredLine(number, count(line)))
        elif not has_names:
            is_open = False
    return tuple(MeteredSection(name, line, tuple(own)) for name, line, own in found)


def weight(lyrics: str, count: CountSyllables) -> float:
    """Return how much there is to sing, in syllables, with ends of lines and pauses among them."""
    total, is_begun, pauses = 0.0, False, 0
    for line in in_grammar(lyrics, Grammar.HASHES).split("\n"):
        words = without_marks(line)
        if words:
            total += count(words) + BREATH + (PAUSE * pauses if is_begun else 0)
            is_begun, pauses = True, 0
        else:
            pauses += 1
    return total


class Pace(msgspec.Struct, frozen=True):
    """How long songs get: `first` seconds, and `each` second for each syllable of their weight.

    None lasts longer than `most` seconds: what has more words is sung faster. It rests on so many
    `songs`, from which it is `error` seconds off on average; 0 songs for an engine's own figure.
    """

    first: float
    each: float
    most: float
    songs: int = 0
    error: float = 0.0

    def unhurried(self, weight: float) -> float:
        """Return the seconds it would take if there were no longest song."""
        return self.first + self.each * weight

    def seconds(self, weight: float) -> float:
        """Return the seconds of a song."""
        return min(self.unhurried(weight), self.most)


def pace_of(songs: Iterable[tuple[float, float]], most: float) -> Pace | None:
    """Return the pace of songs, given as weight and seconds; None if they are too few or alike.

    `most` is the longest song that the engine makes, in seconds. Those near it say nothing of how
    long a syllable takes.
    """
    songs = list(songs)
    free = [one for one in songs if one[1] < FULL * most]
    full = [seconds for _, seconds in songs if seconds >= FULL * most]
    if len(free) < FEWEST:
        return None
    mean = sum(one for one, _ in free) / len(free), sum(one for _, one in free) / len(free)
    spread = sum((one - mean[0]) ** 2 for one, _ in free)
    if not spread:
        return None
    each = sum((one - mean[0]) * (seconds - mean[1]) for one, seconds in free) / spread
    if each <= 0:
        return None
    pace = Pace(mean[1] - each * mean[0], each, median(full) if full else most)
    errors = [abs(pace.seconds(one) - seconds) for one, seconds in songs]
    return Pace(pace.first, each, pace.most, len(songs), sum(errors) / len(errors))


class PassedLimit(msgspec.Struct, frozen=True):
    """A limit that lyrics pass: of what, how much there is, the line where; where to cut before.

    Beyond one that `is_advised`, words may be hurried or dropped.
    """

    unit: str
    most: float
    there_is: float
    line: int
    cuts: tuple[Cut, ...]
    is_advised: bool = False


def limits_passed(
    lyrics: str, traits: Traits, pace: Pace | None, count: CountSyllables
) -> list[PassedLimit]:
    """Return the limits of an engine that final lyrics pass; without a pace, not in seconds."""
    found = []
    sent = counted(lyrics, traits.grammar)
    rule = traits.lyrics
    bounds = [(rule.most, False), *([(rule.advised, True)] if rule.advised is not None else [])]
    passed = next(((most, advised) for most, advised in bounds if len(sent) > most), None)
    if passed is not None:
        most, is_advised = passed
        line = source_line(lyrics, sent, first_beyond(sent, most))
        cuts = cut_points(lyrics, most, lambda part: sent_length(part, traits.grammar))
        found.append(PassedLimit("characters", most, len(sent), line, cuts, is_advised))
    longest = traits.song.most
    if pace is None:
        return found
    whole = pace.unhurried(weight(lyrics, count))
    if whole > longest:

        def seconds(part: str) -> float:
            return pace.unhurried(weight(part, count))

        line = _line_beyond(lyrics, longest, seconds)
        cuts = cut_points(lyrics, longest, seconds)
        found.append(PassedLimit("seconds", longest, whole, line, cuts, is_advised=True))
    return found


def _line_beyond(lyrics: str, most: float, seconds: Callable[[str], float]) -> int:
    """Return the line, from 1, with which lyrics get longer than so many seconds."""
    lines: Sequence[str] = lyrics.split("\n")
    low, high = 1, len(lines)
    while low < high:
        middle = (low + high) // 2
        if seconds("\n".join(lines[:middle])) > most:
            high = middle
        else:
            low = middle + 1
    return low
