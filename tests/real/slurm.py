"""Runs on workers that a real SLURM starts: what `docs/cluster.md` says of it, tried.

    python -m tests.real.slurm             all claims, some six minutes
    python -m tests.real.slurm scancel     those whose name has this in it

It wants Debian's packages of SLURM (it says which), and `songbatch[slurm]`. A SLURM of one node
is brought up below a temporary folder, on loopback, without cgroups, and taken down in the end;
nothing of the system's is touched. The hosted service is the tests' own, with its own books: they
say what was paid. It prints which claims hold, and exits 1 if one does not.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from support.contract.server import ContractServer
from support.kit import Project
from tests.cluster.hosting import spec, until
from tests.real.slurm_daemons import KILL_WAIT_SECONDS, PARTITION, Slurm, demand_packages

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from support.kit import Result

LONG = 300.0
"""Seconds after which a run that hangs fails its claim."""


class Trial:
    """A project, and a runner `hall` whose workers are jobs."""

    def __init__(self, slurm: Slurm, server: ContractServer, folder: Path) -> None:
        self.slurm = slurm
        self.server = server
        self.project = Project(folder / "project")
        self.project.reference("specs/beat.mp3")
        self.project.environment = {
            **server.environment,
            **slurm.environment,
            "SONGBATCH_RUNNERS": str(folder / "runners.yaml"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self._folder = folder

    def with_songs(self, count: int, engine: str = "music-01") -> None:
        """Write the spec."""
        self.project.write("specs/demo.yaml", spec(count, engine))

    def with_runner(self, workers: object, slots: int = 1, **slurm: object) -> None:
        """Write the runner: so many `workers`, and what else goes to SLURM."""
        usual = {
            "queue": PARTITION, "cores": 1, "memory": "500MB", "interface": "lo",
            "log_directory": str(self._folder / "logs"),
            "scheduler_options": {"dashboard_address": ":0"},
        }  # fmt: skip
        hall = {"slurm": {**usual, **slurm}, "workers": workers, "slots": slots}
        text = json.dumps({"version": 1, "runners": {"hall": hall}})  # JSON is YAML
        (self._folder / "runners.yaml").write_text(text)

    def render(self, *options: str) -> Result:
        """Render on the runner."""
        return self.project.run("render", "--on", "hall", "--insecure-cluster", *options)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Begin to render on the runner."""
        return self.project.start("render", "--on", "hall", "--insecure-cluster", *options)

    @property
    def paid(self) -> list[int]:
        """How often each song was paid for, by the service's own books."""
        return sorted(Counter(song.lyrics for song in self.server.songs).values())

    def is_empty_soon(self) -> None:
        """Return when no job is left."""
        until(lambda: self.slurm.jobs() == [])


def ended(running: subprocess.Popen[str], code: int = 0) -> str:
    """Return what a run printed, once it has ended with this code."""
    stdout, stderr = running.communicate(timeout=LONG)
    assert running.returncode == code, f"exit {running.returncode}\n{stdout}\n{stderr}"
    return stdout + stderr


def a_run_has_its_jobs_and_lets_them_go(trial: Trial) -> None:
    """Hosted songs are paid once each, the reference is uploaded once; no job is left."""
    trial.with_songs(6)
    trial.with_runner(2)
    with trial.server.holding():
        running = trial.start()
        trial.server.wait_for_in_flight(2)
        assert len(trial.slurm.jobs("running")) == 2
    ended(running)
    assert trial.paid == [1] * 6, trial.paid
    assert len(trial.server.uploads) == 1
    trial.is_empty_soon()


def sketches_are_the_same_bytes(trial: Trial) -> None:
    """Sketches made by jobs, also by several processes in one, are those made here."""
    trial.with_songs(4, "sketch")
    assert trial.project.run("render").status == 0
    here = outputs(trial)
    for runner in ({"cores": 1}, {"cores": 2, "processes": 2}):
        for folder in ("outputs", ".songbatch"):
            shutil.rmtree(trial.project.root / folder)
        trial.with_runner(2, **runner)
        result = trial.render()
        assert result.status == 0, result
        assert outputs(trial) == here
        trial.is_empty_soon()


