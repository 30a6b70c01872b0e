"""Every remark on lyrics stands at the line that the author wrote, however it is written."""

from __future__ import annotations

import textwrap

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from songbatch.diagnostics import Diagnostic
from songbatch.lyrics import final, in_grammar, template_line
from songbatch.lyrics.places import source_line
from songbatch.sources import Source
from songbatch.spec import load
from songbatch.traits import HOSTED_CONTRACT, Grammar, HostedOnly, PartRule, SpecEngine
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
vars: {name: Ann, flag: no}
songs:
  one:
    reference: river
"""
UNKNOWN = [f"[Part {letter}]" for letter in "JKLMNP"]
PLAIN = ["la la", "lo", "", "[Verse]", "[Chorus: softly]", "over (under) the hills"]
BLOCK = [
    *("la", "{% if flag %}", "[Part Q]", "{% endif %}"),
    *("{% for n in [1, 2] %}", "da", "{% endfor %}"),
]
MADE = ["la {{ name }} la", "{{ name }}", "{% if flag %}", "{% endif %}", "lo{# no #} lo"]


class InOnePiece(HostedOnly):
    """An engine whose songs are not cut into parts, however long their lyrics are."""

    def for_spec(self, named: str | None) -> SpecEngine:
        return SpecEngine(named or "", replace(HOSTED_CONTRACT, parts=PartRule()))


def told(text: str, code: str, *, in_file: bool) -> list[Diagnostic]:
    files = Memory(**({"templates/a.j2": text} if in_file else {}))
    lyrics = "template: a.j2\n" if in_file else "lyrics: |\n" + textwrap.indent(text, " " * 6)
    source = Source("specs/x.yaml", f"{SPEC}    {lyrics}")
    result = load(source, "x", files, engines=InOnePiece())
    return [one for one in result.diagnostics if one.code == code]


def line_of(one: Diagnostic) -> str:
    return one.span.source.line(one.span.line).strip()


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([*PLAIN, *UNKNOWN, "hey (oh yeah)"]), min_size=1, max_size=12),
    st.booleans(),
)
def test_every_tag_is_told_at_its_line(lines: list[str], in_file: bool) -> None:
    text = "\n".join(["la", *lines, "la"]) + "\n"
    tags = told(text, "lyrics.section-tag", in_file=in_file)
    assert [line_of(one) for one in tags] == list(dict.fromkeys(n for n in lines if n in UNKNOWN))
    for one in tags:
        times = lines.count(line_of(one))
        assert (f"{times} times" in one.detail) == (times > 1)
    asides = {line_of(one) for one in told(text, "lyrics.parentheses", in_file=in_file)}
    assert asides == {line for line in lines if "(" in line}


OPEN = ["[Verse", "[Chorus: softly", "[We go home"]


@given(st.sampled_from(OPEN), st.sampled_from(["", "lo", "lo lo"]), st.booleans(), st.booleans())
def test_a_bracket_that_ends_on_another_line_is_told_where_it_begins(
    opening: str, words: str, is_closed: bool, in_file: bool
) -> None:
    lines = ["la", "[Verse]", opening, words, "lo]" if is_closed else "lo", "[Outro]", "la"]
    found = told("\n".join(lines) + "\n", "lyrics.section-tag", in_file=in_file)
    is_section = opening != "[We go home"
    assert [line_of(one) for one in found] == [opening] * (is_closed or is_section)
    assert all("is not closed on its line" in one.detail for one in found)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([*PLAIN, "la {{ name }} la", "lo{# no #} lo"]), max_size=8),
    st.lists(st.sampled_from(PLAIN), max_size=8),
    st.booleans(),
)
def test_templates_do_not_move_the_place(
    before: list[str], behind: list[str], in_file: bool
) -> None:
    text = "\n".join([*BLOCK, *before, "[Part J]", *behind]) + "\n"
    (tag,) = told(text, "lyrics.section-tag", in_file=in_file)
    assert line_of(tag) == "[Part J]"


@settings(max_examples=100)
@given(st.integers(20, 49), st.integers(0, 12), st.booleans())
def test_too_many_words_are_told_where_they_begin(width: int, sections: int, in_file: bool) -> None:
    lines = [f"{n:03}" + " la" * (width // 3) for n in range(1 + 350 // width, 30)]
    for place in range(sections):
        lines.insert(place * 2, "[Verse]")
    text = "\n".join(lines) + "\n"
    sent = in_grammar(final(text), Grammar.HASHES)
    codes = {"lyrics.long": 350, "lyrics.too-long": 600}
    found = [one for code in codes for one in told(text, code, in_file=in_file)]
    if len(sent) <= 350:
        assert not found
        return
    (one,) = found
    line = line_of(one)
    begins, ends = sent.index(line[:3]), sent.index(line[:3]) + len(line)
    assert sent[begins : codes[one.code]].count("\n") == 0
    assert codes[one.code] < ends
    assert f"{len(sent)} characters" in one.detail
    assert line[:12] in one.detail


@given(st.lists(st.sampled_from(["a", "b", "c", "", "[Verse]", "##d"]), max_size=9))
def test_lines_of_what_is_sent_come_from_lines_like_them(lines: list[str]) -> None:
    source = final("\n".join(lines))
    for grammar in Grammar:
        sent = in_grammar(source, grammar)
        for number, line in enumerate(sent.split("\n"), start=1):
            if line.strip("#"):
                origin = source.split("\n")[source_line(source, sent, number) - 1]
                assert origin.strip("#") == line.strip("#")


@given(
    st.lists(st.sampled_from([*PLAIN, *MADE]), max_size=12),
    st.lists(st.text(max_size=12), min_size=1, max_size=12),
)
def test_any_lyrics_have_a_line_of_the_template_or_none(made: list[str], lyrics: list[str]) -> None:
    text = "\n".join(lyrics)
    for number in range(1, text.count("\n") + 2):
        line = template_line(text, number, "\n".join(made))
        assert line is None or 1 <= line <= len(made)


def test_the_same_remark_of_many_rows_is_told_once() -> None:
    text = SPEC + "    rows: x.csv\n    lyrics: |\n      {{ a }}\n      [{{ b }}]\n      la\n"
    rows = "a,b\n" + "".join(f"{'la ' * (120 + n)},Part{n}\n" for n in range(9))
    result = load(Source("specs/x.yaml", text), "x", Memory(**{"specs/x.csv": rows}))
    assert [(one.code, one.span.line) for one in result.diagnostics] == [
        ("lyrics.long", 9),
        ("lyrics.section-tag", 10),
    ]
    assert all("and 8 more renders" in one.detail for one in result.diagnostics)
