"""Pasted lyrics become tidy ones: every mark is told, no word is lost, plain words stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics import final
from songbatch.lyrics.pasted import marks, tidied
from songbatch.lyrics.rules import remarks
from songbatch.traits import HOSTED_CONTRACT

PASTED = Path(__file__).parent / "pasted"
SHAPES = sorted(PASTED.glob("*.txt"))


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_a_pasted_shape_becomes_tidy(path: Path) -> None:
    text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    tidy = path.with_suffix(".tidy").read_text("utf-8")
    assert tidied(text).text == tidy
    assert tidied(tidy).text == tidy
    assert not list(marks(final(tidy)))


PLAIN = [
    "The harbour lights are low", "we go (oh oh)", "A B C", "easy as 1 2 3", "over the sea",
    "C'est la vie", "“smart” quotes \u2014 and \u2018more\u2019", "Bridge over water",
    "I said: end",
    "rock & roll", "the chorus: la", "at 12:30 we go", "five × five", "la la la", "Am I alone",
    "[softly] la", "x marks it", "See Ann Live", "embed it in my heart",
    "You might also like the sea", "Share", "I love *you*", "two by two - or three", "no. 5", "-",
    "Break", "(drop)", "Hook me up", "G",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=5), max_size=5))
def test_plain_lyrics_stay_as_they_are(stanzas: list[list[str]]) -> None:
    for names in ([], ["[Verse 1]", "[Chorus]", "[Bridge: softly]"]):
        parts = [
            "\n".join([*names[n % 3 : n % 3 + 1], *stanza]) for n, stanza in enumerate(stanzas)
        ]
        text = "\n\n".join(parts)
        assert tidied(text).text == text
        assert not tidied(text).marks


MARKED = [
    *PLAIN, "", "", "", "\t", "[Verse 1: Ann & Bo]", "[Chorus]", "Chorus", "CHORUS:", "Verse 2 -",
    "Refrain", "Strophe 1:", "**Bridge**", "(Repeat Chorus)", "[Chorus x2]", "Chorus (2x)",
    "(x2)", "[repeat]", "we sail away (x2)", "we sail away x3", "oh [2x]", "C   G   Am  F", "Am",
    "C G D", "| C | G |", "[C]We wait be[G]fore the [Am] tide", "[Em]", "{title: Harbour}",
    "{soc}", "{eoc}", "{c: Chorus}", "12 ContributorsHarbour Lyrics", "You might also like",
    "12Embed", "[00:12.34]low lights", "[ar:Ann]", "00:00:01,000 --> 00:00:02,000", "7",
    "rock &amp; roll<br>tonight", "\u200bwe \u00a0go\u2028now", "Chorus: sing it out",
    "[Chorus] sing it out", "Intro: C G Am", "e|---0---2---|", "<br>", "  tail  ",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(MARKED), max_size=16).map("\n".join)


@given(TEXTS)
def test_tidying_twice_changes_no_more_than_once(text: str) -> None:
    once = tidied(text).text
    assert tidied(once).text == once


@given(st.text(st.sampled_from("[]{}()<>:x2CGAm#\n \t-*Chorus&;|"), max_size=80))
def test_any_text_is_tidy_after_once(text: str) -> None:
    once = tidied(text).text
    assert tidied(once).text == once


SUNG = re.compile(r"harbour lights|sail away|wait before the tide|low lights|over the sea|alone")


@given(TEXTS)
def test_no_sung_word_is_lost(text: str) -> None:
    plain = re.sub(r"\[(?:C|G|Am)\]", "", text).replace("  ", " ")
    wanted, found = SUNG.findall(plain), iter(SUNG.findall(tidied(text).text))
    assert all(word in found for word in wanted)


@given(TEXTS)
def test_what_is_changed_is_told(text: str) -> None:
    lyrics = final(text)
    result = tidied(lyrics)
    if final(result.text) != lyrics:
        assert remarks(lyrics, lyrics, HOSTED_CONTRACT)


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("(x2)\nla x2\n(x2)", "(x2)\nla\nla\n\nla\nla"),
        ("Chorus\nRefrain\nla", "[Chorus]\n[Refrain]\nla"),
        ("la (x99)", "la (x99)"),
        ("[Chorus]\nla\n\n[Chorus x99]", "[Chorus]\nla\n\n[Chorus]\nla"),
    ],
)
def test_repeats_end(text: str, tidy: str) -> None:
    assert tidied(text).text == tidy
    assert tidied(tidy).text == tidy


def test_of_a_template_only_plain_lines_are_tidied() -> None:
    text = "Chorus:\nla (x2)\n{{ name }} [Am]x\n{% if x %}\n[C]lo\n{% endif %}\n[Chorus]"
    tidy = "[Chorus]\nla (x2)\n{{ name }} [Am]x\n{% if x %}\nlo\n{% endif %}\n[Chorus]"
    assert tidied(text, is_template=True).text == tidy
