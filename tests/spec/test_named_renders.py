"""Messages about renders: whom they name, and how many more they count."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from songbatch.sources import Source
from songbatch.spec import load
from songbatch.spec.expand import MAX_FAILED
from tests.spec.examples import Memory

HEAD = """\
version: 1
references: {porch: {file: porch.mp3, purpose: song}}
"""
SONGS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=4
)  # values of a matrix, takes
FAULTS = st.sampled_from(
    ["reference: porc", "reference: '{{ nobody }}'", "{reference: porch, output: a/b}"]
)


def spec(songs: list[tuple[int, int]], default: str) -> str:
    lines = [f"defaults: {default if default[0] == '{' else f'{{{default}}}'}\n", "songs:\n"]
    for number, (values, takes) in enumerate(songs):
        matrix = f", matrix: {{n: [{', '.join('abc'[:values])}]}}" if values else ""
        lines.append(f"  s{number}: {{lyrics: la, takes: {takes}{matrix}}}\n")
    return HEAD + "".join(lines)


def messages(text: str) -> list[str]:
    found = load(Source("specs/a.yaml", text), "a", Memory()).diagnostics
    return [one.message for one in found if one.severity == "error"]


@given(SONGS, FAULTS)
def test_a_mistake_of_defaults_names_a_render_and_counts_the_others(
    songs: list[tuple[int, int]], fault: str
) -> None:
    (message,) = messages(spec(songs, fault))
    assert "for ," not in message
    assert not message.endswith((",", " ", "for"))
    failed = sum(min(max(values, 1) * takes, MAX_FAILED) for values, takes in songs)
    named = re.search(r", for (.+?)(?:, and ([0-9]+) more renders?)?$", message)
    if len(songs) > 1:
        assert named is not None
        assert re.fullmatch(r"a/s0(/a)?/1", named[1])
        assert int(named[2]) == failed - 1
    elif songs[0][0]:
        assert named is not None
        assert named[1] == "n=a"
        assert int(named[2] or 0) == failed - 1
    else:
        # The song is all there is: whoever reads it needs no name.
        assert named is None


def test_a_text_of_defaults_is_told_once_for_all_songs() -> None:
    text = f"{HEAD}defaults: {{reference: porch, lyrics: '## la'}}\nsongs: {{b: {{}}, c: {{}}}}\n"
    found = load(Source("specs/a.yaml", text), "a", Memory()).diagnostics
    assert [one.message for one in found] == [
        "## is unbalanced: it stands only at the beginning, for a/b/1, and 1 more render"
    ]


def test_a_matrix_without_lists_is_not_listed() -> None:
    song = "{reference: porch, lyrics: la, matrix: {include: [{a: 1}], exclude: [{b: 1}]}}"
    found = load(
        Source("specs/a.yaml", f"{HEAD}songs: {{one: {song}}}\n"), "a", Memory()
    ).diagnostics
    assert [one.fix for one in found] == ["list its values first"]
