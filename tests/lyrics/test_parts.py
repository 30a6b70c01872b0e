"""Long lyrics are cut where they may be, evenly, and at the same places after an edit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.catalog import ENGINES
from songbatch.lyrics import final, words_only
from songbatch.lyrics.parts import cut, parts_of
from songbatch.lyrics.sections import sent_length
from songbatch.traits import Grammar

VERSE = "[Verse]\nDown at the harbour where the ships lie,\nthe gulls are turning in the sky"
CHORUS = "[Chorus]\nOh, carry me over the water,\ncarry me home by the light"
LINES = st.sampled_from(["la la la", "one two three four five", "", "[Verse]", "[Chorus: loud]"])


def words(text: str) -> list[str]:
    return [line for line in words_only(text).split("\n") if line.strip()]


@given(st.lists(LINES, min_size=1, max_size=60), st.integers(40, 200), st.sampled_from(Grammar))
def test_parts_fit_and_have_all_words_in_order(
    lines: list[str], most: int, grammar: Grammar
) -> None:
    lyrics = final("\n".join(lines))
    parts = cut(lyrics, most, grammar)
    if not parts:
        assert len(lyrics) <= most or not words(lyrics) or len(set(words(lyrics))) <= 2
        return
    # What goes on with a section has its name above it again.
    assert all(sent_length(part, grammar) <= most + len("[Chorus: loud]\n") for part in parts)
    sung = [line for part in parts for line in part.split("\n") if not line.startswith("[")]
    assert [line for line in sung if line.strip()] == words(lyrics)


@pytest.mark.parametrize("grammar", [Grammar.HASHES, Grammar.BOTH])
def test_sections_stay_whole_where_they_fit(grammar: Grammar) -> None:
    song = "\n\n".join([VERSE, CHORUS] * 3)
    assert cut(song, 160, grammar) == (f"{VERSE}\n\n{CHORUS}",) * 3
    assert cut(song, 90, grammar) == (VERSE, CHORUS) * 3


def test_stanzas_are_cut_where_no_section_begins_and_lines_as_the_last_resort() -> None:
    stanza = "la la la la\nlo lo lo lo"
    assert cut(f"{stanza}\n\n{stanza}", 40, Grammar.HASHES) == (stanza, stanza)
    named = f"[Verse 2]\n{stanza}\n{stanza}"
    assert cut(named, 40, Grammar.HASHES) == (f"[Verse 2]\n{stanza}",) * 2


def test_a_line_that_is_too_long_is_not_cut() -> None:
    assert cut("la " * 50 + "\nlo", 100, Grammar.HASHES) == ()


def test_what_asks_for_accompaniment_stays_at_the_ends_of_the_song() -> None:
    parts = cut("##" + "\n\n".join([VERSE, CHORUS, VERSE]) + "##", 90, Grammar.BOTH)
    assert [part.count("##") for part in parts] == [2, 0, 2]


def test_stanzas_that_come_again_are_called_a_chorus_in_every_part() -> None:
    verses = [f"verse {n} la la la la la la\nla la la la la la la" for n in (1, 2)]
    again = "over and over again\nover and over once more"
    song = "\n\n".join([verses[0], again, verses[1], again])
    headings = [part.split("\n")[0] for part in cut(song, 60, Grammar.BOTH)]
    assert headings == ["[Verse]", "[Chorus]", "[Verse]", "[Chorus]"]


@given(st.data())
def test_editing_words_moves_no_cut(data: st.DataObject) -> None:
    lines = [f"line {number} of the song" for number in range(40)]
    before = cut("\n".join(lines), 200, Grammar.HASHES)
    number = data.draw(st.integers(0, 39))
    lines[number] = data.draw(st.sampled_from(["another line", f"line {number} of a song!"]))
    after = cut("\n".join(lines), 200, Grammar.HASHES)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_engines_that_take_long_lyrics_get_them_whole() -> None:
    song = "\n\n".join([VERSE, CHORUS] * 6)
    assert parts_of(song, ENGINES["acestep"].traits) == ()
    assert len(parts_of(song, ENGINES["sketch"].traits)) == 3
    assert parts_of("\n\n".join([VERSE, CHORUS] * 3), ENGINES["sketch"].traits) == ()
