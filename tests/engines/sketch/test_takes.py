"""Two takes of the same words differ in rhythm and in melody, whatever the words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.compose.form import LONGEST
from songbatch.engines.sketch.compose.score import Score, compose
from songbatch.engines.sketch.compose.singing import Note
from songbatch.engines.sketch.phonetics.lyrics import read
from songbatch.model import Purpose
from support.references import MINOR, band, voice

BANDS = [
    features.extract(band(100.0, 7), Purpose.INSTRUMENTAL),
    features.extract(band(124.0, 4, MINOR), Purpose.INSTRUMENTAL),
]
SINGER = features.extract(voice((60.0, 64.0, 67.0)), Purpose.VOICE)
WORDS = (
    *("light", "lantern", "a", "the", "of", "morning", "imagination", "rain", "you", "remember"),
    *("I", "we", "under", "window", "electricity", "and", "gold", "over", "again", "baker"),
    *("sing", "oh", "tomorrow", "butterfly", "heart", "to", "me"),
)


def drawn(seed: int) -> str:
    """Return lyrics of one to four lines of two to seven words."""
    rng = np.random.default_rng(seed)
    return "\n".join(
        " ".join(rng.choice(WORDS, int(rng.integers(2, 8)))) for _ in range(int(rng.integers(1, 5)))
    )


MOVED = 0.05
"""Seconds between two beginnings that are not those of one rhythm; singers are up to 12 ms off."""

LYRICS = [
    *(drawn(seed) for seed in range(12)),
    *("Light the lanterns.", "la la la la", "Happy birthday to you", "Hello\nGoodbye"),
    *("Der Mond ist aufgegangen", "yo te espero mañana", "##go go go##", "word " * 100),
]


def takes(number: int, *, played: bool) -> list[Score]:
    lyrics, heard = read(LYRICS[number]), BANDS[number % 2] if played else None
    return [
        compose(lyrics, SINGER.voice, heard, SINGER, take, np.random.default_rng((number, take)))
        for take in (1, 2, 3, 4)
    ]


def begins(notes: tuple[Note, ...]) -> np.ndarray:
    return np.array([note.start for note in notes])


def lasts(notes: tuple[Note, ...]) -> np.ndarray:
    """Return seconds from each syllable to the next, as a rhythm: against their mean."""
    steps = np.array([b.start - a.start for a, b in itertools.pairwise(notes) if a.line == b.line])
    return np.asarray(steps / steps.mean())


@pytest.mark.parametrize("played", [True, False])
def test_any_two_of_four_takes_differ_in_rhythm_and_melody(played: bool) -> None:
    """Words of four syllables share some: so a floor for each pair, and a high mean over all.

    Rhythms must not only be moved: the lengths of syllables differ as well.
    """
    moved, pitches, lengths = [], [], []
    for number, text in enumerate(LYRICS):
        for one, other in itertools.combinations(takes(number, played=played), 2):
            count = min(len(one.notes), len(other.notes))
            a, b = one.notes[:count], other.notes[:count]
            pitches.append(np.mean([x.pitch != y.pitch for x, y in zip(a, b, strict=True)]))
            lengths.append(np.mean(np.abs(lasts(a) - lasts(b)) > 0.15))
            moved.append(np.mean(np.abs(begins(a) - begins(b)) > MOVED))
            assert moved[-1] > 0.33, text
            assert pitches[-1] >= 0.25, text
    assert np.mean(moved) > 0.9
    assert np.mean(pitches) > 0.65
    assert np.mean(lengths) > 0.4


@pytest.mark.parametrize("played", [True, False])
def test_every_take_can_be_followed(played: bool) -> None:
    """Nothing is rushed: phrases keep a pace at which words are understood."""
    for number in range(len(LYRICS) - 1):
        for written in takes(number, played=played):
            for line in range(written.notes[-1].line + 1):
                starts = begins(tuple(note for note in written.notes if note.line == line))
                if len(starts) > 3:
                    assert (len(starts) - 1) / (starts[-1] - starts[0]) < 4.2
            assert written.notes[-1].end <= written.seconds <= LONGEST
