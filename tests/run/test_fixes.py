"""`songbatch fix`: a part of a song made anew, paid once, beside the other takes."""

from __future__ import annotations

import pytest

from songbatch.digest import sha256
from support.acestep.server import AceStepServer, acestep_server
from support.kit import Project
from tests.run.job_projects import RENDER, acestep_project, events, songs

__all__ = ["acestep_server"]

SPEC = """\
version: 1
engine: acestep
defaults: {style: dream pop, duration: 10}
songs:
  first:
    lyrics: |
      [Verse]
      Down by the river we sing
      Morning is all that we bring
  second: {lyrics: Up on the hill there is light.}
"""
FIX = ("fix", "first", "Down by the harbour we sing", "--from", "0:02", "--to", "4.5")
SENT = {
    "task_type": "repaint",
    "repainting_start": "2",
    "repainting_end": "4.5",
    "audio_duration": "10",
    "seed": "1001",
}


@pytest.fixture
def rendered(project: Project, acestep_server: AceStepServer) -> Project:
    acestep_project(project, acestep_server, SPEC)
    assert project.run(*RENDER).status == 0
    return project


def test_a_part_is_made_anew_once(rendered: Project, acestep_server: AceStepServer) -> None:
    before = songs(rendered)
    result = rendered.run(*FIX)
    assert result.status == 0, result
    assert result.stdout.endswith("demo/first/1001 is demo/first/1 from 0:02 to 0:04.5 anew.\n")
    asked = acestep_server.submissions[-1]
    fields = {name: asked.fields[name] for name in sorted(asked.fields) if name in SENT}
    assert fields == SENT
    assert asked.fields["lyrics"].strip() == (
        "[Verse]\nDown by the harbour we sing\nMorning is all that we bring"
    )
    (file,) = asked.files.values()
    assert sha256(file.content) == before["demo/first/1"]["audio_sha256"]
    after = songs(rendered)
    fixed = after.pop("demo/first/1001")
    assert after == before
    assert (fixed["status"], fixed["output"]) == ("done", "outputs/demo/acestep/first-1001.mp3")
    assert fixed["voice"]["sha256"] == before["demo/first/1"]["audio_sha256"]
    assert (rendered.root / fixed["output"]).is_file()
    assert len(events(rendered, "answered")) == 3
    files = rendered.files("outputs"), rendered.files("specs")
    again = rendered.run(*FIX)
    assert (again.status, "Nothing to do" in again.stdout) == (0, True), again
    assert (rendered.files("outputs"), rendered.files("specs")) == files
    assert rendered.run("render").status == 0
    assert acestep_server.charged == 3
    assert rendered.run("verify").status == 0
    assert rendered.run("gc", "--dry-run", "--earlier").stdout.startswith("Would drop 0 blobs")


def test_it_is_restored_and_picked_like_any_take(
    rendered: Project, acestep_server: AceStepServer
) -> None:
    rendered.run(*FIX)
    fixed = songs(rendered)["demo/first/1001"]
    rendered.write(
        "specs/selects.yaml",
        'version: 1\nlisteners:\n  ann:\n    - render: "demo/first/1001"\n'
        f'      engine: "acestep"\n      audio_sha256: "{fixed["audio_sha256"]}"\n'
        "      pick: true\n",
    )
    (rendered.root / fixed["output"]).unlink()
    assert "restore  demo/first/1001" in rendered.run("plan").stdout
    assert rendered.run("render").status == 0
    assert (rendered.root / "outputs/demo/selects/first-1001.mp3").is_file()
    assert acestep_server.charged == 3
    explained = rendered.run("plan", "--explain", "demo/first/1001").stdout
    assert "repainting_start" in explained


def test_a_fix_is_of_the_take_as_it_was(rendered: Project, acestep_server: AceStepServer) -> None:
    rendered.run(*FIX)
    rendered.replace("specs/demo.yaml", "all that we bring", "all that we sing")
    result = rendered.run("check")
    assert (result.status, "warning[fix.stale]" in result.stdout) == (0, True), result
    assert rendered.run(*RENDER).status == 0
    assert sorted(songs(rendered)) == ["demo/first/1", "demo/second/1"]
    rendered.replace("specs/demo.yaml", "all that we sing", "all that we bring")
    assert rendered.run(*RENDER).status == 0
    assert "demo/first/1001" in songs(rendered)
    assert acestep_server.charged == 4  # the edited line, and nothing twice


