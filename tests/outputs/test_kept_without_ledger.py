"""Takes in a clone to which only a part of what was paid for was brought: nothing is paid again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from songbatch.audio.tags import untagged
from songbatch.digest import sha256
from songbatch.selects import Heard, Opinion, Selects
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

FOLDER = "outputs/demo/selects"


@pytest.fixture(scope="module")
def server() -> Iterator[ContractServer]:
    with ContractServer() as server:
        yield server


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, server: ContractServer) -> Project:
    """Two songs; ann chose a take of the first, which was made anew since."""
    project = Project(tmp_path_factory.mktemp("original"))
    project.write("specs/demo.yaml", SONG)
    project.reference("specs/references/river.mp3")
    project.environment = server.environment
    assert project.run("render").status == 0
    pick(project, ("ann", heard(project, "demo/first/1")))
    assert project.run("render").status == 0
    project.replace("specs/demo.yaml", "Down by", "Up by")
    assert project.run("render").status == 0
    return project


@pytest.fixture(scope="module")
def anns(original: Project) -> str:
    """The digest of the audio that ann chose."""
    return sha256(untagged((original.root / FOLDER / "first.mp3").read_bytes()))


def heard(project: Project, render: str) -> Heard:
    return Heard(render, "music-01", project.entries("demo")[render]["audio_sha256"])


def pick(project: Project, *takes: tuple[str, Heard]) -> None:
    opinions = tuple(Opinion(who, take, pick=True) for who, take in takes)
    project.write("specs/selects.yaml", Selects(opinions).dump())


def copies(project: Project) -> set[str]:
    """Return the digests of the audio in the folder of copies."""
    return {sha256(untagged(path.read_bytes())) for path in (project.root / FOLDER).glob("*.mp3")}


def clone(original: Project, root: Path, *brought: str) -> Project:
    """Return a project with specs, manifests and lists, as git has them, and what was brought."""
    for name in ("specs", *brought):
        shutil.copytree(original.root / name, root / name)
    for path in (original.root / "outputs").rglob("*"):
        if path.suffix in {".json", ".m3u8"}:
            target = root / path.relative_to(original.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    project = Project(root)
    project.environment = original.environment
    return project


@pytest.mark.parametrize("is_rendered_first", [True, False])
@pytest.mark.parametrize(
    "brought",
    [("outputs",), (".songbatch/store", ".songbatch/earlier"), ("outputs", ".songbatch/store")],
    ids="+".join,
)
def test_an_edit_that_is_taken_back_costs_nothing(
    original: Project,
    anns: str,
    server: ContractServer,
    tmp_path: Path,
    brought: tuple[str, ...],
    is_rendered_first: bool,
) -> None:
    project = clone(original, tmp_path / "clone", *brought)
    asked = len(server.generations)
    if is_rendered_first:
        assert project.run("render").status == 0
    project.replace("specs/demo.yaml", "Up by", "Down by")
    planned = project.run("plan")
    assert "  restore  demo/first/1" in planned.stdout, planned
    assert " to render" not in planned.stdout
    result = project.run("render", "--frozen")
    assert result.status == 0, result
    assert len(server.generations) == asked
    assert heard(project, "demo/first/1").audio_sha256 == anns
    assert project.run("verify").status == 0


def test_the_only_copy_of_a_take_is_kept_in_the_store_before_it_is_removed(
    original: Project, anns: str, tmp_path: Path
) -> None:
    project = clone(original, tmp_path / "clone", "outputs")
    other = heard(project, "demo/first/1")
    pick(project, ("ann", Heard("demo/first/1", "music-01", anns)), ("ann", other))
    assert project.run("render").status == 0
    assert copies(project) == {other.audio_sha256}
    assert f"{anns[:12]}  demo/first/1 on music-01" in project.run("selects", "list").stdout
    assert project.run("selects", "save", anns[:12], "-o", "was.mp3").status == 0
    assert sha256(untagged((project.root / "was.mp3").read_bytes())) == anns
    project.replace("specs/demo.yaml", "Up by", "Down by")
    assert project.run("render", "--frozen").status == 0
    assert heard(project, "demo/first/1").audio_sha256 == anns


def test_what_one_listener_chooses_takes_nothing_away_from_another(
    original: Project, anns: str, tmp_path: Path
) -> None:
    project = clone(original, tmp_path / "clone", "outputs", ".songbatch")
    first, other = Heard("demo/first/1", "music-01", anns), heard(project, "demo/first/1")
    pick(project, ("ann", first), ("ben", other))
    assert project.run("render").status == 0
    assert copies(project) == {anns, other.audio_sha256}
    project.replace("specs/demo.yaml", "Up by", "Out by")
    assert project.run("render").status == 0
    assert copies(project) == {anns, other.audio_sha256}
    pick(project, ("ann", first), ("ben", other), ("ann", heard(project, "demo/first/1")))
    assert project.run("render").status == 0
    third = heard(project, "demo/first/1").audio_sha256
    assert copies(project) == {other.audio_sha256, third}
    project.replace("specs/demo.yaml", "Out by", "In by")
    assert project.run("render").status == 0
    assert copies(project) == {other.audio_sha256, third}
