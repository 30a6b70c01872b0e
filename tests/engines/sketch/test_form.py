"""Songs have a form: words bring their music again, and sections are told apart."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest

from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.compose.score import Score, compose
from songbatch.engines.sketch.compose.sections import SectionKind, kind_of, sections_of
from songbatch.engines.sketch.compose.singing import Note
from songbatch.engines.sketch.phonetics.lyrics import read
from songbatch.lyrics.sections import NAMES
from songbatch.model import Purpose
from support.references import MINOR, band, voice

BANDS = [
    features.extract(band(100.0, 7, drums=True), Purpose.INSTRUMENTAL),
    features.extract(band(124.0, 4, MINOR), Purpose.INSTRUMENTAL),
    None,
]
SINGER = features.extract(voice((56.0, 59.0, 63.0)), Purpose.VOICE)

VERSE = "I left the window open late\nthe party went on down the street"
SECOND = "My mother sent a letter home\nshe wrote about the summer heat"
CHORUS = "Carry me over the water\ncarry me home to you"
SONG = "\n\n".join([VERSE, CHORUS, SECOND, CHORUS])
UNEVEN = "\n\n".join([VERSE, CHORUS, SECOND.replace("home", "all the way home"), CHORUS])
SAID = f"[Verse]\n{VERSE}\n[Chorus]\n{CHORUS}\n[Verse 2]\n{SECOND}\n[Chorus: loud]\n{CHORUS}"
VERSE_1, CHORUS_1, VERSE_2, CHORUS_2 = range(4)


def score(lyrics: str, number: int, take: int = 1) -> Score:
    heard = BANDS[number]
    return compose(read(lyrics), SINGER.voice, heard, SINGER, take, np.random.default_rng(take))


def stanzas(written: Score) -> list[list[Note]]:
    """Return the notes of each two lines."""
    found: dict[int, list[Note]] = defaultdict(list)
    for note in written.notes:
        found[note.line // 2].append(note)
    return list(found.values())


def steps(notes: list[Note]) -> list[float]:
    """Return the beginnings of notes, from the first of their line on."""
    lines = itertools.groupby(notes, lambda note: note.line)
    return [n.start - line[0].start for line in (list(each) for _, each in lines) for n in line]


@pytest.mark.parametrize("number", range(len(BANDS)))
@pytest.mark.parametrize("lyrics", [SONG, SAID, f"##{UNEVEN}##"])
@pytest.mark.parametrize("take", [1, 2, 4])
def test_words_that_come_again_bring_their_music_again(lyrics: str, number: int, take: int) -> None:
    one, other = (stanzas(score(lyrics, number, take))[n] for n in (CHORUS_1, CHORUS_2))
    assert [note.pitch for note in one] == [note.pitch for note in other]
    assert steps(one) == pytest.approx(steps(other), abs=1e-6)


@pytest.mark.parametrize("number", range(len(BANDS)))
def test_a_second_verse_has_the_melody_of_the_first(number: int) -> None:
    for take in (1, 2, 3):
        one, other = (stanzas(score(SONG, number, take))[n] for n in (VERSE_1, VERSE_2))
        assert np.mean([a.pitch == b.pitch for a, b in zip(one, other, strict=True)]) > 0.9


def test_a_verse_with_more_syllables_keeps_the_melody_around_them() -> None:
    one, other = (stanzas(score(UNEVEN, 0))[n] for n in (VERSE_1, VERSE_2))
    assert len(other) == len(one) + 3
    assert [n.pitch for n in one[-8:]] == [n.pitch for n in other[-8:]]


@pytest.mark.parametrize("lyrics", [SONG, SAID])
def test_choruses_are_sung_higher(lyrics: str) -> None:
    for number, take in itertools.product(range(len(BANDS)), (1, 2, 3)):
        each = stanzas(score(lyrics, number, take))
        height = [np.mean([note.pitch for note in notes]) for notes in each]
        assert height[CHORUS_1] > height[VERSE_1] + 1.5


def test_a_stanza_ends_on_the_tonic_over_its_chord() -> None:
    for number, take in itertools.product(range(len(BANDS)), (1, 2, 3)):
        written = score(SONG, number, take)
        for notes in stanzas(written):
            last = notes[-1]
            assert last.pitch % 12 == written.tonic
            sounding = written.chord_at((last.start + last.end) / 2)
            assert sounding == (written.tonic, written.mode)


def test_a_singer_has_room_to_breathe() -> None:
    for number, take in itertools.product(range(len(BANDS)), (1, 2, 3, 4, 5)):
        for before, after in itertools.pairwise(score(SONG, number, take).notes):
            if before.line != after.line:
                assert after.start - before.end > 0.3


def kinds(lyrics: str) -> list[str]:
    return [str(section.kind) for section in sections_of(read(lyrics))]


@pytest.mark.parametrize(
    ("lyrics", "expected"),
    [
        ("one line", ["stanza"]),
        (f"{VERSE}\n\n{SECOND}", ["stanza", "stanza"]),
        (SONG, ["verse", "chorus", "verse", "chorus"]),
        ("\n".join([VERSE, CHORUS, SECOND, CHORUS]), ["verse", "chorus", "verse", "chorus"]),
        (f"{CHORUS}\n\n{VERSE}\n\n{CHORUS}", ["chorus", "verse", "chorus"]),
        (
            f"{SONG}\n\nAnd if it rains on us tonight\n\n{CHORUS}",
            ["verse", "chorus", "verse", "chorus", "bridge", "chorus"],
        ),
        (f"{CHORUS}\n\n{CHORUS}", ["stanza", "stanza"]),
        ("Happy birthday to you\nHappy birthday to you", ["stanza"]),
        (SAID, ["verse", "chorus", "verse", "chorus"]),
        (f"[Verse]\n{VERSE}", ["stanza"]),
        (f"[Intro]\n[pre chorus]\n{VERSE}\n[Guitar Solo]\n[REFRAIN]\n{CHORUS}\n[Outro]",
         ["intro", "pre-chorus", "instrumental", "chorus", "outro"]),
        (f"{VERSE}\n[Hook]\n{CHORUS}", ["verse", "chorus"]),
        (f"[Strophe]\n{VERSE}\n[Kehrvers]\n{CHORUS}\n[Kehrvers]\n{CHORUS}",
         ["verse", "chorus", "chorus"]),
    ],
)  # fmt: skip
def test_sections_are_said_or_found(lyrics: str, expected: list[str]) -> None:
    assert kinds(lyrics) == expected


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"Fade Out"}))
def test_every_usual_name_of_a_section_means_something(name: str) -> None:
    assert kind_of(name) is kind_of(f"{name.upper()} 2: softly") is not None


def test_section_lines_are_not_sung() -> None:
    assert [note.syllable for note in score(SAID, 0).notes] == [
        note.syllable for note in score(SONG, 0).notes
    ]


def test_a_section_that_nobody_sings_in_is_played() -> None:
    plain, longer = (
        score(f"[Verse]\n{VERSE}\n{more}[Chorus]\n{CHORUS}", 0) for more in ("", "[Solo]\n")
    )
    assert longer.seconds > plain.seconds + 2 * plain.bar_seconds - 1e-6
    assert [part.kind for part in longer.parts if not part.phrases] == [
        SectionKind.INTRO, SectionKind.INSTRUMENTAL
    ]  # fmt: skip


def test_a_said_intro_is_that_of_two_hashes() -> None:
    marked, said = score(f"##{VERSE}##", 0), score(f"[Intro]\n[Verse]\n{VERSE}\n[Outro]", 0)
    assert [note.start for note in marked.notes] == [note.start for note in said.notes]
    assert marked.seconds == said.seconds
    assert said.hook
    assert {hook.pitch for hook in said.hook} <= {note.pitch for note in said.notes}


def test_takes_share_their_form() -> None:
    parts = [[p.kind for p in score(SAID, 0, take).parts] for take in (1, 2, 3, 4, 5)]
    assert all(each == parts[0] for each in parts)
