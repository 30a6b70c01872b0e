"""Runners of the user: found schedulers by name, and clusters that dask starts."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from songbatch.cluster.starting import kubernetes_arguments, slurm_arguments, ssh_arguments
from songbatch.documents.runners import ClusterRunner
from tests.cluster.hosting import spec, until

if TYPE_CHECKING:
    from pathlib import Path

    from support.contract.server import ContractServer
    from support.kit import Project
    from tests.cluster.hosting import Hosts


def with_runners(project: Project, runners: str) -> Project:
    project.write("runners.yaml", f"version: 1\nrunners:\n{runners}")
    project.environment = {
        **project.environment, "SONGBATCH_RUNNERS": str(project.root / "runners.yaml")
    }  # fmt: skip
    return project


def test_a_found_scheduler_is_named_and_left_alone(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment)
    address = hosts.address.removeprefix("dask://")
    with_runners(project, f"  studio: {{dask: '{address}'}}\n").write("specs/demo.yaml", spec(2))
    result = project.run("render", "--on", "studio")
    assert result.status == 0, result
    assert "rendering on 1 worker, 1 slot (studio)" in result.stdout
    assert hosts.workers["one"].poll() is None
    assert hosts.scheduler.poll() is None


def test_runners_are_the_users_and_no_projects(project: Project) -> None:
    project.write("runners.yaml", "version: 1\nrunners:\n  evil: {ssh: [gpu1]}\n")
    project.write("songbatch.yaml", "version: 1\nrunners:\n  evil: {ssh: [gpu1]}\n")
    result = project.write("specs/demo.yaml", spec(1)).run("render", "--on", "evil")
    assert result.status == 2
    project.write("songbatch.yaml", "version: 1\n")
    result = project.run("render", "--on", "evil")
    assert result.status == 2
    assert "there is no runner evil" in result.stderr


def test_a_mistake_in_the_file_is_told_with_its_place(project: Project) -> None:
    with_runners(project, "  hall: {slurm: {cores: 1}, slot: 8}\n")
    result = project.write("specs/demo.yaml", spec(1)).run("render", "--on", "hall")
    assert result.status == 2
    assert "runners.yaml:3:29: " in result.stderr, result


def test_a_name_that_is_not_there_is_told(project: Project) -> None:
    with_runners(project, "  hall: {ssh: [gpu1]}\n")
    result = project.write("specs/demo.yaml", spec(1)).run("render", "--on", "hell")
    assert result.status == 2
    assert 'did you mean "hall"?' in result.stderr


def test_started_workers_without_tls_need_a_word(project: Project) -> None:
    with_runners(project, "  hall: {ssh: [gpu1]}\n")
    result = project.write("specs/demo.yaml", spec(1)).run("render", "--on", "hall")
    assert result.status == 2
    assert "the workers of hall would be reached without TLS" in result.stderr


SBATCH = """\
#!{python}
# A batch system of one machine: the job script runs here, its number is this process.
import os, subprocess, sys
child = subprocess.Popen(
    ["/bin/sh", "-c", open(sys.argv[-1]).read()],
    stdin=subprocess.DEVNULL, stdout=open("{log}", "ab"), stderr=subprocess.STDOUT,
    start_new_session=True,
)
open("{jobs}", "a").write(f"{{child.pid}}\\n")
print(f"Submitted batch job {{child.pid}}")
"""
SCANCEL = """\
#!{python}
import os, signal, sys
for job in sys.argv[1:]:
    try:
        os.killpg(int(job), signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


@pytest.mark.parametrize(("workers", "started"), [("2", 2), ("{min: 0, max: 40}", 3)])
def test_slurm_starts_as_many_workers_as_are_needed_and_ends_them(
    project: Project,
    contract_server: ContractServer,
    tmp_path: Path,
    workers: str,
    started: int,
) -> None:
    pytest.importorskip("dask_jobqueue", reason="SLURM needs songbatch[slurm]")
    commands, jobs = tmp_path / "bin", tmp_path / "jobs"
    commands.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        file = commands / name
        file.write_text(text.format(python=sys.executable, log=tmp_path / "job.log", jobs=jobs))
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    with_runners(
        project,
        "  hall: {slurm: {cores: 1, memory: 1GB, walltime: '00:30:00', "
        "scheduler_options: {host: 127.0.0.1, dashboard_address: ':0'}}, "
        f"workers: {workers}, slots: 2}}\n",
    )
    project.environment = {
        **project.environment,
        "PATH": f"{commands}:{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    project.write("specs/demo.yaml", spec(6))
    result = project.run("render", "--on", "hall", "--insecure-cluster")
    assert result.status == 0, (result, (tmp_path / "job.log").read_text())
    assert len(contract_server.songs) == 6
    pids = [int(line) for line in jobs.read_text().split()]
    assert len(pids) == started
    until(lambda: not any(_is_alive(pid) for pid in pids))


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_stands_in_a_runner_goes_to_dask_as_it_is() -> None:
    hall = ClusterRunner(
        "hall", "slurm", {"queue": "gpu", "cores": 8, "walltime": "02:00:00"}, 20, 20, 8
    )
    assert slurm_arguments(hall, None, ["--insecure-cluster"]) == {
        "queue": "gpu",
        "cores": 8,
        "walltime": "02:00:00",
        "processes": 1,
        "worker_command": "songbatch worker",
        # It leaves before its time is up.
        "worker_extra_args": ["--slots", "8", "--insecure-cluster", "--lifetime", "7020"],
    }
    kube = ClusterRunner("kube", "kubernetes", {"image": "i", "namespace": "songs"}, 0, 40, 4)
    assert kubernetes_arguments(kube, []) == {
        "image": "i",
        "namespace": "songs",
        "n_workers": 0,
        "worker_command": ["songbatch", "worker", "--slots", "4"],
    }
    racks = ClusterRunner("racks", "ssh", ["gpu1", "gpu2"], slots=2)
    assert ssh_arguments(racks, None) == {
        "hosts": ["gpu1", "gpu1", "gpu2"],
        "worker_class": "songbatch.cluster.serving.OrderWorker",
        "worker_options": {"nthreads": 2},
    }
