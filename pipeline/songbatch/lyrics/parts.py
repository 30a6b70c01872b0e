"""Parts of lyrics that are longer than one request takes: where they are cut, and their words.

Cuts go by lines and not by letters, as far as the bound leaves a choice: who edits a line does not
move the cuts, so that one part changes.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from songbatch.lyrics.cuts import Border
from songbatch.lyrics.sections import HASHES, between_marks, section_of, sent_length
from songbatch.traits import Grammar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.traits import Traits

MOST_LINES = 2000
"""Lines that are cut: no song has as many."""


def parts_of(lyrics: str, traits: Traits) -> tuple[str, ...]:
    """Return the parts of final lyrics that are longer than one request takes.

    () for those that fit, for an engine whose songs are not cut, and for what cannot be.
    """
    longest, grammar = traits.lyrics.most, traits.grammar
    if not traits.parts.most or sent_length(lyrics, grammar) <= longest:
        return ()
    # A line that is longer than what suits an engine may still be one that it takes.
    return cut(lyrics, traits.parts.most, grammar) or cut(lyrics, longest, grammar)


def cut(lyrics: str, most: int, grammar: Grammar) -> tuple[str, ...]:
    """Return final lyrics in parts of at most `most` characters, as few and as even as they can be.

    They are cut where a section begins, else where a stanza does, else at a line; what goes on with
    a section has its name above it again. What asks for accompaniment stays with the first and the
    last. () if there is nothing to cut, or if a line alone is too long.
    """
    opening, lines, closing = between_marks(lyrics)
    if len(lines) > MOST_LINES:
        return ()
    if grammar is not Grammar.HASHES:
        lines = _with_headings(lines)
    bounds = _best(lines, most - 2 * len(HASHES), grammar)
    if len(bounds) < 3:
        return ()
    texts = [_text(lines, first, until) for first, until in pairwise(bounds)]
    # Marks count only at both ends.
    mark = HASHES if opening and closing else ""
    texts[0], texts[-1] = f"{mark}{texts[0]}{mark}", f"{mark}{texts[-1]}{mark}"
    return tuple(texts)


def _with_headings(lines: Sequence[str]) -> list[str]:
    """Return lines in which a stanza that comes again is called a chorus, if no section is named.

    A part alone does not show what comes again in the song.
    """
    if any(map(section_of, lines)):
        return list(lines)
    stanzas = list(_stanzas(lines))
    texts = ["\n".join(lines[first:until]).casefold() for first, until in stanzas]
    times = Counter(texts)
    if len(times) < 2 or max(times.values()) < 2:
        return list(lines)
    headings = {
        first: "[Chorus]" if times[text] == max(times.values()) else "[Verse]"
        for (first, _), text in zip(stanzas, texts, strict=True)
    }
    return [
        each for n, line in enumerate(lines) for each in (headings.get(n), line) if each is not None
    ]


def _stanzas(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    first = None
    for number, line in enumerate([*lines, ""]):
        if line.strip() and first is None:
            first = number
        elif not line.strip() and first is not None:
            yield first, number
            first = None


def _best(lines: Sequence[str], most: int, grammar: Grammar) -> list[int]:
    """Return the bounds of the best parts, 0 and the end among them; [] if there are none."""
    is_sent = grammar in {Grammar.SECTIONS, Grammar.SECTIONS_ALONE}
    lengths = [len(line) + 1 if is_sent or not section_of(line) else 0 for line in lines]
    before = list(accumulate(lengths, initial=0))
    sung = list(accumulate((_is_sung(line) for line in lines), initial=0))
    cuts = {0: Border.SECTION, **_cuts(lines), len(lines): Border.SECTION}
    places = sorted(cuts)
    # Lines cut, stanzas cut, parts, and how uneven they are.
    costs: dict[int, tuple[tuple[int, int, int, int], int]] = {0: ((0, 0, 0, 0), 0)}
    for number, until in enumerate(places[1:], 1):
        found = []
        for first in reversed(places[:number]):
            if before[until] - before[first] - 1 > most:
                break
            if first not in costs or not (words := sung[until] - sung[first]):
                continue
            (by_line, by_stanza, parts, uneven), _ = costs[first]
            kind = cuts[until]
            cost = (by_line + (kind is Border.LINE), by_stanza + (kind is Border.STANZA),
                    parts + 1, uneven + words * words)  # fmt: skip
            found.append((cost, first))
        if found:
            costs[until] = min(found)
    if len(lines) not in costs:
        return []
    bounds = [len(lines)]
    while bounds[-1]:
        bounds.append(costs[bounds[-1]][1])
    return bounds[::-1]


def _is_sung(line: str) -> bool:
    return bool(line.strip()) and section_of(line) is None


def _cuts(lines: Sequence[str]) -> dict[int, Border]:
    """Return where lines may be cut: the number of the first line behind it, and how good it is."""
    found = {}
    for number in range(1, len(lines)):
        line, last = lines[number], lines[number - 1]
        if section_of(line):
            found[number] = Border.SECTION
        elif line.strip() and not section_of(last):
            found[number] = Border.LINE if last.strip() else Border.STANZA
    return found


def _text(lines: Sequence[str], first: int, until: int) -> str:
    """Return the lines of a part; one that goes on with a section begins with its name."""
    text = "\n".join(lines[first:until]).strip("\n")
    if section_of(lines[first]):
        return text
    named = next((line for line in reversed(lines[:first]) if section_of(line)), None)
    return text if named is None else f"{named.strip()}\n{text}"
