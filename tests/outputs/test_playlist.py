"""The playlist beside the outputs: in the order of the spec, of what is there, only when needed."""

from __future__ import annotations

import pytest

from support.kit import Project
from tests.run.specs import SONG

LIST = "outputs/demo/music-01/demo.m3u8"


@pytest.fixture
def rendered(hosted: Project) -> Project:
    """Two songs whose order is not that of their names, rendered."""
    hosted.write("specs/demo.yaml", SONG.replace("  first:", "  zeta:"))
    hosted.reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    return hosted


def lines(project: Project) -> list[str]:
    return (project.root / LIST).read_bytes().decode("utf-8").splitlines()


def test_the_list_is_in_the_order_of_the_spec(rendered: Project) -> None:
    entries = rendered.entries("demo")
    zeta, second = (round(entries[f"demo/{name}/1"]["seconds"]) for name in ("zeta", "second"))
    assert lines(rendered) == [
        "#EXTM3U",
        "#PLAYLIST:Demo EP",
        f"#EXTINF:{zeta},Zeta",
        "zeta.mp3",
        f"#EXTINF:{second},Second",
        "second.mp3",
    ]


def test_it_is_written_only_where_it_changes(rendered: Project) -> None:
    path = rendered.root / LIST
    before = path.stat().st_ino, path.read_bytes()
    assert rendered.run("render").status == 0
    assert (path.stat().st_ino, path.read_bytes()) == before
    path.unlink()
    assert "Nothing to do" in rendered.run("render").stdout
    assert path.read_bytes() == before[1]
    rendered.replace("specs/demo.yaml", "title: Demo EP", 'title: "Démo\\nEP"')
    rendered.replace("specs/demo.yaml", "defaults:\n", "defaults:\n  tags: {artist: A – B}\n")
    assert rendered.run("render", "--frozen").status == 0
    assert lines(rendered)[1:4:2] == ["#PLAYLIST:Démo EP", "zeta.mp3"]
    assert lines(rendered)[2].endswith(",A – B - Zeta")


def test_it_lists_what_can_be_played(rendered: Project) -> None:
    rendered.replace("specs/demo.yaml", "  zeta:\n", "  zeta:\n    output: '#1 {{ song }}'\n")
    rendered.replace("specs/demo.yaml", "  second:\n", "  second:\n    audio: {format: pcm}\n")
    rendered.write("specs/raw.yaml", SONG.replace("defaults:", "defaults:\n  audio: {format: pcm}"))
    assert rendered.run("render").status == 0
    assert lines(rendered)[3:] == ["./#1 zeta.mp3"]
    assert not (rendered.root / "outputs/raw/music-01/raw.m3u8").exists()
    assert (rendered.root / "outputs/raw/music-01/first.pcm").exists()


def test_what_a_selection_leaves_out_stays_listed(rendered: Project) -> None:
    rendered.replace("specs/demo.yaml", "the hill", "the ridge")
    assert rendered.run("render", "--select", "demo/second").status == 0
    assert lines(rendered)[3::2] == ["zeta.mp3", "second.mp3"]
