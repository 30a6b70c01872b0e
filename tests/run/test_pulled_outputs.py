"""Outputs that the shared store has, without a request; and what is nowhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Project, Result
from tests.run.specs import SONG


def ok(result: Result) -> Result:
    assert result.status == 0, result
    return result


def machine(folder: Path, name: str, server: ContractServer) -> Project:
    project = Project(folder / name)
    project.root.mkdir()
    store = (folder / "store").as_uri()
    who = {"SONGBATCH_WHO": f"{name}@studio", "SONGBATCH_STORE": store}
    project.environment = {**server.environment, **who}
    return project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


@pytest.fixture
def paid(tmp_path: Path, contract_server: ContractServer) -> Project:
    """A machine that has paid for two songs, and pushed them."""
    (tmp_path / "store").mkdir()
    project = machine(tmp_path, "paid", contract_server)
    ok(project.run("render", "--store", "none"))
    ok(project.run("push"))
    return project


@pytest.fixture
def clone(paid: Project, tmp_path: Path, contract_server: ContractServer) -> Project:
    """Another machine, without any audio."""
    return machine(tmp_path, "clone", contract_server)


def outputs(project: Project) -> dict[str, str]:
    return project.files("outputs")


def test_a_clone_gets_every_output_without_a_request(
    paid: Project, clone: Project, contract_server: ContractServer
) -> None:
    asked = len(contract_server.generations), len(contract_server.uploads)
    said = ok(clone.run("pull", env={"AIMLAPI_KEY": ""})).stdout
    assert "Done: 2 restored." in said
    assert outputs(clone) == outputs(paid)
    assert "Nothing to do" in ok(clone.run("pull")).stdout
    assert "Nothing to do" in ok(clone.run("render", "--frozen")).stdout
    assert (len(contract_server.generations), len(contract_server.uploads)) == asked


def test_what_is_nowhere_is_told_and_the_rest_is_written(paid: Project, clone: Project) -> None:
    clone.replace("specs/demo.yaml", "songs:\n", "songs:\n  new: {lyrics: a song to come}\n")
    result = clone.run("pull")
    assert result.status == 1, result
    assert "Done: 2 restored." in result.stdout
    assert "1 song in neither this machine's store nor the shared one:\n  demo/new/1\n" in (
        result.stderr
    )
    assert clone.entries("demo").keys() == {"demo/first/1", "demo/second/1"}
    again = clone.run("pull")
    assert (again.status, "Nothing to do" in again.stdout) == (1, True)


def test_nothing_at_all_is_told(clone: Project, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "store").mkdir()
    result = clone.run("pull")
    assert result.status == 1, result
    assert "2 songs in neither this machine's store nor the shared one" in result.stderr
    assert not (clone.root / "outputs").exists()


def test_only_what_is_selected_is_pulled(clone: Project) -> None:
    ok(clone.run("pull", "demo/first"))
    ok(clone.run("pull", "--select", "first"))
    assert clone.entries("demo").keys() == {"demo/first/1"}


def test_outputs_that_were_removed_are_written_from_here(paid: Project, tmp_path: Path) -> None:
    before = outputs(paid)
    shutil.rmtree(tmp_path / "store")
    (paid.root / next(p for p in before if p.endswith("first.mp3"))).unlink(missing_ok=True)
    for path in (paid.root / "outputs").rglob("*.mp3"):
        path.unlink()
    ok(paid.run("pull"))
    assert outputs(paid) == before


def test_damaged_audio_is_withheld(clone: Project, tmp_path: Path) -> None:
    blob = next(p for p in (tmp_path / "store/blobs").rglob("?" * 64))
    blob.write_bytes(b"x" * blob.stat().st_size)
    result = clone.run("pull")
    assert result.status == 1, result
    assert "damaged" in result.stdout + result.stderr
    assert len(outputs(clone)) >= 2


def test_a_store_that_cannot_be_reached_is_told(clone: Project, tmp_path: Path) -> None:
    unmounted = (tmp_path / "unmounted/store").as_uri()
    result = clone.run("pull", "--store", unmounted)
    assert result.status == 5, result
    assert "there is no shared folder" in result.stderr


def test_theirs_are_taken_where_two_have_paid(
    paid: Project, clone: Project, contract_server: ContractServer
) -> None:
    ok(clone.run("render", "--store", "none"))
    mine = {e["id"]: e["audio_sha256"] for e in clone.entries("demo").values()}
    theirs = {e["id"]: e["audio_sha256"] for e in paid.entries("demo").values()}
    assert mine.keys() == theirs.keys()
    assert not set(mine.values()) & set(theirs.values())
    asked = len(contract_server.generations)
    assert "Nothing to do" in ok(clone.run("pull")).stdout
    assert ok(clone.run("push")).stdout.count("there otherwise") >= 2
    assert "Done: 2 restored." in ok(clone.run("pull", "--theirs")).stdout
    assert {e["id"]: e["audio_sha256"] for e in clone.entries("demo").values()} == theirs
    assert ok(clone.run("verify")).status == 0
    assert "2 there already" in ok(clone.run("push")).stdout
    assert "Nothing to do" in ok(clone.run("pull", "--theirs")).stdout
    assert "Nothing to do" in ok(clone.run("render")).stdout
    assert len(contract_server.generations) == asked


def test_events_are_for_programs(clone: Project) -> None:
    events = [json.loads(line) for line in ok(clone.run("pull", "--json")).stdout.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["planned", "finished"]
    assert events[-1]["counts"]["restore"] == 2


def test_without_a_store_there_is_nothing_to_pull(clone: Project) -> None:
    result = clone.run("pull", "--store", "none")
    assert result.status == 2, result
    assert "no shared store is named" in result.stderr
