"""Songs that several machines share: each a project of its own, with one store between them."""

from __future__ import annotations

import difflib
import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.fal.server import FalServer
from support.kit import Project, Result
from tests.run.service_projects import cloned, fal_project, mureka_project, mureka_spec
from tests.run.specs import SONG

SIX = SONG.replace("  first:\n", "  first:\n    takes: 5\n")
LEASE = "3"
"""Seconds: so long a killed run counts as alive."""


class Team:
    """Machines with copies of one project; each has a folder, a name and a ledger of its own."""

    def __init__(self, folder: Path, server: ContractServer, spec: str = SONG) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.store.mkdir()
        self.server = server
        self.spec = spec

    def machine(self, name: str) -> Project:
        root = self.folder / name
        root.mkdir()
        project = Project(root).write("specs/demo.yaml", self.spec)
        project.environment = {**self.server.environment, **shared(self.store, name)}
        return project.reference("specs/references/river.mp3")


def shared(store: Path, name: str) -> dict[str, str]:
    return {
        "SONGBATCH_STORE": store.as_uri(),
        "SONGBATCH_WHO": f"{name}@studio",
        "SONGBATCH_LEASE": LEASE,
    }


@pytest.fixture
def team(tmp_path: Path, contract_server: ContractServer) -> Team:
    return Team(tmp_path, contract_server)


def manifest(project: Project) -> bytes:
    return (project.root / "outputs/demo/music-01/manifest.json").read_bytes()


def differences(one: Project, other: Project) -> list[str]:
    """The lines of manifests that differ."""
    was, now = (
        next((project.root / "outputs").rglob("manifest.json")).read_text("utf-8").splitlines()
        for project in (one, other)
    )
    return list(difflib.unified_diff(was, now, n=0))


def outputs(project: Project) -> dict[str, bytes]:
    folder = project.root / "outputs"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def notes(team: Team, kind: str) -> list[dict[str, object]]:
    return [json.loads(path.read_bytes()) for path in sorted(team.store.rglob(f"*.{kind}"))]


