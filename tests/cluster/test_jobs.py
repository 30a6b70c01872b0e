"""Engines that answer with jobs, at workers: whoever submitted it, a job is collected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from songbatch.cluster.jobs import FarJobs, is_beside
from songbatch.engines.base import EngineError, InProgress, Job, Verdict
from songbatch.engines.catalog import Engines
from songbatch.engines.entry import EngineContext
from songbatch.files.tree import Tree
from songbatch.model import EngineSettings
from support.acestep.server import AceStepServer, acestep_server
from support.kit import Project
from tests.cluster.hosting import until
from tests.run.job_projects import RENDER, acestep_project, events, songs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.hosting import Hosts

__all__ = ["acestep_server"]


@pytest.fixture
def asked(tmp_path: Path, acestep_server: AceStepServer) -> Project:
    return acestep_project(Project(tmp_path / "songs"), acestep_server)


def test_jobs_are_submitted_polled_and_collected_by_workers(
    asked: Project, acestep_server: AceStepServer
) -> None:
    result = asked.run(*RENDER, "--on", "local:2")
    assert result.status == 0, result
    assert acestep_server.charged == 2
    assert {entry["status"] for entry in songs(asked).values()} == {"done"}
    # Of this machine: the next run, here, would know them.
    assert not any("@" in record["job"] for record in events(asked, "submitted"))


def test_another_worker_of_the_machine_collects_what_a_lost_one_had_submitted(
    asked: Project, hosts: Hosts, acestep_server: AceStepServer
) -> None:
    for name in ("one", "two"):
        hosts.start(name, {})
    acestep_server.hold()
    running = asked.start(*RENDER, "--on", hosts.address)
    until(lambda: len(events(asked, "submitted")) == 2)
    hosts.workers["one"].kill()
    hosts.workers["one"].wait()
    acestep_server.release()
    stdout, stderr = running.communicate(timeout=120)
    assert running.returncode == 0, stdout + stderr
    assert acestep_server.charged == 2
    assert re.search("worker one left", stdout) or "retry" not in stdout


def test_a_run_that_was_killed_is_collected_elsewhere(
    asked: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.hold()
    running = asked.start(*RENDER, "--on", "local:1", "--jobs", "1")
    until(lambda: len(events(asked, "submitted")) == 1)
    running.kill()
    running.communicate()
    acestep_server.release()
    assert asked.run(*RENDER, "--on", "local:1").status == 0
    assert acestep_server.charged == 2


@pytest.mark.parametrize(
    ("url", "beside"),
    [
        ("http://127.0.0.1:8001", True),
        ("http://localhost:8001", True),
        ("https://songs.example.org", False),
    ],
)
def test_a_server_on_loopback_is_each_machines_own(tmp_path: Path, url: str, beside: bool) -> None:
    entry = Engines({"acestep": EngineSettings(url=url)})["acestep"]
    assert is_beside(entry, EngineContext(Tree(tmp_path), {})) is beside


class Crew:
    """Nobody is there."""

    class roster:  # noqa: N801
        @staticmethod
        def fit(_asked: object) -> list[object]:
            return []


def test_jobs_of_a_machine_that_is_gone_are_lost_after_a_while(
    tmp_path: Path, acestep_server: AceStepServer
) -> None:
    entry = Engines({"acestep": EngineSettings(url=acestep_server.url)})["acestep"]
    context = EngineContext(Tree(tmp_path), {})
    crew, job = Crew(), Job("7@gpu1-0123abcd")
    far = FarJobs(entry.open(context), entry, crew, lambda _id: None, None, beside=True)
    assert far.poll([job]) == {job.id: InProgress()}
    far.away_seconds = 0.0
    state = far.poll([job])[job.id]
    assert isinstance(state, EngineError)
    assert state.verdict is Verdict.LOST
    far.close()
