"""The example of docs/own-engine, installed, used, tried and uninstalled as its page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from songbatch.conformance import suite
from songbatch.engines.installed import GROUP
from support.kit import Project
from support.packages import install_project, uninstall

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLE = DOCS / "own-engine"
PAGE = (DOCS / "own-engine.md").read_text("utf-8")

SPEC = """\
version: 1
engine: command
references: {night: {file: references/night.mp3, purpose: song}}
songs:
  harbour:
    reference: night
    style: a plucked string
    duration: 6
    bpm: 120
    takes: 2
    options: {command: {wood: spruce}}
    lyrics: |
      [Verse]
      Over the harbour
"""
ECHO = """\
import json, sys
told = sys.stdin.read()
open({log!r}, "a").write(told + "\\n")
sys.exit(7) if "fail" in told else None
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return install_project(tmp_path / "site", EXAMPLE)


@pytest.fixture
def project(tmp_path: Path, site: Path) -> Project:
    made = Project(tmp_path / "project")
    made.write("specs/demo.yaml", SPEC).reference("specs/references/night.mp3")
    made.environment = {"PYTHONPATH": str(site)}
    configure(made, EXAMPLE / "sing.py")
    return made


def configure(project: Project, program: Path) -> None:
    words = json.dumps([sys.executable, str(program)])
    text = f"version: 1\nengines: {{command: {{settings: {{program: {words}}}}}}}\n"
    project.write(".config/songbatch/config.yaml", text)


def quick_program(folder: Path) -> Path:
    """Write the example's program so that it computes fewer samples a second."""
    text = (EXAMPLE / "sing.py").read_text("utf-8")
    assert "RATE = 44100" in text
    program = folder / "sing.py"
    program.write_text(text.replace("RATE = 44100", "RATE = 8000"), "utf-8")
    return program


def test_it_renders_songs_that_are_reproducible(project: Project) -> None:
    first = project.run("render")
    assert first.status == 0, first
    entries = project.entries("demo", "command")
    assert [entry["seed"] for entry in entries.values()] == [1, 2]
    masters = [entry["master"]["sha256"] for entry in entries.values()]
    assert masters[0] != masters[1]
    assert {entry["master"]["format"] for entry in entries.values()} == {"wav"}
    assert all(5.5 < entry["seconds"] < 6.5 for entry in entries.values())
    assert "Nothing to do" in project.run("render").stdout
    again = project.run("render", "--again")
    assert again.status == 0, again
    assert [
        entry["master"]["sha256"] for entry in project.entries("demo", "command").values()
    ] == masters


