"""`--on local:N`: songs of the sketch engine, made by processes of our own."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from songbatch.cluster.messages import NearPlace
from songbatch.cluster.near import NearFile
from songbatch.digest import sha256
from songbatch.engines.base import Answer
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat
from songbatch.store.blobs import Blob, Blobs
from support.kit import Project
from tests.cluster.hosting import spec, until

if TYPE_CHECKING:
    from support.contract.server import ContractServer

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
    assert not workers(project)


def workers(project: Project, name: str = "local-") -> list[int]:
    """Return the processes of a project's own workers."""
    folder = str(project.root / ".songbatch/cluster")
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and _is(pid, folder, name)]


def _is(pid: str, *words: str) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return all(word.encode() in line for word in words)


def paid(server: ContractServer) -> Counter[str]:
    return Counter(song.lyrics for song in server.songs)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_local_worker_that_ends_loses_at_most_what_it_had_begun(
    project: Project, contract_server: ContractServer, number: int
) -> None:
    project.environment["SONGBATCH_WORKER_SLOTS"] = "2"
    project.write("specs/demo.yaml", spec(12))
    contract_server.latency = 0.3
    running = project.start("render", "--on", "local:2", "--jobs", "4")
    until(lambda: len(paid(contract_server)) >= 4)  # some went through dask, others through a pipe
    (worker,) = workers(project, "local-1")
    os.kill(worker, number)
    stdout, stderr = running.communicate(timeout=120)
    lost = [entry for entry in project.entries("demo").values() if entry["status"] != "done"]
    assert len(lost) <= (2 if number == signal.SIGKILL else 0), stdout + stderr
    assert running.returncode == (1 if lost else 0), stdout + stderr
    assert set(paid(contract_server).values()) == {1}
    kept = project.run("render")
    assert kept.status == (3 if lost else 0)
    assert set(paid(contract_server).values()) == {1}
    assert not list((project.root / ".songbatch/store/incoming").iterdir())


def test_songs_that_local_workers_write_have_the_digests_that_they_tell(
    project: Project, contract_server: ContractServer
) -> None:
    project.write("specs/demo.yaml", spec(6))
    assert project.run("render", "--on", "local:2", "--jobs", "2").status == 0
    assert not list((project.root / ".songbatch/store/incoming").iterdir())
    stored = list((project.root / ".songbatch/store").glob("??/*"))
    assert len(stored) == len(contract_server.songs) == 6
    assert all(sha256(path.read_bytes()) == path.name for path in stored)


def test_of_two_workers_of_one_order_each_writes_a_file_of_its_own(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    with Blobs(tree).receive("a" * 64, 1, AudioFormat.MP3, 1000) as incoming:
        place = NearPlace(tree.base, tree.folder, incoming.part)
        with NearFile(place) as stopped, NearFile(place) as other:
            stopped.write(b"first half")
            other.write(b"the whole song")
            song = other.finish(Answer(None))
            stopped.write(b", and so on")
            incoming.adopt(song.path, Blob(song.audio_sha256, song.bytes))
            blob = incoming.finish()
    assert tree.read(incoming.path, 100) == b"the whole song"
    assert blob.bytes == 14
    assert tree.files("store/incoming") == [incoming.path.rpartition("/")[2]]


def test_a_song_is_not_taken_from_elsewhere_or_cut_off(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.write("store/incoming/other", b"a song")
    with Blobs(tree).receive("a" * 64, 1, AudioFormat.MP3, 1000) as incoming:
        for path, size in (("store/incoming/other", 6), (incoming.part, 6)):
            with pytest.raises(OSError, match="error"):
                incoming.adopt(path, Blob("b" * 64, size))