def ok(result: Result) -> Result:
    assert result.status == 0, result
    return result


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_what_one_machine_paid_for_all_have(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    ok(first.run("render"))
    asked = len(team.server.generations), len(team.server.uploads)
    plan = ok(second.run("plan")).stdout
    assert "restore  demo/first/1: in the shared store" in plan
    assert "nothing to pay" in plan
    assert not (second.root / ".songbatch").exists()
    ok(second.run("render", "--frozen"))
    assert (len(team.server.generations), len(team.server.uploads)) == asked
    assert outputs(first) == outputs(second)
    assert "Nothing to do" in ok(second.run("render")).stdout
    assert ok(second.run("verify")).stdout


def test_two_at_once_divide_the_songs(tmp_path: Path, contract_server: ContractServer) -> None:
    team = Team(tmp_path, contract_server, SIX)
    contract_server.latency = 0.3
    machines = [team.machine(name) for name in ("first", "second")]
    runs = [machine.start("render", "--jobs", "2") for machine in machines]
    ended = [(*run.communicate(), run.returncode) for run in runs]
    assert [status for *_, status in ended] == [0, 0], ended
    assert len(contract_server.songs) == 6
    assert len(contract_server.uploads) == 1
    assert outputs(machines[0]) == outputs(machines[1])
    assert not list(team.store.glob("beats/*"))
    for machine in machines:
        assert not list((machine.root / ".songbatch/claims").rglob("?" * 64))


def test_a_song_that_is_asked_for_elsewhere_is_waited_for(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    with team.server.holding():
        run = first.start("render", "--select", "first")
        team.server.wait_for_in_flight(1)
        other = second.start("render", "--select", "first")
        assert other.stdout is not None
        line = ""
        while "asks for it" not in line:
            line = other.stdout.readline()
            assert line
        assert "first@studio" in line
        plan = ok(second.run("plan", "--select", "first"))
        assert "asked for by first@studio" in plan.stdout
    stdout, stderr = other.communicate()
    assert other.returncode == 0, stdout + stderr
    assert "1 restored" in stdout
    run.communicate()
    assert len(team.server.generations) == 1


def test_what_a_killed_run_may_have_paid_is_held_everywhere_until_somebody_decides(
    team: Team,
) -> None:
    first, second = team.machine("first"), team.machine("second")
    with team.server.holding():
        run = first.start("render", "--select", "first")
        team.server.wait_for_in_flight(1)
        killed(run)
    held = second.run("render")
    assert held.status == 3, held
    assert "a request of first@studio-" in held.stdout
    assert "may have been paid without an answer" in held.stdout
    assert "--retry-unknown 1" in held.stdout
    assert len(team.server.generations) == 2
    plan = ok(second.run("plan")).stdout
    assert "hold     demo/first/1: may have been paid without an answer once, by first@" in plan
    # The machine that asked knows more: its next run tells all others.
    assert first.run("render").status == 3
    assert [note["unknown"] for note in notes(team, "end")] == [1]
    ok(first.run("render", "--retry-unknown", "1"))
    ok(second.run("render"))
    assert len(team.server.generations) == 3
    assert manifest(first) == manifest(second)
    assert first.entries("demo")["demo/first/1"]["unknown_outcomes"] == 1
    assert first.entries("demo")["demo/first/1"]["attempts"] == 2


def test_an_answer_counts_the_requests_of_all_machines(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    with team.server.holding():
        run = first.start("render", "--select", "first")
        team.server.wait_for_in_flight(1)
        killed(run)
    held = second.run("render", "--select", "first")
    assert held.status == 3, held
    assert "pass --retry-unknown 1" in second.run("render", "--select", "first").stdout
    ok(second.run("render", "--select", "first", "--retry-unknown", "1"))
    ok(first.run("render", "--select", "first"))
    for machine in (first, second):
        entry = machine.entries("demo")["demo/first/1"]
        assert (entry["attempts"], entry["unknown_outcomes"]) == (2, 1)
    assert differences(first, second) == []
    assert len(team.server.generations) == 2


def test_a_run_that_was_killed_is_over_for_the_next_one_in_its_folder(team: Team) -> None:
    first = team.machine("first")
    first.environment["SONGBATCH_LEASE"] = "600"
    with team.server.holding():
        run = first.start("render", "--select", "first")
        team.server.wait_for_in_flight(1)
        killed(run)
    # Without waiting for its own lease.
    assert first.run("render", "--select", "first").status == 3
    assert [note["unknown"] for note in notes(team, "end")] == [1]
    assert not list(team.store.glob("beats/*"))
    ok(first.run("render", "--select", "first", "--retry-unknown", "1"))
    assert len(team.server.generations) == 2


def test_what_surely_was_not_sent_is_free_for_others(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    team.server.script("generate", [Fault.http(400)])
    assert first.run("render", "--jobs", "1", "--select", "first").status == 1
    assert [note["unknown"] for note in notes(team, "end")] == [0]
    ok(second.run("render"))
    ok(first.run("render"))
    assert outputs(first) == outputs(second)


def test_an_answer_that_was_not_shared_yet_is_by_the_next_run(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    ok(first.run("render", "--select", "first"))
    # As if the run had died between its ledger and the store.
    for path in [*team.store.rglob("answer"), *team.store.glob("blobs/*/*")]:
        path.unlink()
    (claim,) = (team.store / "songs").rglob("1.claim")
    key, who = claim.parent.name, json.loads(claim.read_bytes())["who"]
    (store,) = (first.root / ".songbatch/claims").iterdir()
    note = {"who": who, "folder": first.root.stat().st_ino, "doubts": 0}
    (store / key).write_text(json.dumps(note))
    (first.root / ".songbatch/index").unlink()
    again = ok(first.run("render", "--select", "first"))
    assert "Nothing to do: 1 up to date" in again.stdout
    assert not (store / key).exists()
    ok(second.run("render", "--select", "first"))
    assert len(team.server.generations) == 1
    assert ok(first.run("render", "--select", "first")).stdout == again.stdout


def test_a_copy_of_a_project_settles_nothing_of_the_original(team: Team) -> None:
    first = team.machine("first")
    with team.server.holding():
        run = first.start("render", "--jobs", "1", "--select", "first")
        team.server.wait_for_in_flight(1)
        shutil.copytree(first.root, team.folder / "copy")
        copy = Project(team.folder / "copy")
        copy.environment = {**team.server.environment, **shared(team.store, "copy")}
        ok(copy.run("render", "--select", "second"))
        assert not notes(team, "end")
    run.communicate()
    assert run.returncode == 0


def test_damage_in_the_store_holds_a_song_that_somebody_has(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    ok(first.run("render", "--select", "first"))
    (blob,) = team.store.glob("blobs/*/*")
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"\0")
    held = second.run("render", "--select", "first")
    assert held.status == 3, held
    assert "paid for elsewhere, but" in held.stdout
    assert len(team.server.generations) == 1
    ok(first.run("render", "--select", "second"))


def test_another_answer_than_the_manifest_records_is_not_taken(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    ok(first.run("render"))
    answers = sorted(team.store.rglob("answer"))
    one, other = (json.loads(path.read_bytes()) for path in answers)
    forged = {**other, "key": one["key"]}
    answers[0].chmod(0o644)
    answers[0].write_text(json.dumps(forged))
    target = second.root / "outputs/demo/music-01/manifest.json"
    target.parent.mkdir(parents=True)
    shutil.copy(first.root / "outputs/demo/music-01/manifest.json", target)
    held = second.run("render")
    assert held.status == 3, held
    assert "another answer than the manifest records" in held.stdout
    assert len(team.server.generations) == 2


def test_ids_that_the_service_has_forgotten_are_uploaded_anew_once(team: Team) -> None:
    first, second = team.machine("first"), team.machine("second")
    ok(first.run("render"))
    team.server.forget_uploads()
    second.replace("specs/demo.yaml", "morning", "evening")
    ok(second.run("render"))
    assert len(team.server.uploads) == 2
    first.replace("specs/demo.yaml", "light", "night")
    ok(first.run("render", "--select", "second"))
    # It has learned from the service that its ids are gone, and from the store which there are.
    assert len(team.server.uploads) == 2
    assert len(team.server.songs) == 4


def test_drafts_are_shared_only_if_the_project_wants_it(team: Team) -> None:
    first = team.machine("first").replace("specs/demo.yaml", "engine: music-01\n", "")
    ok(first.run("render"))
    assert not list(team.store.rglob("*"))


def test_a_job_of_a_dead_run_is_collected_by_another_machine(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    machines = []
    with FalServer() as server:
        server.hold()
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            machine = fal_project(Project(tmp_path / name), server)
            machine.environment |= shared(store, name)
            machines.append(machine)
        first, second = machines
        run = first.start("render", "--yes")
        while len(list(store.rglob("1.job"))) < 2:
            assert run.poll() is None
        killed(run)
        for path in store.glob("beats/*"):
            path.unlink()
        plan = ok(second.run("plan")).stdout
        assert plan.count("asked for before, as the job") == 2
        server.release()
        ok(second.run("render", "--yes"))
        ok(first.run("render", "--yes"))
        assert len(server.jobs) == 2
    assert differences(first, second) == []
    assert outputs(first) == outputs(second)
    assert "test-key" not in "".join(p.read_text("latin-1") for p in store.rglob("*.job"))


@pytest.mark.parametrize("frozen", [(), ("--frozen",)])
def test_a_store_out_of_reach_is_told_and_not_that_songs_are_lost(
    frozen: tuple[str, ...], team: Team
) -> None:
    first, second = team.machine("first"), team.machine("second")
    ok(first.run("render"))
    target = second.root / "outputs/demo/music-01/manifest.json"
    target.parent.mkdir(parents=True)
    shutil.copy(first.root / "outputs/demo/music-01/manifest.json", target)
    second.environment["SONGBATCH_STORE"] = (team.folder / "gone/store").as_uri()
    refused = second.run("render", *frozen)
    assert refused.status == 5, refused
    assert "there is no shared folder" in refused.stderr
    assert "--again" not in refused.stdout + refused.stderr
    # Nor a store that the project names and its user has not allowed.
    del second.environment["SONGBATCH_STORE"]
    second.write("songbatch.yaml", f"version: 1\nstore: {team.store.as_uri()}\n")
    refused = second.run("render", *frozen)
    assert refused.status == 3, refused
    assert "songbatch store --allow" in refused.stderr
    ok(second.run("store", "--allow"))
    ok(second.run("render", "--frozen"))
    assert len(team.server.generations) == 2


@pytest.mark.parametrize("collector", ["first", "second"])
def test_what_a_job_makes_of_a_reference_is_bought_once_for_all(
    collector: str, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with FalServer() as server:
        machines = {}
        for name in ("first", "second", "third"):
            (tmp_path / name).mkdir()
            machines[name] = mureka_project(Project(tmp_path / name), server)
            machines[name].environment |= shared(store, name)
        server.hold()
        run = machines["first"].start("render", "--yes")
        while not list(store.rglob("*.job")):
            assert run.poll() is None
            time.sleep(0.02)
        killed(run)
        for beat in store.glob("beats/*"):
            beat.unlink()
        server.release()
        ok(machines[collector].run("render", "--yes"))
        assert "costs" not in ok(machines["third"].run("plan")).stdout
        machines["third"].write("specs/demo.yaml", mureka_spec("hill", "sea"))
        ok(machines["third"].run("render", "--yes"))
        assert cloned(server) == 1


def test_an_id_that_its_service_has_lost_is_bought_again_by_a_plan_that_says_so(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    with FalServer() as server:
        machines = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            machines.append(mureka_project(Project(tmp_path / name), server))
            machines[-1].environment |= shared(store, name)
        first, second = machines
        ok(first.run("render", "--yes"))
        server.mureka.forget()
        second.write("specs/demo.yaml", mureka_spec("hill", "sea"))
        failed = second.run("render", "--yes")
        assert failed.status == 1, failed
        assert "costs $5.00" in ok(second.run("plan")).stdout
        ok(second.run("render", "--yes"))
        assert cloned(server) == 2
