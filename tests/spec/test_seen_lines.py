"""The same lyrics in every form that YAML has: what is seen is sung, or the place is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from songbatch.diagnostics import Diagnostic
from songbatch.sources import Source
from songbatch.spec import LoadResult, load
from tests.spec.examples import Memory, folders

HEAD = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs:
  one:
    reference: river
"""
FIRST = HEAD.count("\n") + 1
LOST = {
    "lyrics.joined",
    "lyrics.escape",
    "lyrics.empty",
    "yaml.comment",
    "yaml.mark",
    "text.line-end",
}
"""Warnings that say where words or lines go."""
PIECES = ["la", "lo", "#1", "#", "##", "& you", "&me", "!", "it's", '"so"', "a: b", "- no", "\\n",
          "\\", "* no", "100%", "oh,", "[hey]", "|", ">", "?", "@", "2", "null", "yes"]  # fmt: skip
OTHER_FORM = re.compile(r"""\s*(?:[&!]\S*\s+)*["|>]""")
LINE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join)
LYRICS = st.lists(LINE | st.just(""), min_size=1, max_size=5)


def plain(lines: list[str]) -> str:
    """On the key's line, and indented below."""
    return f"    lyrics: {lines[0]}\n" + "".join(f"      {line}\n" for line in lines[1:])


def below(lines: list[str]) -> str:
    return "    lyrics:\n" + "".join(f"      {line}\n" for line in lines)


def literal(lines: list[str]) -> str:
    return "    lyrics: |\n" + "".join(f"      {line}\n" for line in lines)


def folded(lines: list[str]) -> str:
    return "    lyrics: >\n" + "".join(f"      {line}\n" for line in lines)


def single(lines: list[str]) -> str:
    quoted = [line.replace("'", "''") for line in lines]
    return "    lyrics: '" + "\n      ".join(quoted) + "'\n"


def double(lines: list[str]) -> str:
    quoted = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return '    lyrics: "' + "\n      ".join(quoted) + '"\n'


STYLES = [plain, below, literal, folded, single, double]


def loaded(text: str, **files: str) -> LoadResult:
    return load(Source("specs/x.yaml", text), "x", Memory(**files))


def sung(result: LoadResult) -> list[str]:
    assert result.spec is not None
    return (result.spec.renders[0].lyrics or "").split("\n")


