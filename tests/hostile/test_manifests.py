"""A manifest speaks of outputs of its own spec and engine, and of no other file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kit import Project
from tests.hostile.forking import Forks

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs: {one: {reference: river, lyrics: "the kettle sings, the day begins"}}
"""
MANIFEST = "outputs/x/sketch/manifest.json"
VICTIMS = (
    ".git/HEAD",
    "specs/notes.txt",
    "specs/x.yaml",
    "songbatch.yaml",
    ".songbatch/ledger.jsonl",
    "outputs/notes.txt",
    "outputs/y/sketch/one.mp3",
    "outputs/x/notes.mp3",
    "outputs/x/sketch/manifest.json",
    "outputs/x/sketch/deeper/one.mp3",
    "outputs/x/sketch/.hidden.mp3",
    "outputs/x/sketch/one.wav",
    "outputs/x/sketch/x.m3u8",
    "../outside.mp3",
)
WRITTEN = (
    "{}",
    "./{}",
    "outputs/x/sketch/../../../{}",
    "outputs/x/sketch/./../../../{}",
    "/{root}/{}",
    "outputs//x/sketch/../../../{}",
    "outputs\\x\\sketch\\..\\..\\..\\{}",
)
COMMANDS = (("plan",), ("verify",), ("report",), ("gc",), ("diff", MANIFEST), ("render",))


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("manifests") / "project")
    project.write("specs/x.yaml", SPEC).reference("specs/river.mp3")
    assert project.run("render", "--no-measure").status == 0
    return project.root


def forged(root: Path, **fields: object) -> None:
    """Add an entry for a song that no spec has."""
    manifest = json.loads((root / MANIFEST).read_text())
    entry = {"id": "x/gone/1", "song": "gone", "key": "0" * 64, "audio_sha256": None}
    manifest["renders"].append(manifest["renders"][0] | entry | fields)
    (root / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("victim", VICTIMS)
def test_no_other_file_is_an_output(
    victim: str, template: Path, forks: Forks, tmp_path: Path
) -> None:
    for number, form in enumerate(WRITTEN):
        root = tmp_path / str(number) / "project"
        shutil.copytree(template, root)
        file = root / victim
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text("version: 1\n")
        before = file.read_bytes()
        output = form.format(victim, root=root)
        forged(root, output=output, sha256=hashlib.sha256(before).hexdigest())
        before = file.read_bytes()
        # Every command reads manifests in one way; how an output is written makes no difference.
        for command in COMMANDS if form == "{}" else COMMANDS[-1:]:
            result = forks.run(root, *command)
            assert result.status == 2, (output, command, result)
            assert f"{MANIFEST} is not a manifest" in result.stderr
            assert "$.renders[1].output" in result.stderr
            assert file.read_bytes() == before, (output, command)


@pytest.mark.parametrize("name", ["..", "a/b/c", "", ".x", "x\x1b[2J", "\\x", "/a", "a/..", "a/.b"])
@pytest.mark.parametrize("place", ["spec", "engine"])
def test_spec_and_engine_are_plain_names(
    place: str, name: str, template: Path, forks: Forks, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(template, root)
    manifest = json.loads((root / MANIFEST).read_text())
    if place == "spec":
        manifest["spec"] = name
    else:
        manifest["engine"]["name"] = name
    (root / MANIFEST).write_text(json.dumps(manifest))
    result = forks.run(root, "plan")
    assert result.status == 2, result
    assert "Expected a plain name" in result.stderr


def test_a_manifest_removes_nothing_that_lies_beside_another(
    template: Path, forks: Forks, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(template, root)
    shutil.copy(root / "specs/x.yaml", root / "specs/y.yaml")
    assert forks.run(root, "render", "--no-measure").status == 0
    # y's manifest speaks as if it were that of x, and of its song as one that is gone.
    manifest = json.loads((root / MANIFEST).read_text())
    manifest["renders"][0] |= {"id": "x/gone/1", "key": "0" * 64, "audio_sha256": None}
    (root / "outputs/y/sketch/manifest.json").write_text(json.dumps(manifest))
    result = forks.run(root, "render", "y", "--no-measure")
    assert result.status == 0, result
    assert (root / "outputs/x/sketch/one.mp3").exists()
