"""YAML as people mean it: values, places, and limits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from songbatch.documents import yaml_reader
from songbatch.documents.yaml_nodes import Node, Scalar, Table, plain
from songbatch.documents.yaml_reader import read
from songbatch.sources import Source
from tests.spec.examples import HERE


def value(text: str) -> object:
    node, found = read(Source("x.yaml", f"a: {text}\n"))
    assert not found
    assert node is not None
    return plain(node)["a"]


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "No",
        "on",
        "off",
        "y",
        "012",
        "-007",
        "1:30",
        "2024-01-31",
        "1_000",
        "0b1",
        ".inf",
        "-.Inf",
        ".nan",
        "1e999",
        "9007199254740992",
        "123456789012345678901",
        "0x",
        "+",
        "1e",
        ".",
        "0123.5",
        "tRue",
        "!!str 12",
        "'12'",
        '"true"',
        "! 12",
    ],
)
def test_what_stays_text(text: str) -> None:
    assert value(text) == text.removeprefix("!!str ").removeprefix("! ").strip("'\"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("-12", -12),
        ("+3", 3),
        ("0", 0),
        ("0o14", 12),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-2.", -2.0),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("!!float 1", 1.0),
        ("9007199254740991", 2**53 - 1),
    ],
)
def test_what_becomes_a_value(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@given(st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1))
def test_integers_are_kept(number: int) -> None:
    assert value(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_finite_numbers_are_kept(number: float) -> None:
    assert value(repr(number)) == number


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_quoted_text_stays_text(text: str) -> None:
    quoted = text.replace("\u2028", "").replace("\u2029", "").replace("\ufeff", "")
    quoted = quoted.replace("\ufffe", "").replace("\uffff", "")
    assert value("'" + quoted.replace("'", "''") + "'") == quoted


def entry(text: str, *names: str) -> Scalar:
    node: Node | None = read(Source("x.yaml", text))[0]
    for name in names:
        assert isinstance(node, Table)
        found = node.get(name)
        assert found is not None
        node = found.value
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: {b: x}", 1, 8),
        ("\U0001f600é: 1\na: {ü: 'ñ', b: x}", 2, 16),
        ("c: '\x85\u2028'\r\na:\r\n  b: x\r\n", 3, 6),
        ("# é\n\na:\n  b: x", 4, 6),
    ],
)
def test_places_count_lines_and_characters(text: str, line: int, column: int) -> None:
    span = entry(text, "a", "b").span
    assert (span.line, span.column, span.end_column) == (line, column, column + 1)
    assert span.source.line(line)[column - 1] == "x"


def test_aliases_are_followed() -> None:
    node, found = read(Source("x.yaml", "a: &x {b: 1}\nc: [*x, *x]\n"))
    assert not found
    assert node is not None
    assert plain(node) == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_endless_nesting_is_left_early(opening: str) -> None:
    _, found = read(Source("x.yaml", opening * 400_000))
    assert {one.code for one in found} <= {"yaml.depth", "yaml.syntax"}
    assert found


def test_depth_counts_through_aliases() -> None:
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    _, found = read(Source("x.yaml", "\n".join(lines)))
    assert [one.code for one in found] == ["yaml.depth"]
    assert found[0].span.line == 40


@pytest.mark.parametrize("item", ["1,", "[],", "{},"])
def test_too_many_nodes_are_left_early(item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "MAX_NODES", 1000)
    _, found = read(Source("x.yaml", f"[{item * 990}1]"))
    assert found == []
    _, found = read(Source("x.yaml", f"[{item * 100_000}1]"))
    assert [(one.code, one.detail) for one in found] == [
        ("yaml.size", "at most 1,000 keys and values")
    ]


def test_too_many_lines_are_refused_unread() -> None:
    _, found = read(Source("x.yaml", "\n" * (yaml_reader.MAX_LINES + 1)))
    assert [one.code for one in found] == ["yaml.size"]


def test_a_text_that_is_too_large_is_refused_unread() -> None:
    _, found = read(Source("x.yaml", "é" * (yaml_reader.MAX_BYTES // 2 + 1)))
    assert [one.code for one in found] == ["yaml.size"]


@pytest.mark.parametrize(
    "text",
    [
        "a: \ud800",
        'a: "\\ud800"',
        '"\\udc00": a',
        'a: "\\U00110000"',
        "a: \x00",
        "\x1b[2J",
        "a: \ufffe",
    ],
)
@pytest.mark.parametrize("parser", [yaml.CLoader, yaml.Loader])
def test_characters_yaml_does_not_allow(text: str, parser: object) -> None:
    _, found = read(Source("x.yaml", text), parser)
    assert [one.code for one in found] == ["yaml.encoding"]


@pytest.mark.parametrize(
    "path", sorted(HERE.glob("*/*/specs/*.yaml")), ids=lambda one: one.parts[-3]
)
def test_both_parsers_read_alike(path: Path) -> None:
    source = Source("x.yaml", path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff"))
    assert read(source, yaml.CLoader) == read(source, yaml.Loader)


TEXTS = st.recursive(
    st.text(st.characters(codec="utf-8"), max_size=20) | st.none() | st.booleans(),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4)
    ),
    max_leaves=12,
)


@given(TEXTS, st.booleans(), st.sampled_from([None, 0, 2, "\t"]))
def test_what_programs_write_as_json_is_read_as_it_was(
    data: object, is_upper: bool, indent: int | str | None
) -> None:
    text = json.dumps({"a": data}, indent=indent)
    if is_upper:
        text = re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda match: match[0].upper(), text)
    node, found = read(Source("x.yaml", text))
    assert not found
    assert node is not None
    assert plain(node) == {"a": data}


@pytest.mark.parametrize("written", ["{0}", "'{0}'", "|\n  {0}\n", "'a {0}\n\n  {0} {0}'"])
@pytest.mark.parametrize("parser", [yaml.CLoader, yaml.Loader])
def test_halves_are_escapes_in_double_quotes_only(written: str, parser: object) -> None:
    text = written.format(r"\ud83C\uDF89") + "\nb: \ue000"
    node, found = read(Source("x.yaml", f"a: {text}\n"), parser)
    assert not found
    assert node is not None
    assert plain(node)["a"].count(r"\ud83C\uDF89") == text.count(r"\ud83C")
    assert "🎉" not in plain(node)["a"]
    assert plain(node)["b"] == "\ue000"


@pytest.mark.parametrize(
    "text", [r"\ud83c", r"\udf89", r"\udf89\ud83c", r"\\\ud83c", r"\\ud83c\udf89", r"\ud83c \udf89"]
)
@pytest.mark.parametrize("parser", [yaml.CLoader, yaml.Loader])
def test_one_half_is_refused_at_its_place(text: str, parser: object) -> None:
    _, found = read(Source("x.yaml", f'a: "{text}"\n'), parser)
    assert [(one.code, one.span.line) for one in found] == [("yaml.encoding", 1)]


def test_places_behind_two_halves_are_those_of_the_file() -> None:
    text = r'{"\ud83c\udf89": "\\\ud83c\udf89", "b": c}'
    node, _ = read(Source("x.yaml", text))
    assert isinstance(node, Table)
    assert plain(node) == {"🎉": "\\🎉", "b": "c"}
    assert node.entries["b"].value.span.column == text.index("c}") + 1


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("'don't go'", "words behind the closing quote of a text"),
        ('"he said "go" to me"', "words behind the closing quote of a text"),
        ('"Go," she said', "words behind the closing quote of a text"),
        ("[Verse] one night", "words behind a list [ … ]"),
        ("{{ name }} is here", "words behind a mapping { … }"),
    ],
)
def test_words_behind_the_end_of_a_text_are_told_as_that(text: str, detail: str) -> None:
    _, found = read(Source("x.yaml", f"songs:\n  a:\n    lyrics: {text}\n    takes: 2\n"))
    told = [one for one in found if detail in one.message]
    assert told, found
    assert told[0].span.line == 3
    assert "begin the text with |" in told[0].fix