def outputs(trial: Trial) -> dict[str, bytes]:
    """Return all songs."""
    return {path.name: path.read_bytes() for path in trial.project.root.rglob("outputs/**/*.mp3")}


def scancel_lets_a_worker_finish(trial: Trial) -> None:
    """A job that is cancelled finishes its song if SLURM leaves it the time; another takes over."""
    trial.with_songs(6)
    trial.with_runner(2)
    with trial.server.holding():
        running = trial.start()
        trial.server.wait_for_in_flight(2)
        trial.slurm.cancel(trial.slurm.jobs("running")[0])
        time.sleep(1)
    ended(running)
    assert trial.paid == [1] * 6, trial.paid
    trial.is_empty_soon()


def scancel_in_the_middle_costs_nothing_twice(trial: Trial) -> None:
    """A job that SLURM kills leaves one song held; the run goes on; one repeat makes it."""
    trial.with_songs(6)
    trial.with_runner(2)
    with trial.server.holding():
        running = trial.start()
        trial.server.wait_for_in_flight(2)
        jobs = trial.slurm.jobs("running")
        trial.slurm.cancel(jobs[0])
        until(lambda: trial.slurm.jobs("running") == jobs[1:])
        time.sleep(KILL_WAIT_SECONDS)
    said = ended(running, 1)
    assert "its request may have been answered" in said, said
    assert trial.paid == [1] * 6, trial.paid
    states = Counter(entry["status"] for entry in trial.project.entries("demo").values())
    assert states == {"done": 5, "failed": 1}, states
    assert trial.render().status == 3
    assert trial.paid == [1] * 6, trial.paid
    assert trial.render("--retry-unknown", "1").status == 0
    assert trial.paid == [1] * 5 + [2], trial.paid
    trial.is_empty_soon()


def all_jobs_cancelled_are_asked_for_again(trial: Trial) -> None:
    """With all jobs cancelled between songs, the run gets new ones, and goes on."""
    trial.with_songs(8)
    trial.with_runner(2)
    trial.server.latency = 1.0
    running = trial.start()
    until(lambda: len(trial.server.songs) >= 2)
    first = trial.slurm.jobs()
    trial.slurm.cancel(*first)
    ended(running)
    assert trial.paid == [1] * 8, trial.paid
    trial.is_empty_soon()


def refused_jobs_are_asked_for_again(trial: Trial) -> None:
    """Where SLURM takes no jobs for a while, the run waits, and goes on."""
    trial.with_songs(8)
    trial.with_runner(2)
    trial.server.latency = 1.0
    running = trial.start()
    until(lambda: len(trial.server.songs) >= 2)
    trial.slurm.take_jobs(wanted=False)
    try:
        trial.slurm.cancel(*trial.slurm.jobs())
        log = trial.project.root / ".songbatch" / "cluster.log"
        until(lambda: "Batch job submission failed" in log.read_text())
        assert trial.slurm.jobs() == []
    finally:
        trial.slurm.take_jobs(wanted=True)
    ended(running)
    assert trial.paid == [1] * 8, trial.paid
    trial.is_empty_soon()


def workers_leave_before_their_time_is_up(trial: Trial) -> None:
    """With a walltime of a minute and songs for two, no request is lost."""
    trial.with_songs(24)
    trial.with_runner(2, walltime="1")
    trial.server.latency = 8.0
    began = time.monotonic()
    said = ended(trial.start("--jobs", "2"))
    assert time.monotonic() - began > 60, "it ended before the time was up"
    assert " left" in said, said
    assert trial.paid == [1] * 24, trial.paid
    trial.is_empty_soon()


def workers_come_and_go_with_the_songs(trial: Trial) -> None:
    """Between `min` and `max`, there are as many jobs as songs are left."""
    trial.with_songs(4)
    trial.with_runner({"min": 0, "max": 3})
    with trial.server.holding():
        running = trial.start("--jobs", "8")
        trial.server.wait_for_in_flight(3)
        assert len(trial.slurm.jobs()) == 3
    with trial.server.holding():  # the last song
        until(lambda: len(trial.slurm.jobs()) == 1)
        assert len(trial.server.songs) == 4
    ended(running)
    assert trial.paid == [1] * 4, trial.paid
    trial.is_empty_soon()


