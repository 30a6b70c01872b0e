"""Specs that are renamed or deleted, and what was never made: nothing of them stays for good."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from songbatch.selects import Heard, Opinion, Selects
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

CLOSED = {"AIMLAPI_BASE_URL": "http://127.0.0.1:9", "AIMLAPI_KEY": "k"}
"""Nobody listens there."""


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("named"))
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    with ContractServer() as server:
        project.environment = server.environment
        assert project.run("render").status == 0
        take = project.entries("demo")["demo/first/1"]["audio_sha256"]
        opinion = Opinion("ann", Heard("demo/first/1", "music-01", take), pick=True)
        project.write("specs/selects.yaml", Selects((opinion,)).dump())
        assert project.run("render").status == 0
        yield project


@pytest.fixture
def rendered(project: Project, finished: Project) -> Project:
    shutil.copytree(finished.root, project.root, dirs_exist_ok=True)
    project.environment = finished.environment
    return project


def rename(project: Project) -> None:
    (project.root / "specs/demo.yaml").rename(project.root / "specs/album.yaml")


def test_a_renamed_spec_moves_with_all_it_has_and_costs_nothing(rendered: Project) -> None:
    rename(rendered)
    planned = rendered.run("plan").stdout
    assert "remove   outputs/demo/music-01/first.mp3: its song is now album/first/1\n" in planned
    result = rendered.run("render", "--frozen")
    assert result.status == 0, result
    assert not (rendered.root / "outputs/demo").exists()
    names = {path.removeprefix("outputs/album/") for path in rendered.files("outputs")}
    assert names == {
        *("music-01/first.mp3", "music-01/second.mp3", "music-01/manifest.json"),
        *("music-01/album.m3u8", "selects/album.m3u8", "selects/first.mp3"),
    }
    assert rendered.run("render").stdout == "Nothing to do: 2 up to date.\n"
    assert "2 songs, 2 takes" in rendered.run("report").stdout
    assert "2 outputs checked: all as recorded." in rendered.run("verify").stdout


def test_a_deleted_spec_takes_its_outputs_along_and_its_audio_stays(rendered: Project) -> None:
    before = rendered.files(".songbatch/store")
    other = SONG.replace("Down", "Up").replace("hill", "ridge")
    rendered.write("specs/other.yaml", other)
    (rendered.root / "specs/demo.yaml").rename(rendered.root / "demo.yaml")
    result = rendered.run("render")
    assert "outputs/demo/music-01/second.mp3 (its spec is gone)" in result.stdout, result
    # What somebody chose is not removed with the spec.
    assert list(rendered.files("outputs/demo")) == [
        "outputs/demo/selects/demo.m3u8",
        "outputs/demo/selects/first.mp3",
    ]
    assert before.items() <= rendered.files(".songbatch/store").items()
    (rendered.root / "demo.yaml").rename(rendered.root / "specs/demo.yaml")
    assert rendered.run("render", "--frozen").status == 0


@pytest.mark.parametrize("part", [("render", "--select", "first"), ("render", "album")])
def test_a_part_of_the_project_removes_nothing_of_what_is_gone(
    rendered: Project, part: tuple[str, ...]
) -> None:
    rename(rendered)
    rendered.write("specs/other.yaml", SONG)
    before = rendered.files("outputs/demo")
    assert rendered.run(*part, "--frozen").status == 0
    assert rendered.files("outputs/demo") == before
    told = rendered.run("verify").stdout
    assert "outputs/demo/music-01/: its spec is gone; songbatch render removes or moves it" in told


def test_what_was_edited_stays_and_its_record_until_the_store_has_it(rendered: Project) -> None:
    rename(rendered)
    mine = "outputs/demo/music-01/second.mp3"
    rendered.write(mine, b"edited")
    assert rendered.run("render").status == 0
    assert set(rendered.files("outputs/demo")) == {mine}


@pytest.mark.parametrize("is_stored", [True, False])
def test_where_no_spec_is_left_the_fix_is_one_that_works(
    rendered: Project, is_stored: bool
) -> None:
    (rendered.root / "specs/demo.yaml").unlink()
    if not is_stored:
        shutil.rmtree(rendered.root / ".songbatch/store")
    for command in ("render", "gc"):
        assert rendered.run(command).status == 2
    kept = "the store keeps its songs" if is_stored else "its songs are nowhere else"
    assert rendered.run("verify").stdout.splitlines()[0] == (
        "outputs/demo/music-01/: its spec is gone; no spec is left to render; "
        f"bring specs/demo.yaml back, or remove it ({kept}): rm -r outputs/demo/music-01"
    )
    shutil.rmtree(rendered.root / "outputs/demo/music-01")
    assert "gone" not in rendered.run("verify").stdout


def test_verify_knows_which_specs_there_are(rendered: Project) -> None:
    rendered.write("specs/other.yaml", SONG)
    for word, said in (
        ("nope", "there is no spec 'nope'\n  fix: this project has demo, other\n"),
        ("dmeo", "there is no spec 'dmeo'\n  fix: did you mean \"demo\"?\n"),
        ("other", "nothing was rendered for 'other': outputs/ has no manifest of it\n"),
    ):
        result = rendered.run("verify", word)
        assert result.status == 2, result
        assert result.stderr.startswith(f"error: {said}"), result


def test_a_run_that_reached_nobody_begins_nothing(rendered: Project) -> None:
    other = SONG.replace("Down", "Up").replace("hill", "ridge")
    rendered.write("specs/other.yaml", other)
    before = rendered.files("outputs")
    assert rendered.run("render", "other", env=CLOSED).status == 5
    assert rendered.files("outputs") == before
    assert "2 outputs checked: all as recorded." in rendered.run("verify").stdout
    assert "2 songs, 2 takes" in rendered.run("report").stdout


def test_failures_of_an_engine_that_nobody_uses_any_more_are_counted_apart(
    hosted: Project, contract_server: ContractServer
) -> None:
    rendered = hosted.write("specs/demo.yaml", SONG)
    rendered.reference("specs/references/river.mp3")
    assert rendered.run("render").status == 0
    rendered.replace("specs/demo.yaml", "Down", "Up")
    path = "outputs/demo/music-01/manifest.json"
    contract_server.script("generate", [Fault.http(400, "not in the mood")])
    assert rendered.run("render").status == 1
    assert rendered.entries("demo")["demo/first/1"]["status"] == "failed"
    assert rendered.run("verify").status == 1
    rendered.replace("specs/demo.yaml", "engine: music-01\n", "")
    result = rendered.run("verify")
    assert result.status == 0, result
    assert "1 without audio that no spec asks for; songbatch gc drops them" in result.stdout
    assert "left out: 1 without audio" in rendered.run("report").stdout
    assert rendered.run("verify", "--engine", "music-01").status == 1
    assert rendered.run("gc").status == 0
    assert "without audio" not in rendered.run("verify").stdout
    assert "demo/first/1" not in (rendered.root / path).read_text("utf-8")
