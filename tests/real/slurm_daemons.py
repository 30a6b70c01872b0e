"""A SLURM of one machine, as Debian packages it: its daemons, below a folder, on loopback."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

PACKAGES = "apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"
DAEMONS = ("munged", "slurmctld", "slurmd")
PARTITION = "songs"
CPUS = 4
KILL_WAIT_SECONDS = 5
"""Between a job's SIGTERM and its end."""
PATIENCE = 30.0

# No cgroups, which containers seldom give away. Process groups come closest to what those do:
# when a job's shell is gone, the rest of the job is killed.
SETTINGS = """\
ClusterName=trial
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=batch_sched_delay=0,sched_interval=1
MpiDefault=none
KillWait={kill_wait}
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=8000 State=UNKNOWN
PartitionName={partition} Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def demand_packages() -> None:
    """Exit, and say how to install them, if SLURM's programs are not there."""
    os.environ["PATH"] += ":/usr/sbin"
    missing = [name for name in (*DAEMONS, "sbatch", "squeue") if shutil.which(name) is None]
    if missing:
        sys.exit(f"{', '.join(missing)} not found: {PACKAGES}")


class Slurm:
    """The daemons; a context manager. They are those of whoever runs this, root or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir()
        for folder in (self.folder, self.folder / "munge"):  # munge wants its socket in reach
            folder.chmod(0o711)
        key = self.folder / "munge" / "key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        controller, node = _free_ports()
        (self.folder / "slurm.conf").write_text(
            SETTINGS.format(
                host=socket.gethostname(), user=getpass.getuser(), folder=self.folder,
                controller=controller, node=node, cpus=CPUS, kill_wait=KILL_WAIT_SECONDS,
                partition=PARTITION,
            )
        )  # fmt: skip
        files = {
            "socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log",
            "seed-file": "seed",
        }  # fmt: skip
        options = [f"--{option}={self.folder}/munge/{name}" for option, name in files.items()]
        self._start("munged", "--foreground", *options)
        self._start("slurmctld", "-D")
        self._start("slurmd", "-D")
        try:
            self._await_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel(*self.jobs())
        end = time.monotonic() + KILL_WAIT_SECONDS + PATIENCE
        while self.jobs() and time.monotonic() < end:
            time.sleep(0.2)
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def jobs(self, state: str = "") -> list[str]:
        """Return the numbers of all jobs, or of those `running` or `pending`; oldest first."""
        states = ["--states", state] if state else []
        return self._ask("squeue", "--noheader", "--sort=i", "--format=%i", *states).split()

    def cancel(self, *jobs: str) -> None:
        """Cancel jobs, as their user or an administrator does."""
        if jobs:
            self._ask("scancel", *jobs)

    def take_jobs(self, *, wanted: bool) -> None:
        """Accept jobs again, or refuse new ones."""
        state = "UP" if wanted else "DRAIN"
        self._ask("scontrol", "update", f"PartitionName={PARTITION}", f"State={state}")

    def _ask(self, *command: str) -> str:
        environment = os.environ | self.environment
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return run.stdout

    def _start(self, *command: str) -> None:
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)

    def _await_node(self) -> None:
        end = time.monotonic() + PATIENCE
        while self._ask("sinfo", "--noheader", "--format=%t").strip() != "idle":
            if time.monotonic() > end:
                tails = [
                    f"{name}: {(self.folder / f'{name}.log').read_text(errors='replace')[-800:]}"
                    for name in DAEMONS
                ]
                sys.exit("SLURM does not start:\n" + "\n".join(tails))
            time.sleep(0.2)


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in (one, other)]
