"""Timing of phones: notes with syllables → start and length of every phone.

The vowel begins on the note's start, so that consonants come before the beat as singers place
them; a coda is moved to the end of the note. If time is short, consonants are shortened alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.sketch.voice.phones import CONSONANTS, after_vowel, before_vowel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.engines.sketch.compose.singing import Note

LEGATO_GAP = 0.12
"""Seconds: shorter gaps between notes are sung through."""

CODA_SHARE = 0.85
"""Codas are shorter than onsets."""

LEAST_VOWEL = 0.07
"""Seconds."""

UNSTRESSED = 0.68
"""Level of vowels without the main stress."""


class SyllableSpan(msgspec.Struct, frozen=True):
    """When a syllable is sung, in seconds: from `start` to `end`, its vowel from `vowel` to `stop`.

    `squeeze` and `shrink` are shares of the lengths its consonants would like, before and after.
    """

    start: float
    vowel: float
    stop: float
    end: float
    squeeze: float
    shrink: float


class TimedPhone(msgspec.Struct, frozen=True):
    """A phone, a key of VOWELS or CONSONANTS, in seconds of the song.

    `level` is a vowel's; a `fresh` vowel begins a word.
    """

    phone: str
    start: float
    seconds: float
    level: float = 0.0
    fresh: bool = False

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.seconds

    @property
    def is_vowel(self) -> bool:
        """Whether it is the middle of a syllable."""
        return self.level > 0


def syllable_spans(notes: Sequence[Note]) -> list[SyllableSpan]:
    """Divide every note's time among the sounds of its syllable."""
    spans: list[SyllableSpan] = []
    for number, note in enumerate(notes):
        following = notes[number + 1] if number + 1 < len(notes) else None
        spans.append(_syllable_span(note, following, spans[-1].end if spans else 0.0))
    return spans


def _syllable_span(note: Note, following: Note | None, sung_until: float) -> SyllableSpan:
    onset = _seconds(before_vowel(note.syllable.onset))
    squeeze = min(1.0, max(0.02, note.start - sung_until) / onset) if onset else 1.0
    legato = following is not None and following.start - note.end < LEGATO_GAP
    end = following.start if legato and following else note.end
    after = _seconds(before_vowel(following.syllable.onset)) if legato and following else 0.0
    coda = _seconds(after_vowel(note.syllable.coda)) * CODA_SHARE
    length = end - note.start
    room = max(0.04, length - max(LEAST_VOWEL, 0.5 * length))
    shrink = min(1.0, room / (coda + after)) if coda + after else 1.0
    stop = max(note.start + 0.06, end - (coda + after) * shrink)
    start = note.start - onset * squeeze
    return SyllableSpan(start, note.start, stop, stop + coda * shrink, squeeze, shrink * CODA_SHARE)


def timed_phones(notes: Sequence[Note]) -> Iterator[TimedPhone]:
    """Return every phone that is sung, in order."""
    for note, span in zip(notes, syllable_spans(notes), strict=True):
        syllable = note.syllable
        yield from _cluster(before_vowel(syllable.onset), span.start, span.squeeze)
        weak = syllable.vowel == "AH" and syllable.stress == 0
        yield TimedPhone(
            "AX" if weak else syllable.vowel,
            span.vowel,
            span.stop - span.vowel,
            1.0 if syllable.stress == 1 else UNSTRESSED,
            fresh=bool(syllable.text) and not syllable.onset,
        )
        yield from _cluster(after_vowel(syllable.coda), span.stop, span.shrink)


def _cluster(names: Sequence[str], start: float, scale: float) -> Iterator[TimedPhone]:
    for name in names:
        seconds = CONSONANTS[name].ms / 1000 * scale
        yield TimedPhone(name, start, seconds)
        start += seconds


def _seconds(names: Sequence[str]) -> float:
    return sum(CONSONANTS[name].ms for name in names) / 1000
