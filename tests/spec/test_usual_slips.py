"""Slips that many make: what is said names the slip, and what to write in its place."""

from __future__ import annotations

import pytest

from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

HEAD = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs:
  one:
    reference: river
"""


def told(song: str) -> list[tuple[str, int, str, str]]:
    result = load(Source("specs/x.yaml", f"{HEAD}{song}\n"), "x", Memory())
    return [(one.code, one.span.column, one.detail, one.fix) for one in result.diagnostics]


@pytest.mark.parametrize("quotes", ["“”", "„“", "\u2018\u2019", "«»"])
@pytest.mark.parametrize("words", ["one: two", "one: two # three", "one:\n      two: three"])
def test_a_curly_quote_is_named_where_its_text_breaks(quotes: str, words: str) -> None:
    (found,) = told(f"    lyrics: {quotes[0]}{words}{quotes[1]}")
    assert found[:3] == ("yaml.syntax", 13, f"{quotes[0]} is no quote of YAML")


def test_a_curly_quote_that_breaks_nothing_is_a_letter() -> None:
    assert not told("    lyrics: “one two”")
    (found,) = told("    lyrics: |\n      “one two\n    tags: {title: a: b: c}")[:1]
    assert "no quote" not in found[2]


def test_an_apostrophe_that_begins_a_text_is_told_as_one() -> None:
    ((_, column, detail, fix),) = told("    lyrics: 'Cause I love you")
    assert (column, detail) == (13, "a quote that is never closed")
    assert "if it is an apostrophe, put the whole text into double quotes" in fix
    ((_, _, _, fix),) = told("    tags: {title: 'Cause}")
    assert fix.endswith("or put the whole text into quotes")


@pytest.mark.parametrize(
    ("song", "detail", "fix"),
    [
        (
            "    lyrics: la\n    vars: {Prénom: x}",
            'the name "Prénom"',
            "use letters A to Z without accents, digits and underscores, not a digit first",
        ),
        (
            "    lyrics: la\n    tags: {genre: (RX)}",
            '`genre` "(RX)"',
            "write the genre in words; players show RX as Remix",
        ),
        (
            "    lyrics: la\n    tags: {year: 2026-11-27 19:30}",
            '`year` "2026-11-27 19:30"',
            "write a date and a time as 2026-11-27T19:30, or the date alone",
        ),
        (
            "    lyrics: '{{ 1 | bool }}'",
            "No filter named 'bool'.",
            "leave | bool out: where a condition asks, a text such as no is false",
        ),
        (
            "    lyrics: |\n      {{ '\\ud83c\\udf89' }}",
            "U+D83C is half a character",
            "write the whole character instead of escapes",
        ),
        (
            '    lyrics: la\n    tags: {title: "a\\0b"}',
            "the tag `title` has a NUL character (U+0000)",
            "remove it: players end the text there",
        ),
    ],
)
def test_other_slips(song: str, detail: str, fix: str) -> None:
    assert [(one[2], one[3]) for one in told(song)] == [(detail, fix)]


@pytest.mark.parametrize("value", ["Zo\u00eb", "Zoe\u0308"])
@pytest.mark.parametrize("other", ["Zo\u00eb", "Zoe\u0308"])
def test_texts_are_compared_in_one_form(value: str, other: str) -> None:
    template = f"la {{{{ c == '{other}' }}}} {{{{ c != '{other}' }}}} {{{{ c == 'Zoe' }}}}"
    song = f'    vars: {{c: "{value}"}}\n    lyrics: "{template}"'
    result = load(Source("specs/x.yaml", f"{HEAD}{song}\n"), "x", Memory())
    assert result.spec is not None
    assert result.spec.renders[0].lyrics == "la true false false"