def test_it_can_be_fixed_further(rendered: Project, acestep_server: AceStepServer) -> None:
    rendered.run(*FIX)
    words = "Morning is what we bring"
    result = rendered.run("fix", "demo/first/1001", words, "--from", "5", "--to", "9")
    assert result.status == 0, result
    assert songs(rendered)["demo/first/1002"]["lyrics"].endswith(f"harbour we sing\n{words}")
    assert rendered.run("plan").stdout.count("up to date") == 1
    assert acestep_server.charged == 4


def test_what_is_refused_leaves_nothing(rendered: Project, acestep_server: AceStepServer) -> None:
    before = rendered.files("specs")
    for arguments, problem in (
        (["first", "La", "--from", "1", "--to", "2"], "no line of the song is like the new one"),
        (["first", "La", "--from", "1", "--to", "2", "--instead", "Lo"], "no line of the song is"),
        ([*FIX[1:4], "8", "--to", "12"], "is not in demo/first/1, which lasts 0:10"),
        ([*FIX[1:4], "4", "--to", "3"], "is not in demo/first/1"),
        ([*FIX[1:4], "soon", "--to", "3"], "is not a time such as 0:31"),
        (["frist", *FIX[2:]], 'did you mean "first"?'),
        (["demo", *FIX[2:]], "is several takes: demo/first/1 and demo/second/1"),
    ):
        result = rendered.run("fix", *arguments)
        assert (result.status, problem in result.stderr) == (2, True), result
    assert rendered.files("specs") == before
    assert acestep_server.charged == 2


def test_no_money_is_no_fix(project: Project, acestep_server: AceStepServer) -> None:
    acestep_project(project, acestep_server, SPEC, "usd_per_render: 2")
    assert project.run(*RENDER, "--yes").status == 0
    before = project.files("specs")
    result = project.run(*FIX, "--max-cost", "1")
    assert result.status == 3, result
    assert project.files("specs") == before
    assert project.run(*FIX, "--yes").status == 0
    assert acestep_server.charged == 3


def test_other_engines_say_what_to_do_instead(project: Project) -> None:
    project.write("specs/demo.yaml", SPEC.replace("engine: acestep", "engine: sketch"))
    project.replace("specs/demo.yaml", "style: dream pop, ", "reference: river, ")
    project.replace(
        "specs/demo.yaml",
        "defaults",
        "references: {river: {file: river.mp3, purpose: song}}\ndefaults",
    )
    project.reference("specs/river.mp3")
    result = project.run(*FIX)
    assert result.status == 2
    assert "sketch cannot make a part of a song anew" in result.stderr
    assert "songbatch plan demo/first" in result.stderr


@pytest.mark.parametrize("word", ["river", "river/1", "demo/river/1/part-2"])
def test_a_song_of_parts_says_that_only_one_is_rendered_again(project: Project, word: str) -> None:
    parts = "".join(f"      - Down by the river we sing {n}\n" for n in ("one", "two"))
    project.write(
        "specs/demo.yaml",
        "version: 1\nreferences: {river: {file: river.mp3, purpose: song}}\n"
        f"songs:\n  river:\n    reference: river\n    sections:\n{parts}",
    ).reference("specs/river.mp3")
    result = project.run("fix", word, *FIX[2:])
    assert result.status == 2
    assert "demo/river/1 is joined of parts" in result.stderr
    assert "songbatch plan demo/river" in result.stderr


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"version": 1, "fixes": [{}]}'])
def test_a_broken_list_of_fixes(project: Project, text: str) -> None:
    project.write("specs/demo.yaml", SPEC).write("specs/fixes.json", text)
    result = project.run("check")
    assert (result.status, "error[fixes.unreadable]" in result.stdout) == (2, True), result


@pytest.mark.parametrize("name", ["first", "first/1", "first/1/part-2"])
def test_a_song_of_parts_is_mended_in_its_spec(
    project: Project, acestep_server: AceStepServer, name: str
) -> None:
    lines = "[Down by the river we sing, Morning is all that we bring]"
    text = f"version: 1\nengine: acestep\nsongs: {{first: {{style: folk, sections: {lines}}}}}\n"
    acestep_project(project, acestep_server, text)
    result = project.run("fix", name, "Down by the harbour we sing", *FIX[3:])
    assert result.status == 2, result
    assert "demo/first/1 is joined of parts" in result.stderr
    assert not (project.root / "specs/fixes.json").exists()
    assert acestep_server.submissions == []
