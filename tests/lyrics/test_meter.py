"""The lyric meter: sections and their syllables, a pace of past songs, limits that are passed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics.meter import (
    MeteredLine,
    MeteredSection,
    Pace,
    limits_passed,
    metered,
    pace_of,
    weight,
)
from songbatch.traits import HOSTED_CONTRACT


def words(line: str) -> int:
    return len(line.split())


def test_lyrics_are_metered_by_sections_or_else_by_stanzas() -> None:
    named = metered("##one two\n\n[Verse]\none\n\none two three\n[Solo]##", words)
    assert named == (
        MeteredSection("", 1, (MeteredLine(1, 2),)),
        MeteredSection("[Verse]", 3, (MeteredLine(4, 1), MeteredLine(6, 3))),
        MeteredSection("[Solo]", 7, ()),
    )
    bare = metered("one\ntwo\n\nthree", words)
    assert [(one.name, one.line, one.syllables) for one in bare] == [("", 1, 2), ("", 4, 1)]


def test_breaths_and_pauses_weigh_as_syllables_do() -> None:
    assert weight("one two\n\n[Verse]\nthree", words) == pytest.approx(2 + 2.6 + 3.6 + 1 + 2.6)


@given(st.floats(0, 20), st.floats(0.1, 2), st.lists(st.integers(5, 100), min_size=3, max_size=20))
def test_a_pace_is_found_again_in_its_songs(first: float, each: float, sizes: list[int]) -> None:
    songs = [(float(size), first + each * size) for size in sizes]
    pace = pace_of(songs, 1000.0)
    if len(set(sizes)) == 1:
        assert pace is None
        return
    assert pace is not None
    assert pace.seconds(50) == pytest.approx(first + each * 50, abs=0.01)
    assert pace.songs == len(sizes)
    assert pace.error == pytest.approx(0, abs=0.01)


def test_songs_as_long_as_they_may_be_tell_only_the_end() -> None:
    songs = [(20.0, 15.0), (40.0, 25.0), (60.0, 35.0), (200.0, 56.0), (300.0, 58.0)]
    pace = pace_of(songs, 60.0)
    assert pace is not None
    assert pace.unhurried(80) == pytest.approx(45)
    assert pace.seconds(400) == 57
    assert pace_of(songs[2:], 60.0) is None


def test_a_limit_names_its_line_and_where_to_cut() -> None:
    stanza = "\n".join(["word " * 9 + "x"] * 4)
    lyrics = f"{stanza}\n\n{stanza}\n\n{stanza}\n\n{stanza}"
    characters, seconds = limits_passed(lyrics, HOSTED_CONTRACT, Pace(0, 1, 57), words)
    assert (characters.unit, characters.most, characters.is_advised) == ("characters", 600, False)
    assert (characters.line, [cut.line for cut in characters.cuts]) == (16, [16])
    assert (seconds.unit, seconds.line) == ("seconds", 6)
    assert [cut.line for cut in seconds.cuts] == [6, 11, 16]
