"""Connections to places: a scheduler, found or started, and workers that end with the run."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import cloudpickle
from distributed import Client, LocalCluster, Security

from songbatch.cluster import marks
from songbatch.cluster.encryption import INSECURE, demand_safe, has_certificates, scheduler_address
from songbatch.cluster.pipes import HAS_PIPES, Pipes
from songbatch.cluster.places import FoundPlace, LocalPlace
from songbatch.cluster.starting import start
from songbatch.diagnostics import EngineRefused, UsageError
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from songbatch.cluster.places import Place, StartedPlace
    from songbatch.files.tree import Tree

CONNECT_SECONDS = 15.0
LEAVE_SECONDS = 20.0
"""How long worker processes may take to leave before they are killed."""
LOCAL_FOLDER = "cluster"
"""Where workers on this machine keep things, in the project's state."""


class Connection:
    """A client of a scheduler; `name` is the place's.

    `expected` workers are waited for, `settling` seconds after the first; nobody at all is given up
    after `patience` seconds.
    """

    is_here = False
    """Whether all workers are on this machine, and of this run."""
    pipes: Pipes | None = None
    """Pipes to them, in that case."""
    expected = 1
    settling = 5.0
    patience = 10.0
    unsaid = 5.0
    """How many seconds a run waits for somebody without a word."""
    how_to_join = "start one there: songbatch worker dask://HOST:PORT"

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self.client = client

    @property
    def dashboard(self) -> str:
        """The address of dask's page about the cluster, "" if there is none."""
        with contextlib.suppress(Exception):
            if "dashboard" in self.client.scheduler_info()["services"]:
                return str(self.client.dashboard_link)
        return ""

    def why_ended(self) -> tuple[str, str] | None:
        """Return why nobody can come any more, and the fix; None if somebody may."""
        return None

    def state(self) -> str:
        """Return what is known of those who have not come yet, "" for nothing."""
        return ""

    def wanted(self, open_orders: int) -> int | None:  # noqa: ARG002
        """Return how many workers so many orders need; None if that is not for a run to say."""
        return None

    def grow(self, workers: int) -> None:
        """Have so many workers in all."""

    def shrink(self, names: list[str]) -> None:
        """Let idle workers go."""

    def close(self) -> None:
        """Leave the cluster, and end what was started for the run."""
        with contextlib.suppress(Exception):
            self.client.close(timeout=5)


