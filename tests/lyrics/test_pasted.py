"""Marks that pages and programs write into lyrics are told, and words are not."""

from __future__ import annotations

import pytest

from songbatch.lyrics.rules import remarks
from songbatch.traits import HOSTED_CONTRACT


def told_marks(text: str) -> list[str]:
    found = remarks(text, text, HOSTED_CONTRACT)
    return [one.detail for one in found if one.code == "lyrics.mark"]


@pytest.mark.parametrize(
    ("text", "told", "times"),
    [
        ("[Am]Hello [G/B]there\n[F#m7]la", "chords such as [Am]", 3),
        ("la\nHello there [Cmaj7]", "chords such as [Cmaj7]", 1),
        ("[G] [D] [Em]\nla", "chords such as [G]", 3),
        ("{soc}\nla\n{eoc}", "directives of ChordPro such as {soc}", 2),
        ("{comment: softly}\nla", "directives of ChordPro such as {comment: softly}", 1),
        ("[00:12.00]la\n[00:15.10]", "times such as [00:12.00]", 2),
        ("00:00:01,000 --> 00:00:02,000\nla", "times such as 00:00:01,000 --> 00:00:02,000", 1),
        ("la la (x2)\nlo [2x]", "repeats such as (x2)", 2),
        ("la la ×3", "repeats such as ×3", 1),
        ("Verse 1:\nla\nPre-Chorus:\nlo", "names of sections such as Verse 1:", 2),
        ("Verse 2\nla", "names of sections such as Verse 2", 1),
        ("**Chorus**\nla", "names of sections such as **Chorus**", 1),
        ("<chorus>\nla", "names of sections such as <chorus>", 1),
        ("Refrain :\nla", "names of sections such as Refrain :", 1),
        ("【副歌】\nla", "names of sections such as 【副歌】", 1),
        ("rock &amp; roll &#39;n", "signs of HTML such as &amp;", 2),
        ("la<br>lo<br/>\n<i>so</i>", "tags of HTML such as <br>", 4),
    ],
)  # fmt: skip
def test_marks_of_pages_and_programs_are_told_once_a_kind(text: str, told: str, times: int) -> None:
    (found,) = told_marks(text)
    shown, _, more = found.partition(", ")
    assert shown == told
    assert more.partition(" (")[0] == (f"{times} times" if times > 1 else "")


def test_kinds_of_marks_on_one_line_are_told_each() -> None:
    found = told_marks("[Am]Rock &amp; roll<br> [x2]")
    assert [one.partition(" such as")[0] for one in found] == [
        "chords", "repeats", "signs of HTML", "tags of HTML",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "(oh oh) la (2 hearts)",
        "[Foo]\nla", "A B C\neasy as 1 2 3", "the chorus: la",
        "Bridge over water",
        "Verse", "at 12:30 we go", "I <3 you", "rock & roll; you & I", "AT&T; la", "{softly} la",
        "love *you*",
        "Malcolm X", "mix 2", "x marks it", "two x", "Hook me: now", "I said: end", "<hello> there",
        "we are (x) and y", "[A-side] la", "la [Hey] la", "she asked: chorus",
        "break :-)", "C'est la vie",
        "「愛」と言う", "price: 5 × 4 = 20",
    ],
)  # fmt: skip
def test_words_are_no_marks(text: str) -> None:
    assert not told_marks(text)


def test_a_repeat_in_parentheses_is_told_once_and_a_time_is_no_section() -> None:
    codes = [one.code for one in remarks("[00:01.00]\nla (x2)", "la (x2)", HOSTED_CONTRACT)]
    assert codes == ["lyrics.mark", "lyrics.mark"]


@pytest.mark.parametrize("code", [r"\u2019", r"\U0001f389", r"\x41"])
def test_a_code_of_a_character_is_told_beside_a_line_end(code: str) -> None:
    found = remarks(rf"don{code}t {code}\nstop", "la", HOSTED_CONTRACT)
    assert [(one.code, one.detail) for one in found] == [
        ("lyrics.escape", r"\n is sung as it is written"),
        ("lyrics.escape", rf"{code} is sung as it is written, 2 times (line 1 of the lyrics)"),
    ]
