"""Entries put into a YAML text: nothing else of it changes, or nothing at all."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from songbatch.documents.yaml_insert import CannotInsert, Fields, lines_of, with_entries
from songbatch.sources import Source

ROOT = Path(__file__).parents[2]
BEFORE = ("defaults", "songs")
ENTRY: dict[str, Fields] = {"harbour": {"file": "references/harbour.flac", "purpose": "song"}}
LINE = "harbour: {file: references/harbour.flac, purpose: song}"
SONGS = "songs: {a: {lyrics: x}}\n"


def inserted(text: str, entries: Mapping[str, Fields] = ENTRY) -> str:
    return with_entries(Source("specs/a.yaml", text), "references", entries, BEFORE)


def added(text: str) -> list[str]:
    """The lines that are new, if every other one stands as it stood."""
    lines = list(difflib.ndiff(text.splitlines(keepends=True), inserted(text).splitlines(True)))
    assert not [line for line in lines if line[0] in "-?"], lines
    return [line[2:] for line in lines if line[0] == "+"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"version: 1\n{SONGS}", ["references:\n", f"  {LINE}\n", "\n"]),
        (
            f"version: 1\n\n# The songs.\n# All of them.\n{SONGS}",
            ["references:\n", f"  {LINE}\n", "\n"],
        ),
        (f"version: 1\nreferences:   # none yet\n{SONGS}", [f"  {LINE}\n"]),
        (
            "version: 1\nreferences:\n  a: {file: a.mp3, purpose: song}   # mine\n\n"
            f"  # b: {{file: b.mp3}}\n{SONGS}",
            [f"  {LINE}\n"],
        ),
        (
            "version: 1\nreferences:\n    a:\n      purpose: song\n      file: >-\n        a.mp3\n"
            f"\n{SONGS}",
            [
                "    harbour:\n",
                "      file: references/harbour.flac\n",
                "      purpose: song\n",
            ],
        ),
        (
            "version: 1\nd: &d {file: x, purpose: song}\nreferences:\n  a: *d # same\n" + SONGS,
            [f"  {LINE}\n"],
        ),
        (
            "--- # top\nversion: 1\nreferences:\n  a: {file: 'x\n     y', purpose: song}\n...\n",
            [f"  {LINE}\n"],
        ),
        (
            f"version: 1\r\nreferences:\r\n  a: {{file: a, purpose: song}}\r\n{SONGS}",
            [f"  {LINE}\r\n"],
        ),
    ],
)
def test_lines_are_added_and_all_others_stay(text: str, lines: list[str]) -> None:
    assert sorted(added(text)) == sorted(lines)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (f"references: {{}}\n{SONGS}", f"references: {{{LINE}}}\n{SONGS}"),
        ("references: {a: {file: x}} # k\n", f"references: {{a: {{file: x}}, {LINE}}} # k\n"),
        (
            "references: {\n  a: {file: x},  # k\n  b: {file: y}  # l\n}\n",
            f"references: {{\n  a: {{file: x}},  # k\n  b: {{file: y}},  # l\n  {LINE}\n}}\n",
        ),
        (
            "references: {\r\n  a: {file: x},  # k\r\n}\r\n",
            f"references: {{\r\n  a: {{file: x}},  # k\r\n  {LINE},\r\n}}\r\n",
        ),
        ("{songs: {a: {}}}\n", f"{{songs: {{a: {{}}}}, references: {{{LINE}}}}}\n"),
        ("version: 1", f"version: 1\n\nreferences:\n  {LINE}"),
        (
            "references:\n  a: {file: x}",
            f"references:\n  a: {{file: x}}\n  {LINE}",
        ),
    ],
)
def test_what_stands_in_braces_or_at_the_end(text: str, result: str) -> None:
    assert inserted(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nreferences: &r\n  a: {file: a}\nvars: *r\n",
        "version: 1\nvars: &r {a: b}\nreferences: *r\n",
        "version: 1\nreferences:\n- a\n",
        "version: 1\nreferences: ~\n",
        "version: 1\nreferences:\n  ? a\n  : {file: x}\n",
        "version: 1\nversion: 1\n",
        "version: [\n",
        "- version\n",
        "version: 1\nreferences:\n  harbour: {file: x}\n",
        "",
    ],
)
def test_what_is_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(CannotInsert):
        inserted(text)


SPECS = sorted((ROOT / "specs").glob("*.yaml")) + sorted(
    (ROOT / "tests" / "spec" / "valid").glob("*/*.yaml")
)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_spec_that_is_here_keeps_its_lines(path: Path) -> None:
    text = path.read_bytes().decode()
    now = inserted(text)
    was, said = (yaml.load(one, yaml.CBaseLoader) for one in (text, now))
    assert said.pop("references") == (was.pop("references", None) or {}) | ENTRY
    assert said == was
    assert len(now) - len(text) <= len("\n\nreferences:\n") + 100


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(st.sampled_from(["holder", "licence", "note"]), texts, min_size=1))
def test_any_text_is_what_it_was_when_it_is_read(rights: dict[str, str]) -> None:
    entries: dict[str, Fields] = {"harbour": {"file": "a.mp3", "purpose": "song", "rights": rights}}
    for text in (f"version: 1\n{SONGS}", "references:\n  a:\n    file: x\n", "references: {}\n"):
        document = yaml.load(inserted(text, entries), yaml.CBaseLoader)
        assert document["references"]["harbour"]["rights"] == rights


def test_lines_to_paste_are_what_would_be_written() -> None:
    assert lines_of(ENTRY) == [f"  {LINE}"]