def test_the_program_is_told_what_the_page_says(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "log"
    project.write("tell.py", ECHO.format(log=str(log)) + (EXAMPLE / "sing.py").read_text())
    program = (
        (project.root / "tell.py").read_text().replace("json.load(sys.stdin)", "json.loads(told)")
    )
    configure(project.write("tell.py", program), project.root / "tell.py")
    result = project.run("render", "--select", "*/1")
    assert result.status == 0, result
    told = json.loads(log.read_text().splitlines()[0])
    assert told.pop("references")[0].keys() == {"purpose", "format", "base64"}
    assert told == {
        "lyrics": "[Verse]\nOver the harbour",
        "take": 1,
        "model": "1",
        "style": "a plucked string",
        "duration": 6,
        "seed": 1,
        "bpm": 120,
        "options": {"wood": "spruce"},
    }
    promised = re.findall(r"`(\w+)`", PAGE.partition("The program reads")[2].partition("; it")[0])
    assert told.keys() <= set(promised)


def test_another_model_is_another_song(project: Project) -> None:
    assert "2 to render" in project.run("plan", "--engine", "command/2").stdout
    project.write("songbatch.yaml", "version: 1\nengines: {command: {model: '2'}}\n")
    assert '"2"' in project.run("plan", "--format", "json").stdout


def test_a_program_that_fails_is_quoted(project: Project, tmp_path: Path) -> None:
    project.write("fail.py", "import sys\nprint('no strings left', file=sys.stderr)\nsys.exit(7)\n")
    configure(project, project.root / "fail.py")
    result = project.run("render")
    assert result.status == 1, result
    assert "ended with 7 and said: no strings left" in result.stdout + result.stderr


@pytest.mark.parametrize(
    "settings", ["engines: {command: {settings: {program: [touch, pwned]}}}\n", ""]
)
def test_a_project_cannot_say_which_program_runs(project: Project, settings: str) -> None:
    project.write(".config/songbatch/config.yaml", "version: 1\n")
    project.write("songbatch.yaml", f"version: 1\n{settings}")
    result = project.run("render")
    assert result.status == 5, result
    assert "has no program to run" in result.stderr
    assert not (project.root / "pwned").exists()


def test_it_keeps_its_promises(project: Project) -> None:
    configure(project, quick_program(project.root))
    result = project.run("conformance", "command", "--json")
    assert result.status == 0, result
    told = json.loads(result.stdout)
    assert told["failed"] == 0
    assert told["passed"] > 10
    assert told["engine"] == {"name": "command", "model": "1", "master": "wav"}
    assert all(each["outcome"] != "failed" for each in told["checks"])


def test_what_it_breaks_is_told_by_its_author_s_command(project: Project, site: Path) -> None:
    module = site / "songbatch_command.py"
    text = module.read_text().replace(
        "        return Answer(seed=request.seed, cost_usd=0.0)",
        "        return Answer(cost_usd=0.5, notes=(1 / 0,))",
    )
    module.write_text(text)
    configure(project, quick_program(project.root))
    result = project.run("conformance", "command", "--traceback")
    assert result.status == 1, result
    assert re.search(
        r"^failed +song .*ZeroDivisionError.*songbatch_command.py:\d+", result.stdout, re.M
    )
    assert "Traceback (most recent call last)" in result.stderr


def test_everything_that_was_made_is_of_use_without_the_package(
    project: Project, site: Path
) -> None:
    assert project.run("render").status == 0
    before = project.files("outputs")
    uninstall(site)
    song = next(path for path in before if path.endswith(".mp3"))
    for arguments, expected in {
        ("verify",): "2 outputs checked",
        ("report",): "1 song, 2 takes",
        ("recover", song): "engine       command",
        ("gc",): "Dropped 0 blobs",
        ("diff", "outputs/demo/command/manifest.json", "--recorded"): "Nothing differs",
    }.items():
        result = project.run(*arguments)
        assert result.status == 0, result
        assert expected in result.stdout
    project.write("songbatch.yaml", "version: 1\nengines: {command: {jobs: 2}}\n")
    assert project.run("gc").status == 0
    result = project.run("render")
    assert result.status == 2, result
    assert 'there is no engine "command"' in result.stderr
    assert "come with a package" in result.stderr
    assert before.items() <= project.files("outputs").items()


def test_a_new_version_of_the_package_counts_at_once(project: Project, site: Path) -> None:
    assert project.run("render").status == 0
    assert "Nothing to do" in project.run("render").stdout
    module = site / "songbatch_command.py"
    module.write_text(module.read_text().replace('settings.model or "1"', 'settings.model or "2"'))
    assert "2 to render" in project.run("plan").stdout


def test_options_for_a_package_that_is_gone_are_reported_at_once(
    project: Project, site: Path
) -> None:
    project.write(
        "specs/demo.yaml",
        "version: 1\nengine: sketch\nreferences:\n"
        "  night: {file: references/night.mp3, purpose: song}\nsongs:\n"
        "  one:\n    lyrics: la la\n    reference: night\n"
        "  two:\n    lyrics: lo lo\n    reference: night\n"
        "    options: {command: {wood: spruce}}\n",
    )
    result = project.run("render")
    assert result.status == 0, result
    assert "options.unknown" not in result.stdout
    uninstall(site)
    project.write(".config/songbatch/config.yaml", "version: 1\n")
    assert "warning[options.unknown]" in project.run("check").stdout


def test_the_tests_of_the_page_pass(tmp_path: Path, site: Path) -> None:
    quick_program(tmp_path)
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "test_command.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_command.py"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(suite.PROMISES)} passed" in done.stdout


def test_the_page_shows_what_the_example_has() -> None:
    project = (EXAMPLE / "pyproject.toml").read_text("utf-8")
    shown = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(shown) == 1
    assert shown[0] in project
    assert GROUP in shown[0]
    (install,) = re.findall(r"^\$ pip install (\S+)", PAGE, re.MULTILINE)
    assert (DOCS.parent / install).samefile(EXAMPLE)
