"""Parts of a song are one performance, though none knows the words of the others."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.compose.performance import Performance
from songbatch.engines.sketch.compose.score import Score, compose
from songbatch.engines.sketch.compose.sections import SectionKind
from songbatch.engines.sketch.parts import LEAD_SECONDS, TAIL_SECONDS
from songbatch.engines.sketch.phonetics.lyrics import read
from songbatch.model import PartPlace, Purpose
from support.references import MINOR, band, voice

BANDS = [
    features.extract(band(100.0, 7, drums=True), Purpose.INSTRUMENTAL),
    features.extract(band(124.0, 4, MINOR), Purpose.INSTRUMENTAL),
    None,
]
SINGER = features.extract(voice((56.0, 59.0, 63.0)), Purpose.VOICE)
VERSE = "[Verse]\nI left the window open late\nthe party went on down the street"
SECOND = "[Verse]\nMy mother sent a letter home\nshe wrote about the summer heat"
CHORUS = "[Chorus]\nCarry me over the water\ncarry me home to you"


def part(lyrics: str, place: PartPlace, number: int, take: int = 1) -> Score:
    return compose(
        replace(read(lyrics), is_part=True),
        SINGER.voice,
        BANDS[number],
        SINGER,
        take,
        np.random.default_rng(take),
        performance=Performance(place, take),
    )


def sung(score: Score, kind: SectionKind) -> list[tuple[float, float]]:
    """Return the notes of the first section of a kind, from its first bar on."""
    phrases = [(one, phrase) for one in score.parts for phrase in one.phrases]
    section = next(one for one, _ in phrases if one.kind is kind)
    lines = {number for number, (one, _) in enumerate(phrases) if one is section}
    begin = score.origin + section.first * score.chord_span
    notes = (note for note in score.notes if note.line in lines)
    return [(round(note.start - begin, 6), note.pitch) for note in notes]


@pytest.mark.parametrize("number", range(len(BANDS)))
@pytest.mark.parametrize("take", [1, 3])
def test_a_chorus_is_the_same_in_every_part(number: int, take: int) -> None:
    first = part(f"{VERSE}\n\n{CHORUS}", PartPlace.FIRST, number, take)
    later = part(f"{SECOND}\n\n{CHORUS}", PartPlace.MIDDLE, number, take)
    last = part(CHORUS, PartPlace.LAST, number, take)
    wanted = sung(first, SectionKind.CHORUS)
    assert wanted
    assert sung(later, SectionKind.CHORUS) == wanted
    assert sung(last, SectionKind.CHORUS) == wanted
    assert first.bpm == later.bpm == last.bpm


@pytest.mark.parametrize("number", range(len(BANDS)))
def test_a_part_is_whole_bars_with_a_lead_and_a_tail(number: int) -> None:
    for place in (PartPlace.FIRST, PartPlace.MIDDLE):
        score = part(f"{VERSE}\n\n{CHORUS}", place, number)
        lead = 0.0 if place is PartPlace.FIRST else LEAD_SECONDS
        begin = score.origin if BANDS[number] is None else 0.0
        begin = lead if place is not PartPlace.FIRST else begin
        bars = (score.seconds - score.skipped - begin - TAIL_SECONDS) / score.bar_seconds
        assert bars == pytest.approx(round(bars), abs=1e-6)
        assert score.is_open
        assert all(note.start - score.skipped >= 0 for note in score.notes)
        assert all(note.end <= score.seconds - TAIL_SECONDS + 1e-6 for note in score.notes)


def test_only_the_first_has_an_intro_and_only_the_last_an_outro() -> None:
    kinds = {
        place: [one.kind for one in part(f"##{VERSE}\n\n{CHORUS}##", place, 0).parts]
        for place in PartPlace
    }
    assert kinds[PartPlace.FIRST][0] is SectionKind.INTRO
    assert SectionKind.OUTRO not in kinds[PartPlace.FIRST]
    assert kinds[PartPlace.LAST][-1] is SectionKind.OUTRO
    middle = part(f"##{VERSE}\n\n{CHORUS}##", PartPlace.MIDDLE, 0)
    assert middle.silent_spans == middle.parts[0].spans
    assert not middle.hook


def test_the_words_of_a_part_decide_nothing_of_the_others() -> None:
    verse = part(VERSE, PartPlace.MIDDLE, 0)
    other = part(SECOND, PartPlace.MIDDLE, 0)
    assert verse.chords[: len(other.chords) - 3] == other.chords[: len(verse.chords) - 3]
    assert [part.kind for part in verse.parts][1:] == [SectionKind.VERSE]
