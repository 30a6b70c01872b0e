"""Which song is drawn, where its picture goes, and what is refused."""

from __future__ import annotations

import pytest

from support.contract.audio import tone
from support.kit import Project
from support.references import band
from tests.picture.shapes import Picture
from tests.run.specs import SONG

OUTPUT = "outputs/demo/music-01/first.mp3"


@pytest.fixture
def rendered(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    return hosted


def refused(project: Project, *arguments: str) -> str:
    """Return what a command says that is refused, and changes nothing."""
    before = project.files()
    result = project.run("analyze", *arguments)
    assert result.status == 2, result
    assert "  fix: " in result.stderr, result
    assert result.stdout == ""
    assert project.files() == before
    return result.stderr


@pytest.mark.parametrize("arguments", [("demo/first/1", "--picture"), ("--picture", "first")])
def test_a_picture_lies_beside_its_song(rendered: Project, arguments: tuple[str, ...]) -> None:
    before = rendered.files()
    result = rendered.run("analyze", *arguments)
    place = "outputs/demo/music-01/first.svg"
    assert (result.status, result.stdout) == (0, f"{place}: demo/first/1\n"), result
    first = (rendered.root / place).read_bytes()
    assert Picture(first).texts[0] == "First"
    assert {path: d for path, d in rendered.files().items() if path != place} == before
    again = rendered.run("analyze", *arguments)
    assert again.status == 0, again
    assert (rendered.root / place).read_bytes() == first
    assert "Nothing to do" in rendered.run("render").stdout


def test_of_a_recording_it_lies_in_the_current_folder(rendered: Project) -> None:
    rendered.write("found/band.wav", band(100.0, 7, drums=True))
    result = rendered.run("analyze", "found/band.wav", "--picture")
    assert result.status == 0, result
    assert "energy" in Picture((rendered.root / "band.svg").read_bytes()).texts


def test_only_pictures_are_overwritten(rendered: Project) -> None:
    for mine in (b"my notes", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>\n"):
        rendered.write("mine.svg", mine).write("outputs/demo/music-01/first.svg", mine)
        for more in (["mine.svg"], []):
            said = refused(rendered, "first", "--picture", *more)
            assert "not a picture by songbatch" in said
    earlier = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1240 688" '
    earlier += b'width="1240" height="688" font-family="sans-serif">\n</svg>\n'
    for harmless in (b"", earlier):
        rendered.write("mine.svg", harmless)
        assert rendered.run("analyze", "first", "--picture", "mine.svg").status == 0


def test_no_such_song_is_told_with_what_is_near(rendered: Project) -> None:
    assert 'did you mean "first"?' in refused(rendered, "frist", "--picture")
    assert "no rendered song is called so" in refused(rendered, "demo/other/7")
    assert "means 2 songs" in refused(rendered, "demo", "--picture")
    assert "name one: demo/first/1, demo/second/1" in refused(rendered, "demo")
    assert "no FILE is named" in refused(rendered, "--picture", "some.svg")
    assert "no FILE is named" in refused(rendered)


def test_a_missing_output_is_told(rendered: Project) -> None:
    (rendered.root / OUTPUT).unlink()
    assert rendered.run("analyze", "first", "--picture", "still.svg").status == 0  # in the store
    for blob in (rendered.root / ".songbatch/store").rglob("*"):
        if blob.is_file():
            blob.unlink()
    assert f"{OUTPUT} is missing" in refused(rendered, "first", "--picture")
    assert "songbatch render demo/first/1" in refused(rendered, "demo/first/1")


def test_what_is_no_audio_is_told(rendered: Project) -> None:
    rendered.write("notes.mp3", b"not audio at all")
    assert "the file is a text" in refused(rendered, "notes.mp3", "--picture")
    rendered.write(OUTPUT, tone("mp3", 16.0, 99.0))
    assert "not the song that was written there" in refused(rendered, OUTPUT, "--picture")
    assert "no such file" in refused(
        rendered, "nowhere/none.mp3", "--project", "specs/..", "--json"
    )


def test_outside_of_a_project_a_file_must_be_there(project: Project) -> None:
    assert "no such file" in refused(project, "demo/first/1", "--picture")


def test_a_manifest_cannot_lead_outside(rendered: Project) -> None:
    outside = rendered.root.parent / "outside.mp3"
    outside.write_bytes((rendered.root / OUTPUT).read_bytes())
    manifest = "outputs/demo/music-01/manifest.json"
    text = (rendered.root / manifest).read_text("utf-8")
    rendered.write(manifest, text.replace(OUTPUT, "../outside.mp3"))
    result = rendered.run("analyze", "demo/first/1", "--picture")
    assert result.status == 2, result
    assert "fix: " in result.stderr
    assert not (rendered.root.parent / "outside.svg").exists()
