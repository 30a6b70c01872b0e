"""Texts below `|` whose lines are not indented deeply enough: the first such line is named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import Diagnostic
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

HEAD = "version: 1\nreferences: {river: {file: river.mp3, purpose: song}}\nsongs:\n  one:\n"
FIRST = HEAD.count("\n") + 1
WORDS = ["la la", "Oh: my love", "[Verse]", "[Verse] lo", "it's", '"so" she said', "- no", "{hey}"]
BY = re.compile(r"indent it like .*, by ([0-9]+) spaces\Z")


def told(text: str) -> list[Diagnostic]:
    result = load(Source("specs/x.yaml", text), "x", Memory())
    return [one for one in result.diagnostics if one.severity == "error"]


def song(lines: list[str], key: str = "    lyrics: |", below: str = "") -> str:
    return HEAD + "\n".join(["    reference: river", key, *lines, below]) + "\n"


@given(
    before=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    word=st.sampled_from(["la la", "[Verse]", "## la ##", "#1 hit", "it is [all]", "oh"]),
    after=st.sampled_from(WORDS),
    column=st.sampled_from([0, 2, 4, 5]),
    depth=st.sampled_from([6, 8]),
    header=st.sampled_from(["|", ">", "|-", "| # words"]),
)
def test_a_line_beside_the_text_is_named_with_the_indentation_that_mends_it(
    before: list[str], word: str, after: str, column: int, depth: int, header: str
) -> None:
    lines = [f"{' ' * depth}{line}" for line in [*before, word, after]]
    at = len(before)
    lines[at] = " " * column + word
    (found,) = told(song(lines, f"    lyrics: {header}"))
    assert found.code == "yaml.syntax"
    assert (found.span.line, found.span.column) == (FIRST + 2 + at, column + 1)
    assert "below `lyrics: " in found.detail
    match = BY.match(found.fix)
    assert match is not None
    assert int(match[1]) == depth
    lines[at] = " " * depth + word
    assert not [one for one in told(song(lines)) if one.code == "yaml.syntax"]


@given(
    words=st.lists(st.sampled_from(["la la", "it is", "oh"]), min_size=2, max_size=4),
    column=st.sampled_from([0, 2, 4]),
)
def test_a_text_that_is_not_indented_at_all_is_named_at_its_first_line(
    words: list[str], column: int
) -> None:
    (found, *others) = told(song([" " * column + line for line in words]))
    assert not others
    assert found.span.line == FIRST + 2
    assert found.detail == "a line below `lyrics: |` that is not indented deeper than the key"
    assert found.fix == "indent it like all lines of the text, by 6 spaces"


@pytest.mark.parametrize(
    "first", ["[Verse]", "##la la", "Verse 1:", "Chorus:", "- la", '"la" lo', "{la} lo"]
)
def test_a_first_line_that_yaml_reads_as_something_is_named_as_well(first: str) -> None:
    (found, *_) = told(song([f"    {first}", "    la la"]))
    assert found.span.line == FIRST + 2
    assert "below `lyrics: |`" in found.detail


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("\u00a0 \u00a0 \u00a0 lo", "a no-break space (U+00A0)"),
        ("  \u3000\u3000lo", "an ideographic space (U+3000)"),
        ("\t\tlo", "a tab"),
    ],
)
def test_a_blank_that_indents_nothing_is_named(line: str, name: str) -> None:
    (found,) = told(song(["      la", line, "      li"]))
    assert found.span.line == FIRST + 3
    assert found.detail == f"{name} where spaces are needed, below `lyrics: |`"
    assert found.fix == "indent it like the first line of the text, by 6 spaces"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (HEAD + "    lyrics:\u00a0la\n", FIRST, 12),
        (HEAD + "    lyrics:\u00a0la\n    takes: 2\n", FIRST, 12),
        (HEAD + "    takes: 2\n    lyrics:\u00a0la\n", FIRST + 1, 12),
        (HEAD + "    takes: 2\n    lyrics:\u00a0|\n      la\n", FIRST + 1, 12),
        ("version:\u00a01\n" + HEAD.partition("\n")[2] + "    lyrics: la\n", 1, 9),
    ],
)
def test_a_blank_behind_a_colon_is_named(text: str, line: int, column: int) -> None:
    found = told(text)[0]
    assert (found.span.line, found.span.column) == (line, column)
    assert found.detail == "a no-break space (U+00A0) behind the colon"
    assert found.fix == "replace it by a space"


@pytest.mark.parametrize("indent", ["\u00a0\u00a0\u00a0\u00a0", "  \u00a0 ", "\u00a0   "])
def test_a_blank_before_a_key_is_named(indent: str) -> None:
    found = told(f"{HEAD}    reference: river\n{indent}lyrics: la\n")
    assert any("U+00A0" in one.detail + one.fix for one in found)


@pytest.mark.parametrize(
    ("lines", "below"),
    [
        (["      la"], "   takes: 2"),
        (["      la"], "    takes: 2\n    lo"),
        (["      la", "    # a remark"], "   takes: 2"),
        (["      la"], "    tags: {title: 'x}\n"),
        (["      la"], "  two:\n    lyrics: a: b"),
    ],
)
def test_other_mistakes_behind_a_text_are_not_blamed_on_it(lines: list[str], below: str) -> None:
    found = told(song(lines, below=below))
    assert found
    assert not [one for one in found if "below `lyrics" in one.detail]


def comments(text: str) -> list[int]:
    result = load(Source("specs/x.yaml", HEAD + text), "x", Memory())
    return [one.span.line for one in result.diagnostics if one.code == "yaml.comment"]


@pytest.mark.parametrize(
    "title", ["## tags ##", "##### tags #####", "##########\n    ## tags ##\n    ##########"]
)
@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_title_in_comments_above_a_key_is_no_lyrics(title: str, blank: str) -> None:
    song = "    reference: river\n    lyrics: |\n      la\n"
    below = f"{song}{blank}    {title}\n{blank}    tags: {{}}\n"
    assert not comments(below)
    assert not comments(f"{below}  # two\n  two:\n    lyrics: |\n      la\n    ## end ##\n")


@pytest.mark.parametrize("last", ["## la", "##la lo##", "##la", "la ##", "## la ##", "##"])
def test_hashes_in_the_column_of_the_key_are_told_where_no_title_is(last: str) -> None:
    text = f"    reference: river\n    lyrics: |\n      ## la\n    {last}\n"
    expected = [FIRST + 3] if last.startswith("##") else []
    if expected:
        assert comments(text) == expected
        assert comments(f"{text}  two:\n    reference: river\n    lyrics: la\n") == expected


@pytest.mark.parametrize(("indent", "is_lost"), [(5, False), (4, True), (3, True), (2, False)])
def test_hashes_below_lyrics_are_told_unless_they_begin_where_songs_do(
    indent: int, is_lost: bool
) -> None:
    text = f"    reference: river\n    lyrics: |\n     la\n{' ' * indent}##lo##\n"
    assert comments(text) == ([FIRST + 3] if is_lost else [])
