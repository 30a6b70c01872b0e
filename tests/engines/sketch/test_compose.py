"""Words and scores: syllables, stress, pauses, range, chords, length."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from msgspec.structs import replace

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.analysis.harmony import pitch_classes
from songbatch.engines.sketch.compose.form import INTRO, LONGEST
from songbatch.engines.sketch.compose.score import Score, compose
from songbatch.engines.sketch.compose.singing import SCALES, vocal_range
from songbatch.engines.sketch.phonetics.accent import ACCENTS
from songbatch.engines.sketch.phonetics.lyrics import read, syllables
from songbatch.engines.sketch.phonetics.spelling import VOWELS as VOWEL_NAMES
from songbatch.engines.sketch.voice.phones import CONSONANTS
from songbatch.engines.sketch.voice.vowels import VOWELS
from songbatch.model import Purpose
from support.references import band, voice

BAND = features.extract(band(100.0, 7), Purpose.INSTRUMENTAL)
SINGER = features.extract(voice((60.0, 64.0, 67.0)), Purpose.VOICE)
LYRICS = "Light the lanterns, pull a chair,\nthere is room for everyone here."


def score(
    lyrics: str, *, take: int = 1, seed: int = 1, sung: bool = True, played: bool = True
) -> Score:
    return compose(
        read(lyrics),
        SINGER.voice if sung else None,
        BAND if played else None,
        SINGER if sung else None,
        take,
        np.random.default_rng(seed),
    )


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("light", 1), ("lanterns", 2), ("everyone", 3), ("imagination", 5), ("the", 1)),
        *(("don't", 1), ("runnin'", 2), ("zorgling", 2), ("blorptastic", 3), ("Björn", 1)),
        *(("hmm", 1), ("x", 1), ("b", 1), ("café", 2), ("naïve", 2)),
    ],
)
def test_syllables(word: str, count: int) -> None:
    found = syllables(word)
    assert len(found) == count, found
    assert found[0].text == word
    for syllable in found:
        assert syllable.vowel in VOWEL_NAMES
        assert {*syllable.onset, *syllable.coda} <= CONSONANTS.keys()


def test_consonants_go_to_the_next_syllable_where_they_can() -> None:
    first, second = syllables("lanterns")
    assert (first.onset, first.vowel, first.coda) == (("L",), "AE", ("N",))
    assert (second.onset, second.vowel, second.coda) == (("T",), "ER", ("N", "Z"))
    assert (first.stress, second.stress) == (1, 0)


def test_every_phone_can_be_sung() -> None:
    realised = {name for accent in ACCENTS.values() for name in accent.values()}
    assert realised <= VOWELS.keys() | CONSONANTS.keys()
    assert VOWELS.keys() - realised == VOWEL_NAMES


def test_lines_pauses_and_accompaniment() -> None:
    read_ = read("##one two\n\nthree##")
    assert [len(line) for line in read_.lines] == [2, 0, 1]
    assert read_.accompanied
    assert not read("one ## two").accompanied
    assert [s.text for s in read("4 you").lines[0]] == ["four", "you"]


def test_letters_in_parts_are_letters() -> None:
    assert read("cafe\u0301 nai\u0308ve", "fr") == read("café naïve", "fr")


@pytest.mark.parametrize(
    "text",
    [
        *("", "!!!", "##", "\n\n\n", "🎂🎂", "你好 世界", "مرحبا"),
        *("a" * 600, "月" * 600, "7" * 600, "7 " * 300),
    ],
)
def test_there_is_always_something_to_sing(text: str) -> None:
    assert any(read(text).lines)
    for kind in ({}, {"sung": False}, {"played": False}):
        written = score(text, **kind)
        assert 2.0 < written.seconds <= LONGEST
        assert bool(written.notes) == ("sung" not in kind)


def test_every_note_is_in_range_in_the_scale_and_in_order() -> None:
    assert SINGER.voice is not None
    low, high = vocal_range(SINGER.voice)
    written = score(f"##{LYRICS}##")
    assert len(written.notes) == 15
    for note in written.notes:
        assert low <= note.pitch <= high
        assert (note.pitch - written.tonic) % 12 in SCALES[written.mode]
        assert note.end - note.start >= 0.1
    for before, after in itertools.pairwise(written.notes):
        assert before.end <= after.start + 1e-9
    assert written.notes[-1].end <= written.seconds


def test_melodies_lie_around_the_reference_s_middle_not_that_of_its_range() -> None:
    assert SINGER.voice is not None
    middle = []
    for median in (58.0, 61.0, 64.0):
        singer = replace(SINGER.voice, low=57.0, median=median, high=69.0)
        sung = [
            compose(read(LYRICS), singer, BAND, SINGER, take, np.random.default_rng(take))
            for take in range(1, 7)
        ]
        # The last line ends on the tonic, wherever in the range that is.
        pitches = [n.pitch for written in sung for n in written.notes if n.line == 0]
        middle.append(np.mean(pitches))
    assert middle[0] < middle[1] < middle[2]
    assert middle[0] < 62


def test_strong_beats_have_chord_notes_and_stress() -> None:
    notes = [
        (written, note)
        for take in range(1, 9)
        for written in [score(LYRICS, take=take, seed=take)]
        for note in written.notes
        if abs((note.start / written.chord_span + 0.5) % 1 - 0.5) < 0.02
    ]
    fitting = [n.pitch % 12 in pitch_classes(w.chord_at(n.start + 0.01)) for w, n in notes]
    stressed = [n.syllable.stress > 0 for _, n in notes]
    assert np.mean(fitting) > 0.7
    assert np.mean(stressed) > 0.8


def test_accompaniment_gives_an_intro_and_an_outro() -> None:
    plain, around = score(LYRICS), score(f"##{LYRICS}##")
    assert plain.intro_bars == 0
    assert around.intro_bars >= 1
    assert around.notes[0].start >= around.intro_bars * around.bar_seconds - 0.013
    assert around.seconds - around.notes[-1].end >= 0.9 * around.bar_seconds


def test_a_song_begins_and_ends_at_home() -> None:
    for text in ("one", LYRICS, f"##{LYRICS}##"):
        for take in (1, 2, 3):
            written = score(text, take=take)
            home = (written.tonic, written.mode)
            assert written.chords[0] == written.chords[-1] == home
            before = [chord for chord in written.chords if chord != home][-1:]
            assert before == [((written.tonic + 7) % 12, "major")]
            last = (len(written.chords) - 1) * written.chord_span
            assert written.seconds - last >= INTRO - 1e-9
            assert written.notes[-1].end <= last + 2 * written.beat_seconds


@pytest.mark.parametrize("bpm", [58.0, 118.0, 190.0])
def test_the_tempo_is_the_one_that_was_heard(bpm: float) -> None:
    heard = replace(BAND, rhythm=replace(BAND.rhythm, bpm=bpm))
    written = compose(read(LYRICS), SINGER.voice, heard, SINGER, 1, np.random.default_rng(1))
    assert written.bpm == bpm
    starts = [note.start for note in written.notes if note.line == 0]
    assert 1.5 < (len(starts) - 1) / (starts[-1] - starts[0]) < 4.2


def test_singers_are_a_little_off_the_grid_and_never_much() -> None:
    grid = score(LYRICS).beat_seconds / 4
    off = np.array([(n.start + grid / 2) % grid - grid / 2 for n in score(LYRICS).notes])
    assert 0.001 < np.abs(off).mean() < np.abs(off).max() <= 0.0121


def test_an_empty_line_is_a_pause() -> None:
    def gap(lyrics: str) -> float:
        notes = score(lyrics, played=False).notes
        last = max(n.end for n in notes if n.line == 0)
        return min(n.start for n in notes if n.line == 1) - last

    assert gap("one two three\n\nfour five six") > gap("one two three\nfour five six") + 1.0


def test_equal_seeds_agree_and_others_change_the_melody() -> None:
    melodies = [tuple(n.pitch for n in score(LYRICS, seed=seed).notes) for seed in (1, 1, 2, 3)]
    assert melodies[0] == melodies[1]
    assert len(set(melodies)) == 3


@pytest.mark.parametrize("text", ["word " * 120, "la\n" * 200, "\n\n".join(["one two"] * 60)])
def test_long_lyrics_end_within_a_minute(text: str) -> None:
    written = score(f"##{text[:596]}##")
    assert written.seconds <= LONGEST
    assert written.notes[-1].end <= written.seconds
    assert len(written.notes) > 30


def test_what_nobody_sings_still_lasts() -> None:
    assert score("one line", sung=False).seconds > 6
