"""The fast judge and the explaining one agree on what is a spec and what is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import Severity
from songbatch.documents import schema, schema_errors, schema_messages
from songbatch.documents.yaml_nodes import Node, plain
from songbatch.documents.yaml_reader import read
from songbatch.sources import Source

EXAMPLES = Path(__file__).parents[1] / "spec"
SPECS = sorted(EXAMPLES.glob("*/*/specs/*.yaml"))
WORDS = st.sampled_from([
    "version", "songs", "a", "lyrics", "takes", "references", "file", "purpose", "song", "voice",
    "matrix", "rows", "audio", "format", "mp3", "tags", "a\n", "", " ", "-", "defaults", "vars",
])  # fmt: skip
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(-3, 70000), st.just(10**15), st.floats(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


def alike(document: Node) -> None:
    _, quick = schema.judge(document)
    _, slow = schema_errors.explain(document, schema.schema_text(), "the spec", ())
    assert quick == slow


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parts[-3])
def test_on_the_examples(path: Path) -> None:
    document, _ = read(Source("x.yaml", path.read_bytes().decode("utf-8", "replace")))
    if document is not None:
        alike(document)


@given(st.dictionaries(WORDS, VALUES, max_size=5), st.booleans())
def test_on_any_document(tree: dict[str, object], sound: bool) -> None:
    if sound:
        tree = {"version": 1, "songs": {"a": {"reference": "r", "lyrics": "x", **tree}}}
    document, _ = read(Source("x.yaml", json.dumps(tree)))
    if document is not None:
        alike(document)


BYTE_ORDER_MARK = r"""
outer:
  name: "\ufeff"
  other: fine
"""
NO_SPACE = {"type": "string", "pattern": r"^\S+$"}
"""To ECMA's regular expressions a byte order mark is a space, to Python's it is none."""


def test_what_only_one_of_them_refuses_is_reported() -> None:
    document, problems = read(Source("x.yaml", BYTE_ORDER_MARK))
    assert document is not None
    assert problems == []
    outer = {"type": "object", "properties": {"name": NO_SPACE, "other": NO_SPACE}}
    text = json.dumps({"type": "object", "properties": {"outer": outer}})
    assert schema_errors.explain(document, text, "the file", ()) == (document, [])
    judged, (found,) = schema.judge_by(document, text, "the file")
    assert (found.code, found.severity) == ("schema.pattern", Severity.ERROR)
    assert (found.span.line, found.span.column) == (3, 9)
    assert "does not match" in found.detail
    assert plain(judged) == {"outer": {"name": None, "other": "fine"}}


UNTOLD = frozenset({
    "$defs", "$ref", "$schema", "allOf", "default", "description", "examples", "items",
    "properties", "propertyNames", "title",
})  # fmt: skip
"""What a schema says that refuses nothing by itself."""


def rules(part: object, *, are_names: bool = False) -> Iterator[dict[str, object]]:
    """Yield every schema within a schema; keys below `properties` are names of the author's."""
    if not isinstance(part, dict):
        return
    if not are_names:
        yield part
    for name, inner in part.items():
        if are_names or name in {"items", "additionalProperties", "propertyNames", "not"}:
            yield from rules(inner)
        elif name in {"properties", "$defs"}:
            yield from rules(inner, are_names=True)
        elif name in {"oneOf", "allOf", "anyOf"}:
            for one in inner:
                yield from rules(one)


@pytest.mark.parametrize("kind", get_args(schema.Kind))
def test_there_are_words_for_all_that_a_schema_refuses(kind: schema.Kind) -> None:
    for rule in rules(json.loads(schema.schema_text(kind))):
        assert set(rule) <= UNTOLD | schema_messages.TOLD, rule
        if {"minimum", "exclusiveMinimum", "maximum"} & set(rule):
            assert "maximum" in rule, rule
            assert {"minimum", "exclusiveMinimum"} & set(rule), rule


HEAD = "version: 1\nreferences: {r: {file: r.mp3, purpose: song}}\n"
SONG = HEAD + "songs: {one: {reference: r, lyrics: la, %s}}\n"


@pytest.mark.parametrize(
    ("text", "detail", "fix"),
    [
        (SONG % f"labels: {[f'l{n}' for n in range(51)]}", "`labels` has 51 items", "at most 50"),
        (
            SONG % "takes: 1" + "album: {sequence: [{song: one, crossfade: -1}]}\n",
            "`crossfade` is -1",
            "above 0 and up to",
        ),
    ],
)
def test_bounds_are_told(text: str, detail: str, fix: str) -> None:
    document, _ = read(Source("specs/x.yaml", text))
    assert document is not None
    told = [(one.detail, one.fix) for one in schema.judge(document)[1]]
    assert any(detail in said and fix in mend for said, mend in told), told
