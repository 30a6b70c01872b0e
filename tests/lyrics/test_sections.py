"""Section lines: one source, and what engines of each grammar are sent of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics import final, in_grammar, remarks, usual_seconds, words_only
from songbatch.lyrics.sections import NAMES, has_words_beside, section_of
from songbatch.traits import ANYTHING, Grammar

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "la la", "[Verse]", "[chorus 2: soft]", "[laughs]", "[ ]", "la [oh]", "##", "[["]
        ),
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12),
    ),
    max_size=8,
)
SOURCES = LINES.map("\n".join).map(final)


@pytest.mark.parametrize(
    ("line", "text", "is_known"),
    [
        ("[Verse]", "[Verse]", True),
        ("  [ pre   chorus ]\t", "[Pre-Chorus]", True),
        ("[prechorus]", "[Pre-Chorus]", True),
        ("[VERSE 2]", "[Verse 2]", True),
        ("[verse 1: quiet, with strings]", "[Verse 1: quiet, with strings]", True),
        ("[guitar solo - loud]", "[Guitar Solo - loud]", True),
        ("\u00a0[Bridge]", "[Bridge]", True),
        ("[whistling]", "[whistling]", False),
        ("[Verse2]", "[Verse2]", False),
    ],
)
def test_a_section_line_is_read_whatever_its_spelling(line: str, text: str, is_known: bool) -> None:
    section = section_of(line)
    assert section is not None
    assert (section.text, section.is_known) == (text, is_known)


@pytest.mark.parametrize(
    "line", ["", "la", "[]", "[ ]", "[Verse", "Verse]", "[Verse] la", "[[Verse]]", f"[{'x' * 81}]"]
)
def test_other_lines_are_words(line: str) -> None:
    assert section_of(line) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_known_as_it_is_listed(name: str) -> None:
    section = section_of(f"[{name.upper()}]")
    assert section is not None
    assert section.text == f"[{name}]"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("[Verse] la", True),
        ("la [chorus]", True),
        ("[verse][chorus]", True),
        ("[oh] la", False),
        ("la [oh]", False),
        ("[Verse]", False),
        ("la", False),
        ("", False),
        ("[", False),
        ("]", False),
    ],
)
def test_words_beside_a_section_are_found(line: str, found: bool) -> None:
    assert has_words_beside(line) is found


def test_marks_of_accompaniment_are_no_words_beside_a_section() -> None:
    lyrics = final("##[Verse]\nla\n[Chorus]##")
    sent = in_grammar(lyrics, Grammar.SECTIONS)
    assert sent == "[Verse]\nla\n[Chorus]"
    assert not remarks(lyrics, sent, ANYTHING)


@pytest.mark.parametrize(
    ("source", "sections"),
    [
        ("la ## lo", "la lo"),
        ("la\n##\nlo", "la\nlo"),
        ("##la##\n\n## lo ##", "la\n\nlo"),
        ("[Verse]\n##\n###\nla #1", "[Verse]\nla #1"),
        ("## [verse] ##\nla", "[Verse]\nla"),
        ("##\n##", ""),
        ("  la  lo", "la  lo"),
    ],
)
def test_marks_of_accompaniment_are_left_out_everywhere(source: str, sections: str) -> None:
    assert in_grammar(source, Grammar.SECTIONS) == sections


@given(SOURCES)
def test_no_mark_is_left_for_engines_with_sections(source: str) -> None:
    assert "##" not in in_grammar(source, Grammar.SECTIONS)


@pytest.mark.parametrize(
    ("source", "hashes"),
    [
        ("[Verse]\nla\n\n[Chorus]\nlo", "la\n\nlo"),
        ("[Verse]\nla\n[Chorus]\nlo", "la\n\nlo"),
        ("[Verse]\n\nla\n\n\n[Chorus]\n\n\nlo\n[Outro]", "la\n\nlo"),
        ("##\n[Intro]\n[Verse]\nla\n##", "##la##"),
        ("la\n\n\nlo", "la\n\n\nlo"),
        ("[Intro]", ""),
    ],
)
def test_where_section_lines_are_left_out_a_pause_stays(source: str, hashes: str) -> None:
    assert in_grammar(source, Grammar.HASHES) == hashes


@given(SOURCES)
def test_lyrics_without_section_lines_stay_as_they_are(source: str) -> None:
    if any(map(section_of, source.strip().removeprefix("##").removesuffix("##").split("\n"))):
        source = source.replace("[", "(")
    assert in_grammar(source, Grammar.HASHES) == source


@given(SOURCES, st.sampled_from(Grammar))
def test_a_grammar_changes_nothing_twice(source: str, grammar: Grammar) -> None:
    once = in_grammar(source, grammar)
    if grammar is not Grammar.HASHES or "##" not in once:
        assert in_grammar(once, grammar) == once


@given(SOURCES)
def test_no_section_line_is_left_for_people_or_engines_without_sections(source: str) -> None:
    if "##" not in source:
        for text in (words_only(source), in_grammar(source, Grammar.HASHES)):
            assert not any(map(section_of, text.split("\n")))


@pytest.mark.parametrize("text", ["a[", "[", "[a]", "[a] ", "[Verse", "]", "[Verse]\n", "e\u0323"])
def test_the_longest_lyrics_are_judged_in_no_time(text: str) -> None:
    began = time.process_time()
    lyrics = final((text * 20_000)[:20_000])
    for grammar in Grammar:
        remarks(lyrics, in_grammar(lyrics, grammar), ANYTHING)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("lyrics", "seconds"),
    [
        (None, 30),
        ("[Instrumental]", 30),
        ("la " * 66, 30),
        ("la " * 67, 40),
        ("[Verse]\n" + "la " * 66, 40),
        ("## " + "la " * 66 + "##", 30),
        ("la " * 5000, 240),
    ],
)
def test_a_length_is_a_fixed_function_of_the_lyrics(lyrics: str | None, seconds: int) -> None:
    assert usual_seconds(lyrics) == seconds
