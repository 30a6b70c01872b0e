"""What was paid before there was a shared store, made known in one."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Project, Result
from tests.run.specs import SONG

FREE = """\
version: 1
references: {river: {file: references/river.mp3, purpose: song}}
songs: {first: {lyrics: la la la, reference: river}}
"""


class Machines:
    """Machines with copies of one project, and a folder that they share."""

    def __init__(self, folder: Path, server: ContractServer) -> None:
        self.folder, self.server = folder, server
        self.store = folder / "store"
        self.store.mkdir()

    def machine(self, name: str) -> Project:
        """Return a copy of the project in which everything was rendered, and paid."""
        root = self.folder / name
        root.mkdir()
        project = Project(root).write("specs/demo.yaml", SONG)
        project.environment = {**self.server.environment, "SONGBATCH_WHO": f"{name}@studio"}
        project.reference("specs/references/river.mp3")
        ok(project.run("render", "--store", "none"))
        return project

    def push(self, project: Project, *arguments: str) -> Result:
        return project.run("push", "--store", self.store.as_uri(), *arguments)

    @property
    def blobs(self) -> list[Path]:
        return sorted(path for path in (self.store / "blobs").rglob("*") if path.is_file())


def ok(result: Result) -> Result:
    assert result.status == 0, result
    return result


@pytest.fixture
def machines(tmp_path: Path, contract_server: ContractServer) -> Machines:
    return Machines(tmp_path, contract_server)


def test_what_is_here_is_pushed_once(machines: Machines) -> None:
    one = machines.machine("one")
    asked = len(machines.server.generations)
    said = ok(machines.push(one)).stdout
    assert "  pushed           demo/first/1\n" in said
    assert f"{machines.store.as_uri()}: 2 pushed.\n" in said
    assert ok(machines.push(one)).stdout == f"{machines.store.as_uri()}: 2 there already.\n"
    assert len(machines.server.generations) == asked
    answers = [json.loads(path.read_bytes()) for path in machines.store.rglob("answer")]
    entries = one.entries("demo").values()
    assert {(a["key"], a["audio_sha256"], a["cost_usd"]) for a in answers} == {
        (e["key"], e["audio_sha256"], e["cost_usd"]) for e in entries
    }
    assert all(answer["who"].startswith("one@studio-") for answer in answers)
    assert {path.name for path in machines.blobs} == {e["audio_sha256"] for e in entries}
    assert not list((machines.store / "beats").iterdir())


def test_only_what_is_selected_is_pushed(machines: Machines) -> None:
    one = machines.machine("one")
    assert "1 pushed." in ok(machines.push(one, "--select", "first")).stdout
    report = json.loads(ok(machines.push(one, "demo/first", "--json")).stdout)
    assert [(song["id"], song["state"]) for song in report["songs"]] == [("demo/first/1", "there")]
    assert machines.push(one, "nosuch").status == 2


def test_what_has_no_audio_here_is_counted(machines: Machines) -> None:
    one = machines.machine("one")
    one.replace("specs/demo.yaml", "songs:\n", "songs:\n  new: {lyrics: a song to come}\n")
    assert "2 pushed; 1 song without audio here." in ok(machines.push(one)).stdout


@pytest.mark.parametrize("damage", [b"x", None], ids=["damaged", "gone"])
def test_damaged_audio_is_healed(machines: Machines, damage: bytes | None) -> None:
    one = machines.machine("one")
    ok(machines.push(one))
    blob = machines.blobs[0]
    whole = blob.read_bytes()
    if damage is None:
        blob.unlink()
    else:
        blob.write_bytes(damage * len(whole))
    assert "1 healed, " in ok(machines.push(one)).stdout
    assert blob.read_bytes() == whole


def test_the_first_answer_stands(machines: Machines) -> None:
    one, two = machines.machine("one"), machines.machine("two")
    ok(machines.push(one))
    before = [path.read_bytes() for path in machines.store.rglob("answer")]
    said = ok(machines.push(two)).stdout
    assert said.count("  there otherwise  demo/") == 2
    assert ", by one@studio-" in said
    assert "Take theirs: songbatch pull --theirs" in said
    assert [path.read_bytes() for path in machines.store.rglob("answer")] == before


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 70_000], ids=["empty", "other", "long"])
def test_an_answer_that_nobody_can_read_is_replaced(machines: Machines, damage: bytes) -> None:
    one = machines.machine("one")
    ok(machines.push(one))
    answer = next(machines.store.rglob("answer"))
    before = json.loads(answer.read_bytes())
    answer.write_bytes(damage)
    assert "1 healed, 1 there already." in ok(machines.push(one)).stdout
    # It is the same but for who has pushed it.
    healed = json.loads(answer.read_bytes())
    assert healed | {"who": before["who"]} == before
    assert "2 there already." in ok(machines.push(one)).stdout


def test_audio_that_is_damaged_here_is_not_pushed(machines: Machines) -> None:
    one = machines.machine("one")
    audio = next(iter(one.entries("demo").values()))["audio_sha256"]
    kept = one.root / ".songbatch/store" / audio[:2] / audio
    kept.write_bytes(b"x" * kept.stat().st_size)
    result = machines.push(one)
    assert result.status == 1, result
    assert "is damaged: its digest is not its name" in result.stdout
    assert "1 pushed, 1 not pushed." in result.stdout


def test_free_songs_that_come_out_the_same_stay_here(project: Project, tmp_path: Path) -> None:
    project.write("specs/demo.yaml", FREE).reference("specs/references/river.mp3")
    ok(project.run("render"))
    store = tmp_path / "store"
    store.mkdir()
    said = ok(project.run("push", "--store", store.as_uri())).stdout
    assert "nothing to push" in said
    assert "1 free song, made the same anywhere: shared if songbatch.yaml says share: all." in said
    assert not list(store.iterdir())
    project.write("songbatch.yaml", "version: 1\nshare: all\n")
    assert "1 pushed." in ok(project.run("push", "--store", store.as_uri())).stdout


def test_a_project_cannot_choose_where_songs_go(machines: Machines) -> None:
    one = machines.machine("one")
    one.write("songbatch.yaml", f"version: 1\nstore: {machines.store.as_uri()}\n")
    result = one.run("push")
    assert result.status == 3, result
    assert f"songbatch store --allow {machines.store.as_uri()}" in result.stderr
    assert not list(machines.store.iterdir())
    ok(one.run("store", "--allow"))
    assert "2 pushed." in ok(one.run("push")).stdout


def test_without_a_store_there_is_nowhere_to_push(machines: Machines) -> None:
    one = machines.machine("one")
    for arguments in ((), ("--store", "none")):
        result = one.run("push", *arguments)
        assert result.status == 2, result
        assert "no shared store is named" in result.stderr


def test_a_store_that_is_not_there_is_told(machines: Machines) -> None:
    one = machines.machine("one")
    result = one.run("push", "--store", (machines.folder / "unmounted/store").as_uri())
    assert result.status == 5, result
    assert "there is no shared folder" in result.stderr
    assert "fix: " in result.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_store_that_may_only_be_read_is_refused(machines: Machines) -> None:
    one = machines.machine("one")
    machines.store.chmod(0o500)
    try:
        result = machines.push(one)
    finally:
        machines.store.chmod(0o700)
    assert result.status == 3, result
    assert "may only be read" in result.stderr


def test_a_push_tells_what_came_of_claims(machines: Machines) -> None:
    one = machines.machine("one")
    key = one.entries("demo")["demo/first/1"]["key"]
    store = sha256(machines.store.as_uri().encode()).hexdigest()[:16]
    note = {"who": "one@studio-1-0123456789abcdef", "folder": one.root.stat().st_ino, "doubts": 0}
    one.write(f".songbatch/claims/{store}/{key}", json.dumps(note))
    ok(machines.push(one))
    assert not (one.root / ".songbatch/claims" / store / key).exists()
