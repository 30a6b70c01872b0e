"""The API for Python does what the commands do."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import songbatch
from songbatch.diagnostics import InvalidSpecs, Refused, UsageError
from songbatch.plan import Action
from songbatch.run.apply import RunSettings
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


@pytest.fixture
def songs(hosted: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name, value in hosted.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(hosted.root / ".config"))
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def test_a_project_is_loaded_planned_and_rendered(songs: Project) -> None:
    project = songbatch.load(songs.root)
    planned = project.plan()
    assert [step.render.id for step in planned.steps] == [one.id for one in project.renders]
    assert planned.counts[Action.RENDER] == len(project.renders)
    with pytest.raises(Refused):
        project.render(settings=RunSettings(max_cost=0.0))
    summary = project.render(yes=True)
    assert summary.exit_code == 0
    assert all((songs.root / one.output).is_file() for one in project.renders)
    assert not songbatch.load(songs.root).plan().changes
    assert "Nothing to do" in songs.run("render").stdout


def test_mistakes_are_errors_of_the_tree(songs: Project) -> None:
    with pytest.raises(UsageError):
        songbatch.load(songs.root, engine="sketsch")
    songs.replace("specs/demo.yaml", "songs:", "song:")
    with pytest.raises(InvalidSpecs) as invalid:
        songbatch.load(songs.root)
    assert invalid.value.diagnostics


SCRIPT = """
import songbatch
summary = songbatch.load(".").render(settings=songbatch.RunSettings(jobs=1), yes=True)
print(summary.exit_code)
"""


def test_an_interrupt_keeps_what_is_in_flight(
    songs: Project, contract_server: ContractServer
) -> None:
    with contract_server.holding():
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT], cwd=songs.root, stdout=subprocess.PIPE, text=True
        )
        contract_server.wait_for_in_flight(1)
        process.send_signal(signal.SIGINT)
        assert songs.run("render", "--no-wait").status == 4
    printed, _ = process.communicate(timeout=60)
    assert printed == "130\n"
    assert len(contract_server.generations) == 1
    assert [e["status"] for e in songs.entries("demo").values()].count("done") == 1


def test_variables_have_names(songs: Project) -> None:
    with pytest.raises(UsageError, match="cannot be a variable"):
        songbatch.load(songs.root, variables={"a b": "c"})


def test_everything_public_is_there() -> None:
    assert all(getattr(songbatch, name) is not None for name in songbatch.__all__)
    with pytest.raises(AttributeError):
        songbatch.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys, songbatch; print([m for m in sys.modules if m.startswith('songbatch.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_page_runs(
    songs: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[1] / "docs/api.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(songs.root)
    namespace: dict[str, Any] = {}
    exec(example, namespace)
    assert namespace["summary"].exit_code == 0, capsys.readouterr()


@pytest.mark.parametrize("name", ["pipeline.py", "pipeline/__init__.py"])
def test_a_package_of_the_authors_is_not_mistaken_for_ours(songs: Project, name: str) -> None:
    songs.write(name, "raise SystemExit(9)\n")
    here = {"PYTHONPATH": str(songs.root)}
    assert songs.run("check", env=here, fresh=True).status == 0
    module = [sys.executable, "-m", "songbatch", "check"]
    assert subprocess.run(module, cwd=songs.root, capture_output=True, check=False).returncode == 0
