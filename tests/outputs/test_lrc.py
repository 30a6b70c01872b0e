"""`.lrc` files: exact for the sketch engine, estimates elsewhere, and only where asked for."""

from __future__ import annotations

import re

import pytest

from songbatch.outputs.lrc import estimated
from support.kit import Project
from support.references import voice
from tests.run.specs import SONG

LRC = "outputs/demo/music-01/first.lrc"
TIMED = re.compile(r"\[(\d\d):(\d\d\.\d\d)\](.+)")


@pytest.fixture
def rendered(hosted: Project) -> Project:
    """The shared spec with line times for all its songs, rendered."""
    hosted.write("specs/demo.yaml", SONG.replace("defaults:\n", "defaults:\n  lrc: true\n"))
    hosted.reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    return hosted


def text(project: Project, path: str = LRC) -> str:
    return (project.root / path).read_bytes().decode("utf-8")


def times(lrc: str) -> list[tuple[float, str]]:
    return [(60 * int(m) + float(s), words) for m, s, words in TIMED.findall(lrc)]


def test_estimates_say_that_they_are(rendered: Project) -> None:
    entry = rendered.entries("demo")["demo/first/1"]
    head, _, body = text(rendered).partition("[by:estimated times]\n")
    assert head.splitlines() == [
        "[re:songbatch]",
        "[ti:First]",
        "[al:Demo EP]",
        "[length:0:02]",
        f"[songbatch-key:{entry['key']}]",
    ]
    found = times(body)
    assert [words for _, words in found] == entry["lyrics"].split("\n")
    assert 0 <= found[0][0] < found[1][0] < entry["seconds"]


def test_files_are_kept_retagged_restored_and_removed(rendered: Project) -> None:
    path = rendered.root / LRC
    before = path.stat().st_ino, text(rendered)
    rendered.replace("specs/demo.yaml", "defaults:\n", "# a comment\ndefaults:\n")
    assert "Nothing to do" in rendered.run("render").stdout
    assert (path.stat().st_ino, text(rendered)) == before
    rendered.replace("specs/demo.yaml", "lrc: true\n", "lrc: true\n  tags: {artist: A}\n")
    assert rendered.run("render", "--frozen").status == 0
    assert text(rendered) == before[1].replace("[al:", "[ar:A]\n[al:")
    path.unlink()
    assert rendered.run("render", "--frozen").status == 0
    assert times(text(rendered)) == times(before[1])
    rendered.write("outputs/demo/music-01/second.lrc", "[00:01.00]my own\n")
    rendered.replace("specs/demo.yaml", "lrc: true", "lrc: false")
    assert rendered.run("render", "--frozen").status == 0
    assert not path.exists()
    assert text(rendered, "outputs/demo/music-01/second.lrc") == "[00:01.00]my own\n"


def test_the_sketch_engine_tells_its_own_times(project: Project) -> None:
    project.write("specs/voice.wav", voice((55.0, 59.0, 62.0)))
    project.write(
        "specs/demo.yaml",
        "version: 1\nreferences: {v: {file: voice.wav, purpose: voice}}\n"
        "defaults: {voice: v, lrc: true, audio: {format: wav, sample_rate: 16000}}\n"
        'songs:\n  one: {lyrics: "##Take the bus to town,\\n\\npick a card again.##"}\n',
    )
    assert project.run("render").status == 0
    lrc = text(project, "outputs/demo/sketch/one.lrc")
    assert "[by:the engine's own times]\n" in lrc
    found = times(lrc)
    assert [words for _, words in found] == ["Take the bus to town,", "pick a card again."]
    assert project.entries("demo", "sketch")["demo/one/1"]["seconds"] > found[1][0] > found[0][0]


def test_estimates_share_out_the_singing() -> None:
    (first, last) = estimated("four\n\nfour", 1.0, 11.0)
    assert (first, last[1]) == ((1.0, "four"), "four")
    assert last[0] == pytest.approx(9.0)
    (first, last) = estimated("##four\n\nfour##", 0.0, 10.0)
    assert first[0] == pytest.approx(1.2)
    assert last[0] < 8.8


def test_a_renamed_song_takes_its_file_along(rendered: Project) -> None:
    rendered.replace("specs/demo.yaml", "  first:\n", "  opening:\n")
    assert rendered.run("render", "--select", "demo/second").status == 0
    assert (rendered.root / LRC).exists()
    assert rendered.run("render", "--frozen").status == 0
    assert not (rendered.root / LRC).exists()
    assert "[ti:Opening]" in text(rendered, LRC.replace("first", "opening"))
