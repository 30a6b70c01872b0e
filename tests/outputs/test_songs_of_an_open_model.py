"""Songs with and without words, of an engine with sections, seeds and masters: all that lies there.

The server is the simulated one, so the sound says nothing; what is asked, kept and shown does.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import mutagen.id3
import pytest

from songbatch.store import manifest as manifests
from support.acestep.server import AceStepServer
from support.kit import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = """\
version: 1
engine: acestep
references: {band: {file: band.mp3, purpose: song}}
defaults: {style: "pop, {{ song }}", duration: 12, lrc: true}
songs:
  sung:
    reference: band
    lyrics: "[Verse]\\nLa la\\n\\n[Chorus]\\nLo"
    seed: 7
    takes: 2
    bpm: 92
    scale: A minor
    options: {acestep: {inference_steps: 12, guidance_scale: 2.5}}
  cover: {reference: band, lyrics: La, follow: song, strength: 0.5, audio: {format: wav}}
  quiet: {vocals: none}
  wordless: {}
  backed: {lyrics: "## La ##"}
  hurried: {lyrics: "{{ 'la lo ' * 200 }}", lrc: false}
"""
FOLDER = "outputs/songs/acestep"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("songs"))
    project.write("specs/songs.yaml", SPEC).reference("specs/band.mp3")
    with AceStepServer() as server:
        project.environment = {"ACESTEP_URL": server.url}
        result = project.run("render")
        assert result.status == 0, result
        assert server.charged == 7
        for arguments in ("init", "add .", "commit -m songs"):
            git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
            subprocess.run([*git, *arguments.split()], cwd=project.root, check=True)
        yield project


@pytest.fixture(scope="module")
def entries(project: Project) -> dict[str, dict[str, Any]]:
    return {
        name.partition("/")[2]: entry for name, entry in project.entries("songs", "acestep").items()
    }


def uslt(path: Path) -> list[str]:
    return [frame.text for frame in mutagen.id3.ID3(path).getall("USLT")]


def test_the_manifest_is_as_its_schema_says(project: Project) -> None:
    jsonschema.validate(project.manifest("songs", "acestep"), json.loads(manifests.schema_text()))


def test_an_entry_has_what_was_asked_and_gives_its_key_back(
    project: Project, entries: dict[str, dict[str, Any]]
) -> None:
    first, second = entries["sung/1"], entries["sung/2"]
    assert (first["seed"], second["seed"], entries["quiet/1"]["seed"]) == (7, 8, 1)
    assert first["options"] == {"inference_steps": 12, "guidance_scale": 2.5}
    assert (first["bpm"], first["scale"], first["style"]) == (92, "A minor", "pop, sung")
    assert (entries["cover/1"]["follow"], entries["cover/1"]["strength"]) == ("song", 0.5)
    assert entries["wordless/1"]["lyrics"] is None
    assert entries["backed/1"]["lyrics"] == "La"
    assert "strength" not in first
    text = (project.root / FOLDER / "manifest.json").read_bytes()
    read = manifests.parse(text, "manifest.json")
    assert [entry.inputs(read.engine).key for entry in read] == [entry.key for entry in read]


def test_a_second_run_has_nothing_to_do_and_all_is_as_recorded(project: Project) -> None:
    assert "7 up to date" in project.run("render").stdout
    assert project.run("verify").status == 0


def test_nothing_stale_is_shown_for_another_model_or_engine(project: Project) -> None:
    def to_render(*arguments: str) -> int:
        result = project.run("plan", "--json", *arguments)
        assert result.status == 0, result
        total: int = json.loads(result.stdout)["engines"][0]["totals"]["render"]
        return total

    settings = project.root / "songbatch.yaml"
    for _ in range(2):
        assert to_render() == 0
        text = "version: 1\nengines: {acestep: {model: acestep-v15-sft}}\n"
        project.write("songbatch.yaml", text)
        assert [to_render(), to_render()] == [7, 7]
        assert to_render("--engine", "acestep/acestep-v15-base") == 7
        settings.unlink()


def test_tags_have_words_and_no_section_lines(project: Project) -> None:
    folder = project.root / FOLDER
    assert uslt(folder / "sung.mp3") == ["La la\n\nLo"]
    assert uslt(folder / "backed.mp3") == ["La"]
    assert uslt(folder / "quiet.mp3") == []
    assert uslt(folder / "wordless.mp3") == []


def test_times_of_lines_lie_beside_what_is_sung(project: Project) -> None:
    found = {path.stem for path in (project.root / FOLDER).glob("*.lrc")}
    assert found == {"sung", "sung-2", "cover", "backed"}
    text = (project.root / FOLDER / "sung.lrc").read_text("utf-8")
    assert "[Verse]" not in text
    assert "]La la\n" in text


def test_only_words_can_be_hurried(entries: dict[str, dict[str, Any]]) -> None:
    short = {
        name for name, entry in entries.items() if "short" in {f["code"] for f in entry["findings"]}
    }
    assert short == {"hurried/1"}


def test_the_list_and_the_page_have_every_song(project: Project) -> None:
    listed = (project.root / FOLDER / "songs.m3u8").read_text("utf-8")
    assert listed.count("#EXTINF:12,") == 7
    result = project.run("report")
    assert result.status == 0, result
    assert "7 takes" in result.stdout


@pytest.mark.parametrize("name", ["sung", "quiet", "wordless", "backed"])
def test_a_tag_is_read_back_as_nobody_edited_it(project: Project, name: str) -> None:
    result = project.run("recover", f"{FOLDER}/{name}.mp3")
    assert result.status == 0, result
    assert f"songs/{name}/1" in result.stdout
    assert "edited" not in result.stdout
    # The audio of an output is not the master that was received.
    known = json.loads(project.run("recover", "--json", f"{FOLDER}/{name}.mp3").stdout)
    assert [one["audio_sha256"] for one in known["recovered"]] == [None]


def test_a_diff_and_an_explanation_show_values_as_specs_write_them(project: Project) -> None:
    changes = {
        "bpm: 92": "bpm: 100",
        "duration: 12": "duration: 13",
        "guidance_scale: 2.5": "guidance_scale: 3",
        "wordless: {}": "wordless: {lyrics: words}",
        "strength: 0.5": "strength: 0.75",
    }
    spec = SPEC
    for old, new in changes.items():
        spec = spec.replace(old, new)
    project.write("specs/songs.yaml", spec)
    try:
        text = project.run("diff", "HEAD").stdout
        assert "duration: 12 -> 13\n" in text
        assert "options guidance_scale: 2.5 -> 3\n" in text
        assert "strength: 0.5 -> 0.75\n" in text
        markdown = project.run("diff", "HEAD", "--format", "markdown").stdout
        assert "```diff\n  + words\n" in markdown
        found = json.loads(project.run("diff", "HEAD", "--format", "json").stdout)
        [song] = [
            each
            for each in found["comparisons"][0]["differences"]
            if each["id"] == "songs/wordless/1"
        ]
        assert song["changes"][0] == {"field": "lyrics", "was": None, "now": "words"}
        assert song["lyrics"] == [{"was": None, "now": "words"}]
        page = project.run("diff", "HEAD", "--html", "page.html")
        assert page.status == 0, page
        explained = project.run("plan", "--explain", "songs/cover/1").stdout
        assert "~ strength: 0.75\n    was: 0.5\n" in explained
        assert "~ duration: 13\n    was: 12\n" in explained
    finally:
        project.write("specs/songs.yaml", SPEC)
