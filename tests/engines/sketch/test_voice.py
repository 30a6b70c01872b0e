"""The singer's mouth, seen in formant tracks and in the sound."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from songbatch.engines.sketch.compose.singing import Note
from songbatch.engines.sketch.phonetics.syllable import Syllable
from songbatch.engines.sketch.voice.articulation import articulate
from songbatch.engines.sketch.voice.formants import formant_tracks
from songbatch.engines.sketch.voice.singer import Timbre, sing
from songbatch.engines.sketch.voice.timing import syllable_spans, timed_phones
from songbatch.engines.sketch.voice.tracks import FRAMES
from songbatch.engines.sketch.voice.tract import RATE
from songbatch.engines.sketch.voice.vowels import VOWELS

START, LENGTH = 0.5, 0.4


def notes(*syllables: str) -> list[Note]:
    """A note for each syllable, written `onset vowel` or `vowel`, one right after the other."""
    found = []
    for number, text in enumerate(syllables):
        *onset, vowel = text.split()
        start = START + number * LENGTH
        syllable = Syllable(tuple(onset), vowel, (), 1, text)
        found.append(Note(start, start + LENGTH, 52.0, syllable, 0))
    return found


def second_formant(*syllables: str) -> NDArray[np.float64]:
    return formant_tracks(list(timed_phones(notes(*syllables))), int(3 * FRAMES))[:, 1]


def level(sung: NDArray[np.float32], at: float, low: float, high: float) -> float:
    """Return dB between two frequencies (Hz) in the 40 ms around `at`."""
    piece = sung[int((at - 0.02) * RATE) : int((at + 0.02) * RATE)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    hertz = np.fft.rfftfreq(len(piece), 1 / RATE)
    return float(10 * np.log10(spectrum[(hertz >= low) & (hertz < high)].sum() + 1e-12))


@pytest.mark.parametrize("vowel", ["IY", "AA", "UW", "EH"])
def test_vowels_reach_their_targets_between_all_consonants(vowel: str) -> None:
    middle = int((START + LENGTH / 2) * FRAMES)
    for consonant in ("B", "D", "G", "M", "N", "S", "W", "R", "HH"):
        path = second_formant(f"{consonant} {vowel}", f"{consonant} {vowel}")
        assert path[middle] == pytest.approx(VOWELS[vowel][0][1], rel=0.02), consonant


def test_lips_lower_the_second_formant_and_the_tongue_tip_raises_it() -> None:
    edge = int(START * FRAMES)
    target = VOWELS["AA"][0][1]
    assert second_formant("B AA")[edge] < target - 50
    assert second_formant("D AA")[edge] > target + 100
    assert second_formant("G AA")[edge] > target + 200


def test_a_consonant_leans_to_the_vowel_beside_it() -> None:
    edge = int((START - 0.03) * FRAMES)
    assert second_formant("B IY")[edge] > second_formant("B UW")[edge] + 400


def test_closed_lips_leave_a_hum_and_a_nose_more() -> None:
    timbre = Timbre(1.0, 0.0)

    def heard(consonant: str) -> tuple[float, float]:
        sung = notes("AA", f"{consonant} AA")
        sound = sing(sung, 2.0, timbre, np.random.default_rng(1))
        onset = syllable_spans(sung)[1]
        at = onset.start + 0.4 * (onset.vowel - onset.start)
        return level(sound, at, 60, 350), level(sound, at, 700, 3000)

    (hum, muffled), (nose, murmur) = heard("B"), heard("M")
    assert hum > muffled + 8
    assert murmur > muffled + 3
    assert abs(nose - hum) < 15


def test_an_open_nose_is_heard_in_the_vowels_beside_a_nasal_and_no_further() -> None:
    closed, opened = (articulate(notes("T A", f"{nasal} A"), 3.0).nasal for nasal in ("M", "M~"))
    begin = int((START + LENGTH) * FRAMES) - int(0.105 * FRAMES)
    assert closed[begin - int(0.05 * FRAMES)] < 0.1 < opened[begin - int(0.05 * FRAMES)]
    assert opened[begin - int(0.15 * FRAMES)] == 0.0
