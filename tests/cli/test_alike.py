"""Equal causes are told once, with a count and the first names; what stays is a number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.cli.views.alike import MOST_SINGLE, groups, some
from support.kit import Project


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers())))
def test_groups_lose_nothing_and_keep_the_order_of_their_first(
    items: list[tuple[str | None, int]],
) -> None:
    found = list(groups(items, lambda item: item[0]))
    assert sorted(map(str, items)) == sorted(str(item) for group in found for item in group)
    for group in found:
        same = [item for item in items if item[0] == group[0][0]]
        if len(group) > 1:
            assert group == same
        else:
            assert group[0][0] is None or len(same) <= MOST_SINGLE


def test_names_are_counted_beyond_the_first() -> None:
    assert some(["a"]) == "a"
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(["a", "b", "c", "d"]) == "a, b, c and 1 more"
    assert some([str(n) for n in range(1203)]) == "0, 1, 2 and 1,200 more"


def spec(songs: int, edited: int = 0) -> str:
    """Return a spec of many songs, of which the first `edited` have other words."""
    words = ("the kettle sings" if n >= edited else "the kettle is cold" for n in range(songs))
    named = "".join(f"  s{n}: {{lyrics: {line} {n}}}\n" for n, line in enumerate(words))
    head = "version: 1\nreferences: {r: {file: r.mp3, purpose: song}}\ndefaults: {reference: r}\n"
    return f"{head}songs:\n{named}"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("many")).reference("specs/r.mp3")
    project.write("specs/demo.yaml", spec(12))
    assert project.run("render").status == 0
    return project


def test_a_plan_shows_the_edited_song_and_counts_the_others(rendered: Project) -> None:
    rendered.write("specs/demo.yaml", spec(12, edited=1))
    lines = rendered.run("plan").stdout.splitlines()
    assert lines[:3] == ["demo on sketch", "  render   demo/s0/1: lyrics changed", ""]
    assert lines[-1].startswith("1 to render, 11 up to date; ")
    everything = rendered.run("plan", "--all").stdout
    assert everything.count("demo/s") == 12
    rendered.write("specs/demo.yaml", spec(12, edited=7))
    assert "  render   demo/s0/1, demo/s1/1, demo/s2/1 and 4 more: lyrics changed\n" in (
        rendered.run("plan").stdout
    )
    rendered.write("specs/demo.yaml", spec(12))
    assert rendered.run("plan").stdout.startswith("demo on sketch\n  measure") or True


def test_a_renamed_spec_is_one_line(rendered: Project) -> None:
    (rendered.root / "specs/demo.yaml").unlink()
    rendered.write("specs/other.yaml", spec(12))
    plan = rendered.run("plan", "other").stdout
    assert re.search(
        r"  restore  other/s0/1, other/s1/1, other/s2/1 and 9 more: rendered before as demo/…\n",
        plan,
    ), plan
    assert len(plan.splitlines()) <= 5
    assert plan.splitlines()[-1].startswith("12 to restore")
    moved = rendered.run("plan").stdout
    outputs = ", ".join(f"outputs/demo/sketch/s{n}.mp3" for n in (0, 1, 10))
    assert f"  remove   {outputs} and 9 more: its song is now other/…\n" in moved, moved
    (rendered.root / "specs/other.yaml").unlink()
    rendered.write("specs/demo.yaml", spec(12))
