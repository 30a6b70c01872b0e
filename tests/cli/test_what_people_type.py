"""Songs by what people type where a spec or a selection is asked for, and variables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.kit import Project

SPEC = """\
version: 1
title: {title}
references: {{tune: {{file: tune.mp3, purpose: song}}}}
defaults: {{reference: tune}}
songs:
  03-hunt: {{takes: 2, lyrics: "the hunt is up in {{{{ town }}}}", vars: {{town: York}}}}
  night: {{matrix: {{name: [Mei Lin, Ana]}}, lyrics: "good night, {{{{ name }}}}"}}
"""


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("songs"))
    project.reference("specs/tune.mp3")
    for name in ("ep", "Demo.2"):
        project.write(f"specs/{name}.yaml", SPEC.format(title=name))
    return project


def planned(project: Project, *arguments: str, cwd: Path | None = None) -> list[str]:
    result = project.run("plan", "--all", *arguments, cwd=cwd)
    assert result.status == 0, result
    lines = [line.split() for line in result.stdout.splitlines()]
    return [line[1].rstrip(":") for line in lines if line[:1] in (["render"], ["share"])]


HUNT = ["ep/03-hunt/1", "ep/03-hunt/2"]
EP = [*HUNT, "ep/night/mei-lin/1", "ep/night/ana/1"]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["ep"], EP),
        (["EP"], EP),
        (["ep.yaml"], EP),
        (["specs/ep.yaml"], EP),
        (["./specs/ep.yml"], EP),
        (["e?"], EP),
        (["specs/e*.yaml"], EP),
        ([".", "--select", "ep"], EP),
        (["specs/", "--select", "ep"], EP),
        (["outputs/ep"], EP),
        (["ep/03-hunt/2"], HUNT[1:]),
        (["ep/03-hunt"], HUNT),
        (["EP/03-Hunt"], HUNT),
        (["ep/*hunt*"], HUNT),
        (["specs/ep.yaml/03-hunt"], HUNT),
        (["outputs/ep/sketch/03-hunt-2.mp3"], HUNT[1:]),
        (["demo.2/mei-lin"], ["Demo.2/night/mei-lin/1"]),
        (["Demo.2.yaml", "--select", "Ana"], ["Demo.2/night/ana/1"]),
        (["ana"], ["Demo.2/night/ana/1", EP[3]]),
        (["ep/night", "--exclude", "Mei Lin"], EP[3:]),
        (["ep/03-hunt/2", "ep/night/ana"], [HUNT[1], EP[3]]),
        (["--select", "ep/03-hunt/2", "--select", "mei-lin", "ep"], [HUNT[1], EP[2]]),
    ],
)
def test_what_is_meant_is_planned(songs: Project, words: list[str], ids: list[str]) -> None:
    assert planned(songs, *words) == ids


def test_words_are_read_from_the_folder_where_they_are_typed(songs: Project) -> None:
    specs = songs.root / "specs"
    assert planned(songs, "ep.yaml", cwd=specs) == EP
    assert planned(songs, str(specs / "ep.yaml")) == EP
    assert planned(songs, "ep/03-hunt", cwd=specs) == HUNT
    assert planned(songs, "../outputs/ep/sketch/03-hunt-2.mp3", cwd=specs) == HUNT[1:]
    assert planned(songs, str(songs.root / "outputs/ep/sketch/03-hunt-2.mp3")) == HUNT[1:]


@pytest.mark.parametrize("command", ["check", "plan", "render"])
def test_an_empty_word_is_not_all_that_there_is(songs: Project, command: str) -> None:
    result = songs.run(command, "")
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr == "error: '' names no spec\n  fix: omit it to take all specs\n"


def test_a_built_in_variable_is_refused_once_where_it_is_set(songs: Project) -> None:
    for name in ("spec", "title", "song", "take"):
        result = songs.run("plan", "--set", f"{name}=x")
        assert (result.status, result.stderr.count("built in")) == (2, 1), result
        assert "Invalid value for '--set': " in result.stderr


def test_variables_are_utf_8_whatever_the_locale_says(songs: Project) -> None:
    posix = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = songs.run("plan", "--set", "town=Jórvík", env=posix)
    assert (result.status, "bug" in result.stderr) == (0, False), result
    for env in ({}, posix):
        latin = os.fsdecode("town=Malmö".encode("cp1252"))
        refused = songs.run("plan", "--set", latin, env=env)
        assert (refused.status, "iconv -f CP1252 -t UTF-8" in refused.stderr) == (2, True), refused


def test_an_explanation_is_for_people(songs: Project) -> None:
    for options in (["--json"], ["--format", "json"], ["--format", "markdown"]):
        result = songs.run("plan", "--explain", "ana", *options)
        assert (result.status, result.stdout) == (2, ""), result


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (["plan", "epp"], 'did you mean "ep"?'),
        (["plan", "ep/03-hutn"], 'did you mean "ep/03-hunt"?'),
        (["check", "mei-ln"], 'did you mean "mei-lin"?'),
        (["check", "zzzz"], "this project has Demo.2, ep"),
        (["plan", "--select", "mei-ln"], 'did you mean "mei-lin"?'),
        (["plan", "--exclude", "mei-ln"], 'did you mean "mei-lin"?'),
        (["plan", "--explain", "anna"], 'did you mean "ana"?'),
        (["report", "epp"], 'did you mean "ep"?'),
        (["check", "--set", "twon=Bath"], 'did you mean "town"?'),
        (["check", "--set", "foo=bar"], "templates use name, town"),
        (["plan", "--set", "takes=2"], "`takes` is a key of songs: write it in the spec"),
    ],
)
def test_near_misses_are_named(songs: Project, arguments: list[str], fix: str) -> None:
    result = songs.run(*arguments)
    assert (result.status, f"  fix: {fix}\n" in result.stderr) == (2, True), result


def test_explain_takes_what_select_takes(songs: Project) -> None:
    explained = songs.run("plan", "--explain", "ana")
    assert explained.status == 0, explained
    ids = [line for line in explained.stdout.splitlines() if line.endswith("/ana/1")]
    assert ids == ["Demo.2/night/ana/1", "ep/night/ana/1"]


def test_a_file_that_is_elsewhere_is_no_spec(songs: Project, tmp_path: Path) -> None:
    (tmp_path / "ep.yaml").write_text("version: 1\n")
    result = songs.run("plan", str(tmp_path / "ep.yaml"))
    assert (result.status, "is not in this project" in result.stderr) == (2, True), result


def test_only_what_was_asked_for_is_rendered_and_nothing_is_removed(project: Project) -> None:
    project.reference("specs/tune.mp3").write("specs/ep.yaml", SPEC.format(title="ep"))
    assert project.run("render").status == 0
    project.replace("specs/ep.yaml", "  03-hunt:", "  04-hunt:").replace(
        "specs/ep.yaml", "good", "sweet"
    )
    rendered = project.run("render", "ep/night/ana")
    assert (rendered.status, "Done: 1 rendered." in rendered.stdout) == (0, True), rendered
    assert (project.root / "outputs/ep/sketch/03-hunt.mp3").exists()


def test_a_variable_that_is_set_reaches_templates_in_files(project: Project) -> None:
    spec = SPEC.format(title="x").replace('lyrics: "good night, {{ name }}"', "template: t.j2")
    project.reference("specs/tune.mp3").write("specs/ep.yaml", spec)
    project.write("templates/t.j2", "{% include 'u.j2' %}").write(
        "templates/u.j2", "{{ name }} {{ far }}"
    )
    for _ in range(2):  # what was compiled before uses the same names
        assert project.run("render", "--set", "far=away").status == 0
        assert project.run("render", "--set", "near=by").status == 2


def test_a_variable_that_is_set_in_vain_is_told_at_what_wins(project: Project) -> None:
    spec = SPEC.format(title="x")
    project.reference("specs/tune.mp3").write("specs/ep.yaml", spec)
    for _ in range(2):
        result = project.run("render", "--set", "name=Zoe")
        assert result.status == 0, result
        assert result.stderr.count("warning[vars.covered]: --set has no effect here: ") == 1, result
    assert not list((project.root / "outputs").rglob("*zoe*"))
