"""The repository's own specs: they render, every one, and a second run does nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from support.kit import Project

ROOT = Path(__file__).parents[1]
PARTS = ("specs", "templates")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the repository's specs and templates, rendered as a newcomer would."""
    project = Project(tmp_path_factory.mktemp("examples"))
    for part in PARTS:
        shutil.copytree(ROOT / part, project.root / part)
    result = project.run("render")
    assert result.status == 0, result
    return project


def test_there_are_enough_and_they_are_clean(rendered: Project) -> None:
    result = rendered.run("check", "--format", "json")
    assert (result.status, json.loads(result.stdout)) == (0, []), result
    assert len(list((ROOT / "specs").glob("*.yaml"))) >= 4


def test_every_render_is_there_and_plays(rendered: Project) -> None:
    result = rendered.run("verify")
    assert result.status == 0, result
    schema = json.loads(rendered.run("schema", "manifest").stdout)
    for path in rendered.root.glob("outputs/*/sketch/manifest.json"):
        manifest = json.loads(path.read_text("utf-8"))
        jsonschema.validate(manifest, schema)
        assert {entry["status"] for entry in manifest["renders"]} == {"done"}
        assert all(2.0 < entry["seconds"] <= 60.0 for entry in manifest["renders"])


def test_a_second_run_changes_no_byte(rendered: Project) -> None:
    before = rendered.files()
    result = rendered.run("render")
    assert (result.status, result.stdout.startswith("Nothing to do:")) == (0, True), result
    assert rendered.files() == before


def test_the_references_are_small(rendered: Project) -> None:
    size = sum(p.stat().st_size for p in (ROOT / "specs/references").glob("*.mp3"))
    assert size < 600_000


def test_manifests_say_where_a_recording_is_in_the_draft(rendered: Project) -> None:
    notes = {
        entry["song"]: entry.get("notes", [])
        for path in rendered.root.glob("outputs/*/sketch/manifest.json")
        for entry in json.loads(path.read_text("utf-8"))["renders"]
    }
    assert "own recording" in notes["interlude"][0]
    assert all("own recording" in note for each in notes.values() for note in each)
    assert [] in notes.values()
