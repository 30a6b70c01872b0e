"""The fast judge and the explaining one agree on what is a spec and what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import Severity
from songbatch.documents import schema, schema_errors
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
