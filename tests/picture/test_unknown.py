"""Pictures of songs whose score nobody tells: what is measured, and what is not known."""

from __future__ import annotations

import pytest

from support.kit import Project
from tests.picture.shapes import Picture, drawn
from tests.run.specs import SONG

EVIL = "<script>alert(1)</script> ]]> &amp; \u202eevil\u2066 \ufffe\uffff"
LONG = "Donaudampfschifffahrt" * 60


def rendered(project: Project, spec: str) -> Project:
    project.write("specs/demo.yaml", spec).reference("specs/references/river.mp3")
    result = project.run("render")
    assert result.status == 0, result
    return project


def lines_of(picture: Picture) -> list[str]:
    return [word.text for word in picture.words()]


def test_a_song_without_times_says_so(hosted: Project) -> None:
    picture = drawn(rendered(hosted, SONG), "first")
    assert "Not known: sections, chords, melody. music-01 tells nothing of them." in (
        picture.description
    )
    assert "Not known: when its lines are sung." in picture.description
    assert lines_of(picture) == []
    assert picture.boxes("sung") == picture.boxes("chord") == []
    assert "reference river" in picture.texts
    assert any(text.endswith("dBFS") for text in picture.texts)


def test_estimated_times_are_told_as_estimates(hosted: Project) -> None:
    spec = SONG.replace("  first:\n", "  first:\n    lrc: true\n")
    picture = drawn(rendered(hosted, spec), "first")
    assert lines_of(picture) == ["Down by the river we sing,", "morning is all that we bring."]
    assert "The times of lines are estimated, not measured." in picture.description
    hosted.replace("outputs/demo/music-01/first.lrc", "[songbatch-key:", "[songbatch-key:0")
    assert lines_of(drawn(hosted, "first")) == []


@pytest.fixture
def hostile(hosted: Project) -> Project:
    rendered(hosted, SONG.replace("  first:\n", "  first:\n    lrc: true\n"))
    # What a manifest and a file of times may hold when a stranger writes them.
    manifest = "outputs/demo/music-01/manifest.json"
    hosted.replace(manifest, '"title": "First"', f'"title": "{EVIL.replace(chr(0xFFFE), "")}"')
    path = hosted.root / "outputs/demo/music-01/first.lrc"
    head = path.read_text("utf-8").partition("[00:")[0]
    lines = [f"[00:{n % 60:02}.00]{EVIL}{LONG if n == 3 else n}" for n in range(1000)]
    hosted.write("outputs/demo/music-01/first.lrc", head + "\n".join(lines) + "\n[99:99.99]\x1b[2J")
    return hosted


def test_a_stranger_can_write_nothing_but_text(hostile: Project) -> None:
    picture = drawn(hostile, "first")
    assert picture.elements <= {"svg", "desc", "style", "rect", "text", "title", "path"}
    data = (hostile.root / "drawn.svg").read_text("utf-8")
    assert "<script" not in data
    assert not set("\u202e\u2066\x1b\ufffe\uffff") & set(data)
    assert r"\u202eevil" in data
    assert picture.texts[0].startswith("<script>alert(1)</script>")


def test_a_thousand_lines_are_cut_and_counted(hostile: Project) -> None:
    picture = drawn(hostile, "first")
    assert len(lines_of(picture)) == 80
    assert "and 921 more lines" in picture.texts
    assert (hostile.root / "drawn.svg").stat().st_size < 200_000