def more_jobs_than_fit_do_no_harm(trial: Trial) -> None:
    """Jobs that wait in the queue are not waited for, and not left there."""
    trial.with_songs(8)
    trial.with_runner(8)
    with trial.server.holding():
        running = trial.start()
        trial.server.wait_for_in_flight(4)
        assert len(trial.slurm.jobs("pending")) == 4
    ended(running)
    assert trial.paid == [1] * 8, trial.paid
    trial.is_empty_soon()


def an_interrupt_keeps_what_is_in_flight(trial: Trial) -> None:
    """After Ctrl-C, what is under way is awaited and kept, and the jobs are let go."""
    trial.with_songs(8)
    trial.with_runner(2)
    with trial.server.holding():
        running = trial.start()
        trial.server.wait_for_in_flight(2)
        running.send_signal(signal.SIGINT)
        time.sleep(1)
    ended(running, 130)
    assert trial.paid == [1] * 2, trial.paid
    trial.is_empty_soon()
    assert trial.render().status == 0
    assert trial.paid == [1] * 8, trial.paid


def a_killed_run_leaves_no_job(trial: Trial) -> None:
    """Jobs end by themselves when their run is gone; the next one pays nothing twice."""
    trial.with_songs(4)
    trial.with_runner(2)
    with trial.server.holding():
        running = trial.start()
        trial.server.wait_for_in_flight(2)
        running.kill()
        running.communicate()
    trial.server.wait_for_none_in_flight()
    trial.is_empty_soon()
    assert trial.render().status == 3
    assert trial.paid == [1] * 4, trial.paid


def what_slurm_refuses_is_told(trial: Trial) -> None:
    """A queue that is not there ends the run at once, in SLURM's words."""
    trial.with_songs(1)
    trial.with_runner(2, queue="nowhere")
    result = trial.render()
    assert result.status == 5, result
    assert "SLURM refuses the workers of hall: invalid partition" in result.stderr, result
    assert trial.server.generations == []


CLAIMS: tuple[Callable[[Trial], None], ...] = (
    a_run_has_its_jobs_and_lets_them_go,
    sketches_are_the_same_bytes,
    scancel_lets_a_worker_finish,
    scancel_in_the_middle_costs_nothing_twice,
    all_jobs_cancelled_are_asked_for_again,
    refused_jobs_are_asked_for_again,
    workers_leave_before_their_time_is_up,
    workers_come_and_go_with_the_songs,
    more_jobs_than_fit_do_no_harm,
    an_interrupt_keeps_what_is_in_flight,
    a_killed_run_leaves_no_job,
    what_slurm_refuses_is_told,
)


def holds(claim: Callable[[Trial], None], slurm: Slurm, folder: Path) -> bool:
    """Try a claim; print whether it holds, and if not, why."""
    name = claim.__name__.replace("_", " ")
    began = time.monotonic()
    try:
        with ContractServer() as server:
            claim(Trial(slurm, server, folder))
    except Exception as error:
        line = traceback.extract_tb(error.__traceback__)[-1].line
        print(f"  not  {name}\n       {line}\n       {type(error).__name__}: {error}"[:3000])
        return False
    finally:
        slurm.cancel(*slurm.jobs())
        until(lambda: slurm.jobs() == [])
    print(f"  yes  {name} ({time.monotonic() - began:.0f} s)", flush=True)
    return True


def main() -> None:
    """Run from the command line."""
    demand_packages()
    words = sys.argv[1:]
    chosen = [one for one in CLAIMS if not words or any(word in one.__name__ for word in words)]
    with tempfile.TemporaryDirectory(prefix="songbatch-slurm-") as name:
        folder = Path(name)
        daemons = folder / "slurm"
        daemons.mkdir()
        folder.chmod(0o711)
        with Slurm(daemons) as slurm:
            failures = 0
            for number, claim in enumerate(chosen):
                (folder / str(number)).mkdir()
                failures += not holds(claim, slurm, folder / str(number))
    print(f"{failures} of the claims do not hold" if failures else "all of the claims hold")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
