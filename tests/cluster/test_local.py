"""`--on local:N`: songs of the sketch engine, made by processes of our own."""

from __future__ import annotations

import json
import os
from pathlib import Path

from support.kit import Project
from tests.cluster.hosting import spec

WITHOUT_TIMES = {"rendered_at"}


def facts(project: Project) -> list[dict[str, object]]:
    """Return the entries of the manifest, but for times."""
    renders = project.manifest("demo", "sketch")["renders"]
    return [{k: v for k, v in entry.items() if k not in WITHOUT_TIMES} for entry in renders]


def test_sketches_are_the_same_bytes_wherever_they_are_made(tmp_path: Path) -> None:
    here, there = Project(tmp_path / "here"), Project(tmp_path / "there")
    for project in (here, there):
        project.reference("specs/beat.mp3").write("specs/demo.yaml", spec(4, "sketch"))
    assert here.run("render").status == 0
    result = there.run("render", "--on", "local:2")
    assert result.status == 0, result
    assert "rendering on 2 workers, 2 slots (local:2)" in result.stdout
    mp3s = ("outputs/demo/sketch",)
    for folder in mp3s:
        ours = {n: d for n, d in here.files(folder).items() if n.endswith(".mp3")}
        theirs = {n: d for n, d in there.files(folder).items() if n.endswith(".mp3")}
        assert len(ours) == 4
        assert ours == theirs
    assert facts(here) == facts(there)


def test_what_is_known_of_a_reference_here_workers_are_given(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").reference("specs/beat.mp3")
    assert project.write("specs/demo.yaml", spec(1, "sketch")).run("render").status == 0
    # The ledger knows its id: nothing is uploaded any more, and no worker has it.
    result = project.write("specs/demo.yaml", spec(3, "sketch")).run("render", "--on", "local:2")
    assert result.status == 0, result
    assert "upload" not in result.stdout.partition("rendering on")[2]
    assert "retry" not in result.stdout


def test_a_run_with_nothing_to_do_starts_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").reference("specs/beat.mp3")
    assert project.write("specs/demo.yaml", spec(1, "sketch")).run("render").status == 0
    result = project.run("render", "--on", "local:2")
    assert (result.status, result.stdout) == (0, "Nothing to do: 1 up to date.\n")
    assert not (project.root / ".songbatch/cluster.log").exists()


def test_events_say_who_is_there(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").reference("specs/beat.mp3")
    result = project.write("specs/demo.yaml", spec(1, "sketch")).run(
        "render", "--on", "local:1", "--json"
    )
    events = [json.loads(line) for line in result.stdout.splitlines()]
    (news,) = [event for event in events if event["event"] == "workers"]
    assert (news["change"], news["workers"], news["slots"]) == ("ready", 1, 1)


def test_no_worker_outlives_a_run(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").reference("specs/beat.mp3")
    assert (
        project.write("specs/demo.yaml", spec(1, "sketch")).run("render", "--on", "local:2").status
        == 0
    )
    folder = str(project.root / ".songbatch/cluster")
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and _is_of(pid, folder)]


def _is_of(pid: str, folder: str) -> bool:
    try:
        return folder.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
