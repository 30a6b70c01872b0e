"""Runners of the user: found schedulers by name, and clusters that dask starts."""

from __future__ import annotations

import os
import signal
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from songbatch.cli.worker import command
from songbatch.cluster.starting import kubernetes_arguments, slurm_arguments, ssh_arguments
from songbatch.documents.runners import ClusterRunner, load_runners
from songbatch.files.encodings import as_source
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


@pytest.mark.parametrize(
    ("runner", "message", "fix"),
    [
        ("{workers: 2}", "none of `dask`, `slurm`, `kubernetes`, `ssh`", "write dask, slurm,"),
        ("{slurm: {}, ssh: [a]}", "`slurm` and `ssh`", "keep the one that is meant"),
        ("{ssh: gpu1}", "`ssh`", "write a list (Names of hosts"),
        ("{ssh: [a], workers: {min: 0}}", "`workers`", "write a whole number (So many)"),
    ],
)
def test_mistakes_are_told_in_the_words_of_runners(runner: str, message: str, fix: str) -> None:
    text = f"version: 1\nrunners:\n  hall: {runner}\n"
    found, (told, *_) = load_runners(as_source("runners.yaml", text.encode()))
    assert not found
    assert message in told.message
    assert told.fix.startswith(fix)


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
REFUSING = """\
#!/bin/sh
echo 'sbatch: error: invalid partition specified: nowhere' >&2
exit 1
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


class StandIn:
    """A runner `hall` of SLURM, with stand-ins for its commands (tests.real.slurm has them)."""

    def __init__(
        self,
        project: Project,
        folder: Path,
        sbatch: str = SBATCH,
        workers: str = "workers: 2, slots: 2",
    ) -> None:
        pytest.importorskip("dask_jobqueue", reason="SLURM needs songbatch[slurm]")
        commands, self._jobs = folder / "bin", folder / "jobs"
        self.log = folder / "job.log"
        commands.mkdir()
        for name, text in (("sbatch", sbatch), ("scancel", SCANCEL)):
            file = commands / name
            file.write_text(text.format(python=sys.executable, log=self.log, jobs=self._jobs))
            file.chmod(file.stat().st_mode | stat.S_IXUSR)
        with_runners(
            project,
            "  hall: {slurm: {cores: 1, memory: 1GB, walltime: '00:30:00', "
            f"scheduler_options: {{host: 127.0.0.1, dashboard_address: ':0'}}}}, {workers}}}\n",
        )
        project.environment = {
            **project.environment,
            "PATH": f"{commands}:{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }

    @property
    def jobs(self) -> list[int]:
        """The processes that were started."""
        return [int(line) for line in self._jobs.read_text().split()]


def test_slurm_starts_our_workers_and_ends_them(
    project: Project, contract_server: ContractServer, tmp_path: Path
) -> None:
    slurm = StandIn(project, tmp_path)
    project.write("specs/demo.yaml", spec(6))
    result = project.run("render", "--on", "hall", "--insecure-cluster")
    assert result.status == 0, (result, slurm.log.read_text())
    waiting, _, _ = result.stdout.partition("rendering on")
    assert "waiting for the first worker (hall), for at most 10 min more" in waiting
    assert len(contract_server.songs) == 6
    assert len(slurm.jobs) == 2
    until(lambda: not any(_is_alive(pid) for pid in slurm.jobs))


def test_jobs_go_when_there_are_fewer_songs_than_workers(
    project: Project, contract_server: ContractServer, tmp_path: Path
) -> None:
    slurm = StandIn(project, tmp_path, workers="workers: {min: 0, max: 2}")
    project.write("specs/demo.yaml", spec(3))
    with contract_server.holding():
        running = project.start("render", "--on", "hall", "--insecure-cluster")
        contract_server.wait_for_in_flight(2)
    with contract_server.holding():  # the last one
        until(lambda: sum(_is_alive(pid) for pid in slurm.jobs) == 1)
        assert len(contract_server.songs) == 3
    stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 0, stdout + stderr


def test_an_interrupt_is_for_the_run_and_not_for_dasks_package(
    project: Project, contract_server: ContractServer, tmp_path: Path
) -> None:
    slurm = StandIn(project, tmp_path)
    project.write("specs/demo.yaml", spec(6))
    with contract_server.holding():
        running = project.start("render", "--on", "hall", "--insecure-cluster", "--jobs", "2")
        contract_server.wait_for_in_flight(2)
        running.send_signal(signal.SIGINT)
        assert running.stdout is not None
        while line := running.stdout.readline():
            if "stopping" in line:
                break
    stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 130, stdout + stderr
    assert [entry["status"] for entry in project.entries("demo").values()] == ["done"] * 2
    until(lambda: not any(_is_alive(pid) for pid in slurm.jobs))


def test_what_slurm_refuses_is_told(
    project: Project, contract_server: ContractServer, tmp_path: Path
) -> None:
    StandIn(project, tmp_path, REFUSING)
    result = project.write("specs/demo.yaml", spec(1)).run(
        "render", "--on", "hall", "--insecure-cluster"
    )
    assert result.status == 5, result
    told = "SLURM refuses the workers of hall: invalid partition specified: nowhere\n"
    assert told in result.stderr
    assert contract_server.generations == []


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("walltime", "seconds"),
    [
        ("02:00:00", 7020), ("30:00", 1620), (30, 1620), ("1-0", 86220), ("1-0:30", 88020),
        ("0-00:30:00", 1620), ("1", 30), ("UNLIMITED", None), (0, None),
    ],
)  # fmt: skip
def test_walltimes_are_read_as_sbatch_reads_them(walltime: object, seconds: int | None) -> None:
    options = slurm_arguments(ClusterRunner("hall", "slurm", {"walltime": walltime}), None, [])
    lifetime = [] if seconds is None else ["--lifetime", str(seconds)]
    assert options["worker_extra_args"] == ["--slots", "1", *lifetime]


def test_every_option_that_a_job_calls_a_worker_with_is_known(tmp_path: Path) -> None:
    jobqueue = pytest.importorskip("dask_jobqueue", reason="SLURM needs songbatch[slurm]")
    given = {"cores": 2, "memory": "1GB", "processes": 2, "local_directory": str(tmp_path)}
    arguments = slurm_arguments(ClusterRunner("hall", "slurm", given), None, [])
    job = jobqueue.slurm.SLURMJob("tcp://127.0.0.1:8786", name="hall-0", **arguments)
    worker = job.job_script().strip().splitlines()[-1]
    program, _, options = worker.partition(" -m songbatch worker ")
    assert program == f"exec {sys.executable}"
    # dask's walltime, if the runner has none.
    assert "--lifetime 1620" in options
    assert "--processes 2" in options
    command.make_context("worker", options.split())


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
        # The shell makes way for it, so that a signal to end is its own.
        "python": f"exec {sys.executable}",
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
