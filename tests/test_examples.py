"""The repository's own specs: they render, every one, and a second run does nothing."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import jsonschema
import pytest

from songbatch.audio.tags import read_label
from support import doc_examples
from support.kit import Project

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the repository's specs and templates, rendered as a newcomer would."""
    project = doc_examples.copied(tmp_path_factory.mktemp("examples"))
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
    (singer,) = notes.pop("lanterns")
    assert "hibari" in singer
    assert all("own recording" in note for each in notes.values() for note in each)
    assert [] in notes.values()


def test_tags_tell_of_a_trained_model_where_one_sings(rendered: Project) -> None:
    told = {
        path.stem: read_label(path.read_bytes()).facts["DIGITAL_SOURCE_TYPE"].rpartition("/")[2]
        for path in rendered.root.glob("outputs/*/sketch/*.mp3")
    }
    assert told.pop("lanterns") == "trainedAlgorithmicMedia"
    assert {*told.values()} == {"algorithmicMedia"}


PICTURES = [f"{name}.svg" for name in doc_examples.SONGS]
SOUNDS = [f"{name}.mp3" for name in doc_examples.SONGS]
only_here = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="the encoder's bytes are others here"
)


@only_here
def test_the_pictures_of_the_docs_are_what_the_command_draws(
    rendered: Project, tmp_path: Path
) -> None:
    doc_examples.draw(rendered, tmp_path)
    assert_as_committed(tmp_path, PICTURES)


@only_here
def test_the_songs_of_the_docs_are_what_the_engine_sings(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    doc_examples.render_small(doc_examples.copied(tmp_path), folder)
    assert_as_committed(folder, SOUNDS)


def assert_as_committed(folder: Path, names: list[str]) -> None:
    """Check that files are those of the docs; `python -m support.doc_examples` writes these."""
    differ = [
        name
        for name in names
        if (folder / name).read_bytes() != (doc_examples.EXAMPLES / name).read_bytes()
    ]
    assert differ == []


def test_the_docs_show_all_examples_and_they_are_small() -> None:
    files = {path.name: path.stat().st_size for path in doc_examples.EXAMPLES.iterdir()}
    assert sorted(files) == sorted([*PICTURES, *SOUNDS])
    assert sum(files.values()) < 700_000
    page = (ROOT / "README.md").read_text("utf-8")
    assert "![" in page
    for name in ("lanterns.svg", *SOUNDS):
        assert f"(docs/examples/{name})" in page