class LocalConnection(Connection):
    """Worker processes on this machine, and their scheduler in this process."""

    is_here = True
    patience = 60.0
    unsaid = 30.0
    how_to_join = "see .songbatch/cluster.log"

    def __init__(self, place: LocalPlace, state: Tree, log: IO[bytes] | int) -> None:
        # Not dask's own worker processes: their nannies take twice the time for a song.
        self._cluster = LocalCluster(
            n_workers=0,
            host="127.0.0.1",
            dashboard_address=None,
            protocol="tls://" if has_certificates() else "tcp://",
            security=Security() if has_certificates() else None,
        )
        super().__init__(place.name, Client(self._cluster, set_as_default=False))
        self.expected = place.processes
        self.pipes = Pipes() if HAS_PIPES else None
        state.make(LOCAL_FOLDER)
        folder = os.path.abspath(state.place(LOCAL_FOLDER))
        address = str(self._cluster.scheduler_address)
        command = [sys.executable, "-P", "-m", "songbatch", "worker", address, "--dir", folder]
        self._processes = [
            subprocess.Popen(  # noqa: S603  (our own interpreter and module)
                [*command, "--name", f"local-{number + 1}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Interrupts are for the run, which decides what is still finished.
                start_new_session=True,
            )
            for number in range(place.processes)
        ]

    @property
    def dashboard(self) -> str:
        """Nothing: such a scheduler has no page."""
        return ""

    def why_ended(self) -> tuple[str, str] | None:
        """Return that all processes have ended."""
        if any(process.poll() is None for process in self._processes):
            return None
        return "the worker processes ended before they began", self.how_to_join

    def close(self) -> None:
        """End the processes, which finish what they have begun."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.pipes is not None:
            self.pipes.close()
        super().close()
        with contextlib.suppress(Exception):
            self._cluster.close(timeout=5)


class StartedConnection(Connection):
    """Workers that somebody starts for the run."""

    patience = 600.0
    unsaid = 0.0
    how_to_join = "look what became of its jobs, and at .songbatch/cluster.log"

    def __init__(self, place: StartedPlace, cluster: Any) -> None:
        super().__init__(place.name, Client(cluster, set_as_default=False))
        self._cluster = cluster
        self._runner = place.runner
        self.settling = 0.0

    def wanted(self, open_orders: int) -> int | None:
        """Return the workers that have slots for all orders, within the runner's bounds."""
        if self._runner.kind == "ssh":
            return None
        needed = math.ceil(max(1, open_orders) / self._runner.slots)
        return max(self._runner.least, min(self._runner.most, needed))

    def why_ended(self) -> tuple[str, str] | None:
        """Return why all jobs were refused."""
        refused = self._refused()
        if not refused or len(refused) < len(self._cluster.workers):
            return None
        fix = f"correct the runner {self.name} in runners.yaml"
        return f"SLURM refuses the workers of {self.name}: {refused[0].refused}", fix

    def state(self) -> str:
        """Return how many jobs were submitted, and how many of them refused."""
        jobs = list(getattr(self._cluster, "workers", {}).values())
        if not jobs or self._runner.kind != "slurm":
            return ""
        names = ", ".join(filter(None, (str(getattr(job, "job_id", "") or "") for job in jobs)))
        refused = len(self._refused())
        text = f"{count(len(jobs) - refused, 'job')} submitted" + (f" ({names})" if names else "")
        return f"{text}, {refused} refused" if refused else f"{text}; squeue shows why they wait"

    def _refused(self) -> list[Any]:
        """Return the jobs that a batch system did not take."""
        jobs = list(getattr(self._cluster, "workers", {}).values())
        return [job for job in jobs if getattr(job, "refused", "")]

    def grow(self, workers: int) -> None:
        """Have so many workers in all; jobs that were refused are submitted again."""
        for job in self._refused():
            self._cluster.loop.add_callback(_started, job)
        # dask's own adapting counts tasks, and starts one worker for sixteen orders in flight.
        self._cluster.scale(workers)

    def shrink(self, names: list[str]) -> None:
        """Let idle workers go."""
        if hasattr(self._cluster, "scale_down"):
            # It is a coroutine also where the cluster is used from threads.
            self._cluster.loop.add_callback(self._cluster.scale_down, names)

    def close(self) -> None:
        """End the workers and their scheduler."""
        super().close()
        with contextlib.suppress(Exception):
            self._cluster.close(timeout=LEAVE_SECONDS)


async def _started(job: Any) -> None:
    """Submit a job again; what comes of it, it tells itself."""
    with contextlib.suppress(Exception):
        await job


@contextlib.contextmanager
def connected(
    place: Place, state: Tree, log: IO[bytes] | int, *, is_insecure: bool
) -> Iterator[Connection]:
    """Connect to a place while the block runs.

    Raises UsageError for one that is not safe or cannot be started, EngineRefused for one that does
    not answer.
    """
    connection = _connect(place, state, log, is_insecure=is_insecure)
    try:
        # The scheduler need not have songbatch.
        cloudpickle.register_pickle_by_value(marks)
        connection.client.register_plugin(marks.Marks())
        yield connection
    finally:
        connection.close()


def _connect(place: Place, state: Tree, log: IO[bytes] | int, *, is_insecure: bool) -> Connection:
    if isinstance(place, LocalPlace):
        return LocalConnection(place, state, log)
    if isinstance(place, FoundPlace):
        address = scheduler_address(place.host, place.port, is_insecure=is_insecure)
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineRefused(
                f"the scheduler {place.host}:{place.port} cannot be reached: {error}",
                fix="start it, or correct its address"
                + ("" if has_certificates() else "; one that speaks TLS needs certificates here"),
            ) from error
        return Connection(place.name, client)
    demand_safe(f"the workers of {place.name}", is_insecure=is_insecure)
    worker_options = [INSECURE] if is_insecure and not has_certificates() else []
    security = Security() if has_certificates() else None
    try:
        return StartedConnection(place, start(place.runner, security, worker_options))
    except (EngineRefused, UsageError):
        raise
    except Exception as error:
        raise UsageError(
            f"the runner {place.name} cannot be started: {error}",
            fix="correct it in runners.yaml",
        ) from error
