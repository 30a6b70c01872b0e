"""One spec, several engines: songs and variants that name their own."""

from __future__ import annotations

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.kit import Project
from tests.run.job_projects import RENDER, acestep_project, nothing_is_left

__all__ = ["acestep_server"]

SONGS = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
defaults: {reference: river, duration: 10, lrc: true}
songs:
  first: {lyrics: Down by the river we sing., engine: acestep}
  second: {lyrics: Up on the hill there is light.}
"""
MATRIX = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
defaults: {reference: river, duration: 10}
songs:
  verse:
    lyrics: "{{ mood }} we sing by {{ engine }}"
    matrix:
      engine: [acestep, sketch]
      mood: [warm, cold]
      exclude: [{engine: sketch, mood: cold}]
"""
SKETCHED, SUNG = "outputs/demo/sketch", "outputs/demo/acestep"


@pytest.fixture
def rendered(project: Project, acestep_server: AceStepServer) -> Project:
    acestep_project(project, acestep_server, SONGS).reference("specs/river.mp3")
    result = project.run(*RENDER)
    assert result.status == 0, result
    return project


def outputs(project: Project) -> set[str]:
    return {path.removeprefix("outputs/demo/") for path in project.files("outputs")}


EDITED = """\
demo on acestep
  measure  demo/first/1: not measured yet

demo on sketch
  render   demo/second/1: lyrics changed

1 to render, 1 to measure; about 3.0 s, $0.00.
"""
BOTH = {
    *("acestep/manifest.json", "acestep/demo.m3u8", "acestep/first.mp3", "acestep/first.lrc"),
    *("sketch/manifest.json", "sketch/demo.m3u8", "sketch/second.mp3", "sketch/second.lrc"),
}


def test_each_song_is_made_by_its_engine(rendered: Project, acestep_server: AceStepServer) -> None:
    assert outputs(rendered) == BOTH
    assert list(rendered.entries("demo", "acestep")) == ["demo/first/1"]
    assert list(rendered.entries("demo", "sketch")) == ["demo/second/1"]
    assert acestep_server.charged == 1
    nothing_is_left(rendered, acestep_server, RENDER)
    assert "2 outputs checked: all as recorded." in rendered.run("verify").stdout
    assert "2 songs, 2 takes" in rendered.run("report").stdout


def test_an_edited_line_is_made_anew_by_its_own_engine(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    rendered.replace("specs/demo.yaml", "there is light", "there was light")
    assert rendered.run("plan").stdout == EDITED
    assert rendered.run(*RENDER).status == 0
    assert acestep_server.charged == 1
    rendered.replace("specs/demo.yaml", "Down by", "Along")
    result = rendered.run("plan")
    assert "  render   demo/first/1: lyrics changed\n" in result.stdout, result
    assert rendered.run(*RENDER).status == 0
    assert acestep_server.charged == 2
    assert outputs(rendered) == BOTH


def test_the_option_wins_over_all_of_them(rendered: Project, acestep_server: AceStepServer) -> None:
    result = rendered.run(*RENDER, "--engine", "sketch")
    assert result.status == 0, result
    assert set(rendered.entries("demo", "sketch")) == {"demo/first/1", "demo/second/1"}
    assert acestep_server.charged == 1
    # As with an engine that the spec does not name, what was made so stays.
    both = BOTH | {"sketch/first.mp3", "sketch/first.lrc"}
    assert outputs(rendered) == both
    result = rendered.run(*RENDER)
    assert "Nothing to do" in result.stdout, result
    nothing_is_left(rendered, acestep_server, RENDER)
    assert outputs(rendered) == both
    assert "3 outputs checked: all as recorded." in rendered.run("verify").stdout


def test_a_song_that_moves_to_another_engine_leaves_what_it_has(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    rendered.replace("specs/demo.yaml", "light.}", "light., engine: acestep}")
    rendered.replace("specs/demo.yaml", "songs:\n", "songs:\n  third: {lyrics: We sing on.}\n")
    before = rendered.entries("demo", "sketch")["demo/second/1"]
    assert rendered.run(*RENDER).status == 0
    assert rendered.entries("demo", "sketch")["demo/second/1"] == before
    assert {"acestep/second.mp3", "sketch/second.mp3", "sketch/third.mp3"} <= outputs(rendered)
    nothing_is_left(rendered, acestep_server, RENDER)
    # What it has there can be mended there.
    (rendered.root / f"{SKETCHED}/second.mp3").unlink()
    told = rendered.run("verify").stdout
    command = "songbatch render demo/second/1 --engine sketch --frozen"
    assert f"  fix: {command} restores" in told
    assert rendered.run(*command.split()[1:]).status == 0
    assert "4 outputs checked: all as recorded." in rendered.run("verify").stdout
    # A song that is in the spec no more leaves nothing on either.
    lines = (rendered.root / "specs/demo.yaml").read_text("utf-8").splitlines(keepends=True)
    rendered.write("specs/demo.yaml", "".join(line for line in lines if "second:" not in line))
    assert rendered.run(*RENDER).status == 0
    assert not any("second" in path for path in outputs(rendered))


def test_an_engine_that_no_song_names_any_more_keeps_its_outputs(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    rendered.replace("specs/demo.yaml", ", engine: acestep", "")
    assert rendered.run(*RENDER).status == 0
    assert outputs(rendered) == BOTH | {"sketch/first.mp3", "sketch/first.lrc"}
    assert acestep_server.charged == 1


def test_a_matrix_compares_engines(project: Project, acestep_server: AceStepServer) -> None:
    acestep_project(project, acestep_server, MATRIX).reference("specs/river.mp3")
    result = project.run(*RENDER)
    assert result.status == 0, result
    sung, sketched = project.entries("demo", "acestep"), project.entries("demo", "sketch")
    assert {name: entry["lyrics"] for name, entry in (sung | sketched).items()} == {
        "demo/verse/acestep-warm/1": "warm we sing by acestep",
        "demo/verse/acestep-cold/1": "cold we sing by acestep",
        "demo/verse/sketch-warm/1": "warm we sing by sketch",
    }
    assert set(sketched) == {"demo/verse/sketch-warm/1"}
    assert sketched["demo/verse/sketch-warm/1"]["variant"] == {"engine": "sketch", "mood": "warm"}
    assert {name for name in outputs(project) if name.endswith(".mp3")} == {
        *("acestep/verse-acestep-warm.mp3", "acestep/verse-acestep-cold.mp3"),
        "sketch/verse-sketch-warm.mp3",
    }
    nothing_is_left(project, acestep_server, RENDER)
    selected = project.run("plan", "--engine", "sketch", "--select", "acestep-cold")
    assert "demo on sketch\n" in selected.stdout
    assert "1 to render" in selected.stdout, selected


def test_a_manifest_in_a_file_is_compared_with_its_engine_alone(rendered: Project) -> None:
    path = f"{SUNG}/manifest.json"
    rendered.write("before.json", (rendered.root / path).read_bytes())
    rendered.replace("specs/demo.yaml", "Down by", "Along")
    result = rendered.run("diff", "before.json")
    assert result.status == 0, result
    assert "demo/first/1" in result.stdout
    assert "demo/second/1" not in result.stdout