def trimmed(lines: list[str]) -> list[str]:
    """Return lines as they are sung: without blanks at their ends, none empty at the ends."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").split("\n")


def told(result: LoadResult) -> list[Diagnostic]:
    return [one for one in result.diagnostics if one.code in LOST or one.severity == "error"]


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=400)
@given(lines=LYRICS)
def test_lyrics_are_sung_as_they_are_seen_or_the_place_is_told(
    style: object, lines: list[str]
) -> None:
    assert callable(style)
    # What begins so says that it has another form.
    assume(style not in {plain, below} or not OTHER_FORM.match("\n".join(lines)))
    result = loaded(HEAD + style(lines))
    # An empty line between two keeps them apart, and need not last.
    same = result.spec is not None and (
        [line.strip() for line in sung(result) if line] == [*filter(None, trimmed(lines))]
    )
    found = told(result)
    assert same or found
    for one in found:
        assert one.span.line == 0 or FIRST <= one.span.line <= FIRST + len(lines)


@given(lines=LYRICS)
def test_a_bar_keeps_every_line_and_is_never_warned_of(lines: list[str]) -> None:
    result = loaded(HEAD + literal(lines))
    codes = {one.code for one in result.diagnostics}
    if "lyrics.empty" not in codes:
        assert sung(result) == trimmed(lines)
        assert not codes & (LOST - {"lyrics.escape"})


@pytest.mark.parametrize("style", [plain, below, folded, single, double])
@given(lines=st.lists(st.sampled_from(["la", "lo"]), min_size=2, max_size=6))
def test_the_place_is_that_of_the_first_joined_line(style: object, lines: list[str]) -> None:
    assert callable(style)
    text = HEAD + style(lines)
    (found,) = loaded(text).diagnostics
    first = FIRST + (style in {below, folded})
    assert (found.code, found.span.line, found.span.column) == ("lyrics.joined", first + 1, 7)
    assert found.detail == f"{len(lines)} lines in the file, 1 in the song"


@pytest.mark.parametrize("style", [plain, below, folded, single, double])
@given(lines=LYRICS)
def test_one_line_is_not_joined_to_any(style: object, lines: list[str]) -> None:
    assert callable(style)
    assert "lyrics.joined" not in {one.code for one in loaded(HEAD + style(lines[:1])).diagnostics}


@given(lines=st.lists(st.sampled_from(["la", "", "lo \\\\", '\\"so\\"']), min_size=1, max_size=6))
def test_lines_that_say_their_end_in_double_quotes_are_kept(lines: list[str]) -> None:
    ended = '    lyrics: "' + "\\n\\\n      ".join(lines) + '"\n'
    result = loaded(HEAD + ended)
    assert "lyrics.joined" not in {one.code for one in result.diagnostics}


@given(
    words=st.lists(st.sampled_from(["la", "lo", "li"]), min_size=2, max_size=5),
    blank=st.sampled_from(["", " "]),
    begin=st.sampled_from(["", "\\ "]),
)
def test_a_backslash_at_the_end_of_a_line_joins_it_and_is_told(
    words: list[str], blank: str, begin: str
) -> None:
    result = loaded(f'{HEAD}    lyrics: "' + f"{blank}\\\n      {begin}".join(words) + '"\n')
    assert len(sung(result)) == 1
    (found,) = result.diagnostics
    assert (found.code, found.span.line) == ("lyrics.joined", FIRST + 1)
    assert found.detail == f"{len(words)} lines in the file, 1 in the song"


MARKED = st.sampled_from(["#1 hit", "##la", "#la", "# la"])


@given(MARKED, st.sampled_from(["    lyrics: la {}\n", "    lyrics: {}\n      la\n",
                                "    lyrics:\n      {}\n      la\n", "    lyrics: la\n      {}\n",
                                "    lyrics: |\n      la\n     {}\n"]))  # fmt: skip
def test_a_comment_beside_lyrics_is_told_at_its_hash(comment: str, form: str) -> None:
    text = HEAD + form.format(comment) + "    takes: 2  # to choose from\n"
    (found,) = loaded(text).diagnostics
    start = text.index(comment)
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    assert (found.code, found.span.line, found.span.column) == ("yaml.comment", line, column)
    assert f'"{comment}"' in found.detail


@given(st.sampled_from(["la {}\n      lo", "{}\n      la", "\n    {}\n    la"]), MARKED)
def test_a_comment_that_tears_lyrics_apart_is_what_is_told(form: str, comment: str) -> None:
    found = loaded(f"{HEAD}    lyrics: {form.format(comment)}\n").diagnostics
    assert {one.code for one in found} <= {"yaml.comment", "yaml.syntax"}
    assert all(one.fix.startswith("# begins a comment in YAML") for one in found)


@given(MARKED, st.sampled_from("\"'"))
def test_words_with_a_hash_behind_a_closing_quote_are_told_and_remarks_are_not(
    comment: str, quote: str
) -> None:
    text = (
        f"{HEAD}    lyrics: {quote}la{quote} {comment}\n    style: {quote}folk{quote} {comment}\n"
    )
    told = [one for one in loaded(text).diagnostics if one.code == "yaml.comment"]
    lines = [FIRST] * (comment[1] != " ") + [FIRST + 1] * comment.startswith("##")
    assert [one.span.line for one in told] == lines


@given(MARKED, st.sampled_from(["    # la {}\n", "    takes: 2  {}\n", "  # {}\n", "# {}\n",
                                "    audio: {{format: mp3}}  {}\n"]))  # fmt: skip
def test_comments_elsewhere_are_remarks(comment: str, form: str) -> None:
    text = HEAD + "    lyrics: |\n      la\n" + form.format(comment) + "    lrc: true\n"
    assert loaded(text).diagnostics == ()


@given(st.sampled_from("\u2028\u2029\x85"), st.sampled_from(STYLES))
def test_separators_are_told_at_their_place(mark: str, style: object) -> None:
    assert callable(style)
    text = HEAD + style([f"la{mark}lo"])
    found = loaded(text).diagnostics
    assert found
    assert {one.code for one in found} <= {"text.line-end", "yaml.syntax"}
    for one in found:
        line = one.span.source.line(one.span.line)
        assert line[one.span.column - 1 : one.span.end_column - 1] == mark


@given(st.sampled_from("\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"))
def test_separators_are_told_of_files_rows_and_settings(mark: str) -> None:
    words = f"la{mark}lo"
    song = "    template: one.txt\n    rows: one.csv\n"
    files = {"templates/one.txt": "la {{ a }}\n", "specs/one.csv": f"a\n{words}\n"}
    (found,) = loaded(HEAD + song, **files).diagnostics
    assert (found.code, "specs/one.csv line 2" in found.detail) == ("text.line-end", True)
    files = {"templates/one.txt": f"la\n{words}\n", "specs/one.csv": "a\n1\n"}
    (found,) = loaded(HEAD + song, **files).diagnostics
    assert str(found.span) == "templates/one.txt:2:3"
    source = Source("specs/x.yaml", f"{HEAD}    lyrics: '{{{{ a }}}}'\n    vars: {{a: la}}\n")
    (found,) = load(source, "x", Memory(), {"a": words}).diagnostics
    assert found.code == "text.line-end"
    assert f"U+{ord(mark):04X}" in found.detail
    escaped = f'{HEAD}    lyrics: "la\\u{ord(mark):04x}lo"\n'
    (found,) = loaded(escaped).diagnostics
    assert (found.code, found.span.column) == ("text.line-end", 16)


TAGGED = st.sampled_from(
    ["{% if true %}la{% endif %}", "la {# lo #}", "{{ 'la' }}", "{% set x = 1 %}", "la",
     "{% if true %}", "{% endif %}", "la {% set x = 2 %}"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(TAGGED, min_size=1, max_size=5))
def test_lines_of_templates_are_sung_or_told(lines: list[str]) -> None:
    result = loaded(HEAD + "    template: one.txt\n", **{"templates/one.txt": "\n".join(lines)})
    if result.spec is None:
        return
    words = [line for line in lines if re.sub(r"\{[%#].*?[%#]\}", "", line).strip()]
    joined = [one for one in result.diagnostics if one.code == "lyrics.joined"]
    assert bool(joined) == (len([line for line in sung(result) if line]) < len(words))


SHIPPED = [
    path
    for place in ("specs", "pipeline/songbatch/starter/project/specs")
    for path in sorted((Path(__file__).parents[2] / place).glob("*.yaml"))
    if path.name != "selects.yaml"
] + [path / "specs/x.yaml" for path in folders("valid")]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_what_is_shipped_raises_no_alarm(path: Path) -> None:
    result = loaded(path.read_text("utf-8"))
    assert not {one.code for one in result.diagnostics} & (LOST | {"lyrics.file"})
