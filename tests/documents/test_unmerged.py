"""Files with conflict markers, as git writes them and as people leave them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.conflicts import find_conflict, has_marker, parted
from songbatch.documents.project import load_project
from songbatch.documents.selects_file import load_selects
from songbatch.sources import Source
from songbatch.spec import load
from tests.spec.examples import Memory

HEAD = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
defaults: {reference: river}
songs:
"""
OURS = "  one: {lyrics: one golden candle}\n"
THEIRS = "  one: {lyrics: one little candle}\n"
MARKERS = ["<<<<<<< HEAD\n", "||||||| 2a6a712\n", "=======\n", ">>>>>>> ben\n"]
SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs:
  one: {reference: river, template: one.txt, rows: one.csv}
"""


def codes(text: str, **files: str) -> list[tuple[str, str, int]]:
    found = load(Source("specs/x.yaml", text), "x", Memory(**files)).diagnostics
    return [(one.code, one.span.path, one.span.line) for one in found]


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_what_git_leaves_is_one_error(style: str, tmp_path: Path) -> None:
    for name, song in (("ours", OURS), ("base", ""), ("theirs", THEIRS)):
        (tmp_path / name).write_text(HEAD + song + "  two: {lyrics: la}\n", "utf-8")
    command = ["git", "merge-file", "-p", *([f"--{style}"] if style != "merge" else [])]
    command += ["ours", "base", "theirs"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    merged = done.stdout
    assert merged.count("=======") == 1
    assert codes(merged) == [("merge.conflict", "specs/x.yaml", HEAD.count("\n") + 1)]
    sides = parted(merged)
    assert sides is not None
    assert [text.count("candle") for text in sides[1:]] == [1, 1]
    assert sides[1:] == tuple((tmp_path / name).read_text("utf-8") for name in ("ours", "theirs"))


@given(st.sets(st.sampled_from(range(4)), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_any_part_of_the_markers_is_one_error_at_the_first(kept: set[int], end: str) -> None:
    opening, base, middle, closing = (MARKERS[n] if n in kept else "" for n in range(len(MARKERS)))
    text = f"{HEAD}{opening}{OURS}{base}{middle}{THEIRS.replace('one:', 'two:')}{closing}"
    lines = text.split("\n")
    first = next(n for n, line in enumerate(lines, 1) if f"{line}\n" in MARKERS)
    assert codes(text.replace("\n", end)) == [("merge.conflict", "specs/x.yaml", first)]


@pytest.mark.parametrize("words", ["=======", ">>>", "<<< hey", ">>>>>>>", "=========="])
def test_words_that_only_look_alike_are_words(words: str) -> None:
    assert (
        codes(SPEC, **{"templates/one.txt": f"la\n{words}\nlo\n", "specs/one.csv": "a\n1\n"}) == []
    )
    assert "merge.conflict" not in {
        code for code, *_ in codes(f'{HEAD}  one:\n    lyrics: "la\n{words}\n\n     lo"\n')
    }


@given(
    st.sets(st.sampled_from([0, 1, 3]), min_size=1),
    st.integers(0, 6),
    st.sampled_from([">", "|", "'"]),
)
def test_markers_that_an_editor_has_indented_are_told_all_the_same(
    kept: set[int], more: int, style: str
) -> None:
    body = "".join(f"{' ' * (6 + more)}{MARKERS[n]}" for n in sorted(kept))
    text = f"{HEAD}  one:\n    lyrics: {style}\n      la\n{body}      lo{style.strip('>|')}\n"
    assert codes(text) == [("merge.conflict", "specs/x.yaml", HEAD.count("\n") + 4)]


@given(st.sampled_from("<>|="), st.integers(7, 9), st.sampled_from(["", " ", "    "]))
def test_a_lone_marker_is_one_where_no_person_writes_lines(
    sign: str, times: int, indent: str
) -> None:
    line = indent + sign * times
    # In a text it may be words: an underline, or an arrow.
    assert find_conflict(f"la\n{line}\nlo\n") is None
    assert has_marker(f'{{\n "manifest": 1,\n{line}\n}}\n'.encode())
    assert not has_marker(f'{{\n "lyrics": "{line}\\n"\n}}\n'.encode())
    assert parted(f"la\n{line}\nlo\n") is None


@pytest.mark.parametrize("file", ["templates/one.txt", "specs/one.csv", "templates/part.txt"])
def test_lyrics_rows_and_what_they_include_are_looked_at(file: str) -> None:
    files = {
        "templates/one.txt": "{% include 'part.txt' %}\n",
        "templates/part.txt": "la {{ a }}\n",
        "specs/one.csv": "a\n1\n",
    }
    files[file] += f"{MARKERS[0]}one\n{MARKERS[2]}two\n{MARKERS[3]}"
    assert ("merge.conflict", file, files[file].split("<")[0].count("\n") + 1) in codes(
        SPEC, **files
    )


def test_settings_and_selects_are_looked_at() -> None:
    text = f"version: 1\n{MARKERS[0]}a: 1\n{MARKERS[2]}a: 2\n{MARKERS[3]}"
    _, found = load_project(Source("songbatch.yaml", text))
    assert [one.code for one in found] == ["merge.conflict"]
    (selects,) = load_selects(Source("specs/selects.yaml", text)).diagnostics
    assert selects.code == "merge.conflict"
    assert selects.fix == "songbatch selects merge specs/selects.yaml -o specs/selects.yaml"


@given(st.lists(st.sampled_from(["la", *MARKERS[:1], *MARKERS[2:]]), max_size=12))
def test_sides_lose_no_line(pieces: list[str]) -> None:
    lines = [f"la {n}\n" if piece == "la" else piece for n, piece in enumerate(pieces)]
    text = "".join(lines)
    sides = parted(text)
    if sides is not None:
        assert find_conflict(text) is not None
        assert all(any(line in side for side in sides[1:]) for line in lines if line[0] == "l")
        # An underline outside of a conflict is one on both sides.
        assert not any(marker in side for side in sides for marker in (MARKERS[0], MARKERS[3]))
