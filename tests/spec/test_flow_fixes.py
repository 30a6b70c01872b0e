"""Lyrics inside { … }: what is offered is valid there, and nothing offers | where it is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

HEAD = "version: 1\nreferences: {river: {file: river.mp3, purpose: song}}\nsongs:\n"
OFFERS_BLOCK = re.compile(r"\| (?:on|instead)|begins with \|")
PIECES = st.sampled_from(
    ["la", "#1 hit", "# lo", '"la"', "'lo'", "[Verse]", "|", "it's", "\n     lo", "&a", "##la"]
)
VALUE = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)


def fixes(text: str) -> list[str]:
    return [one.fix for one in load(Source("specs/x.yaml", text), "x", Memory()).diagnostics]


SONGS = st.sampled_from(
    [
        "{{lyrics: {}, reference: river}}",
        "{{reference: river, lyrics: {}}}",
        "{{reference: river, vars: {{a: {}}}, lyrics: '{{{{ a }}}}'}}",
    ]
)


@given(VALUE, SONGS)
def test_no_block_is_offered_inside_braces(value: str, song: str) -> None:
    found = fixes(f"{HEAD}  one: {song.format(value)}\n")
    assert not [fix for fix in found if OFFERS_BLOCK.search(fix)]


@given(VALUE)
def test_quotes_as_they_are_offered_inside_braces_are_valid(value: str) -> None:
    quoted = value.replace('"', '\\"').replace("\n     ", "\\n")
    text = f'{HEAD}  one: {{reference: river, lyrics: "{quoted}"}}\n'
    result = load(Source("specs/x.yaml", text), "x", Memory())
    assert {one.code.partition(".")[0] for one in result.diagnostics} <= {"lyrics"}


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("la #1 hit", "# begins a comment in YAML; put the whole text into quotes"),
        ("'la' lo", "write '' for ' in the text, or put the whole text into quotes"),
        ("[Verse] lo", "if it is all one text, put the whole text into quotes"),
        ("[Verse]", "put the whole text into quotes"),
        ("|\n     la", "put it into double quotes, with \\n where a line ends"),
        (
            "la\n     lo",
            "put the text into double quotes, with \\n where a line ends, and on one line",
        ),
    ],
)
def test_what_is_offered(value: str, fix: str) -> None:
    (found,) = fixes(f"{HEAD}  one: {{reference: river, lyrics: {value}}}\n")
    assert found == fix


@pytest.mark.parametrize(
    "value",
    ["[Verse] la\n      lo", "[Verse]\n      lo", "[Verse\n      lo]", "\n      [Verse]\n      lo",
     "\n      [Verse] la", "[la]"],
)  # fmt: skip
def test_lists_that_are_lyrics_are_offered_a_bar(value: str) -> None:
    found = fixes(f"{HEAD}  one:\n    reference: river\n    lyrics: {value}\n")
    assert [fix for fix in found if OFFERS_BLOCK.search(fix)]
