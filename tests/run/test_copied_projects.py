"""Projects that were copied with their state: what the plan counts is what the run does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from songbatch.engines.sketch.kept import VERSION
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


def copy(project: Project, root: Path) -> Project:
    copied = Project(root / "copy")
    shutil.copytree(project.root, copied.root)
    copied.environment = project.environment
    return copied


def lose_analyses(project: Project, _: Path) -> Project:
    shutil.rmtree(project.root / ".songbatch/sketch")
    return project


def damage_analyses(project: Project, _: Path) -> Project:
    for path in (project.root / ".songbatch/sketch").iterdir():
        path.write_text("{}")
    return project


def age_analyses(project: Project, _: Path) -> Project:
    for path in (project.root / ".songbatch/sketch").iterdir():
        path.write_text(path.read_text("utf-8").replace(f'"portrait": {VERSION}', '"portrait": 3'))
    return project


@pytest.mark.parametrize("change", [copy, lose_analyses, damage_analyses, age_analyses])
def test_a_plan_counts_the_uploads_that_are_made_anew(
    change: Callable[[Project, Path], Project],
    project: Project,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project.write("specs/demo.yaml", SONG.replace("engine: music-01\n", ""))
    project.reference("specs/references/river.mp3")
    assert project.run("render").status == 0
    project.replace("specs/demo.yaml", "Up on", "Upon")
    assert "to upload" not in project.run("plan").stdout
    changed = change(project, tmp_path_factory.mktemp("copies"))
    planned = changed.run("plan").stdout
    assert "upload   river" in planned, planned
    assert "1 to upload, 1 to render" in planned
    events = changed.run("render", "--json").events
    started = [one["action"] for one in events if one["event"] == "started"]
    assert started == ["upload", "render", "measure"]
    assert not any(one["event"] == "retrying" for one in events)
    # Once more, and all is as in any project.
    changed.replace("specs/demo.yaml", "Upon", "High on")
    assert "to upload" not in changed.run("plan").stdout


def test_a_copy_uses_what_the_service_has_as_its_plan_says(
    hosted: Project, contract_server: ContractServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    copied = copy(hosted, tmp_path_factory.mktemp("copies"))
    assert "Nothing to do" in copied.run("plan").stdout
    copied.replace("specs/demo.yaml", "Up on", "Upon")
    planned = copied.run("plan").stdout
    assert "to upload" not in planned
    assert "1 to render" in planned
    assert copied.run("render").status == 0
    assert len(contract_server.uploads) == 1
    assert len(contract_server.generations) == 3
