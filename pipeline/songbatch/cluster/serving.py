"""A worker process: dask's worker without what it spends on others' work.

No nanny, whose memory settings double the time that a song takes; no profiler, which looks a
hundred times a second; no memory limit that pauses; one thread for matrix products.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import dask
import msgspec
from distributed import Worker

from songbatch.cluster import marks
from songbatch.cluster.kept import DIR_VARIABLE
from songbatch.cluster.line import ORDER
from songbatch.cluster.pipes import orders_open
from songbatch.cluster.workplace import workplace
from songbatch.diagnostics import EngineRefused
from songbatch.exit_codes import EXIT_DONE, EXIT_INTERRUPTED
from songbatch.files.open_files import allow_open_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEATH_SECONDS = 60
"""How long a scheduler may be away when a worker starts."""
FETCHED_SECONDS = 30.0
"""How long a worker that leaves waits until the last answers have been fetched."""
SAME_SECONDS = 1.0
"""Whoever asks a worker to leave twice within this has asked once."""
_SHORT = 0.1
_AT_REST = {"memory", "error", "released", "forgotten", "cancelled"}
"""States of tasks of dask that nobody works on."""


FILES_AN_ORDER = 3
"""Open at once: a connection, as the system and as the library has it, and a song on its way."""


class OrderWorker(Worker):
    """dask's worker, set up for orders; a class that dask's own launchers can start."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        dask.config.set({"distributed.worker.profile.enabled": False})
        usual = {"memory_limit": None, "death_timeout": DEATH_SECONDS, "dashboard": False}
        super().__init__(*arguments, **usual | options)


class WorkerSettings(msgspec.Struct, frozen=True):
    """How to be a worker: `slots` orders at once, for at most `lifetime` seconds.

    `address` is the scheduler's as dask has it, `folder` where things are kept, `host` the address
    at which others can reach this worker.
    """

    address: str
    folder: str
    name: str = ""
    slots: int = 1
    lifetime: float | None = None
    host: str | None = None


def serve(settings: WorkerSettings, say: Callable[[str], object]) -> int:
    """Be a worker until the scheduler goes, the time is up, or somebody asks to leave.

    Returns the exit code. Raises EngineRefused if the scheduler cannot be reached.
    """
    # As Python has it, not as the command line sets it for large projects: what dask hands a
    # reply through refers to itself, and every song would stay in memory.
    gc.set_threshold(700, 10, 10)
    os.environ[DIR_VARIABLE] = settings.folder
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    allow_open_files(FILES_AN_ORDER * settings.slots)
    workplace(settings.folder)
    try:
        asyncio.run(_serve(settings, say))
    except (OSError, TimeoutError) as error:
        raise EngineRefused(
            f"the scheduler {settings.address} cannot be reached: {error}",
            fix="start it, or correct its address",
        ) from error
    return EXIT_DONE


async def _serve(settings: WorkerSettings, say: Callable[[str], object]) -> None:
    leave = asyncio.Event()
    _on_signals(leave)
    worker = await OrderWorker(
        settings.address,
        nthreads=settings.slots,
        name=settings.name or f"{socket.gethostname()}-{os.getpid()}",
        host=settings.host,
        local_directory=os.path.join(settings.folder, "dask"),
    )
    slots = f"{settings.slots} slot{'s' if settings.slots > 1 else ''}"
    say(f"worker {worker.name} is ready: {slots}, orders from {settings.address}")
    finished = asyncio.create_task(worker.finished())
    asked = asyncio.create_task(leave.wait())
    await asyncio.wait(
        (finished, asked), timeout=settings.lifetime, return_when=asyncio.FIRST_COMPLETED
    )
    asked.cancel()
    if not finished.done():
        say(f"worker {worker.name} finishes what it has begun, and leaves")
        await _retire(worker, settings.folder)
    await finished
    say(f"worker {worker.name} has left")


def _on_signals(leave: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    first: list[float] = []

    def asked(*_: object) -> None:
        # A batch system asks all processes of a job, and the one that started this asks, too.
        if first and time.monotonic() - first[0] > SAME_SECONDS:  # somebody will not wait
            os._exit(EXIT_INTERRUPTED)
        if not first:
            first.append(time.monotonic())
            loop.call_soon_threadsafe(leave.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)


async def _retire(worker: OrderWorker, folder: str) -> None:
    """Take no more orders, wait until those that are begun are answered and fetched, and close."""
    workplace(folder).is_leaving.set()
    # A scheduler that no run has come to yet does not know the call.
    with contextlib.suppress(Exception):
        await getattr(worker.scheduler, marks.LEAVE)(address=worker.address)
    while orders_open() or any(state not in _AT_REST for state in _states(worker)):
        await asyncio.sleep(_SHORT)
    for _ in range(round(FETCHED_SECONDS / _SHORT)):
        if "memory" not in _states(worker):
            break
        await asyncio.sleep(_SHORT)
    await worker.close(reason="songbatch-leaves")


def _states(worker: OrderWorker) -> list[str]:
    """Return how the orders stand that the worker has."""
    tasks = worker.state.tasks.items()
    return [str(task.state) for key, task in tasks if str(key).startswith(ORDER)]


def serve_several(processes: int, options: Sequence[str], name: str = "") -> int:
    """Be several worker processes, each called with `options`; return the exit code of the worst.

    They are named as dask's launchers expect: after `name`, with numbers from 0. Whoever asks this
    process to leave asks them all.
    """
    command = [sys.executable, "-P", "-m", "songbatch", "worker", *options]
    names = [["--name", f"{name}-{number}"] if name else [] for number in range(processes)]
    children = [
        subprocess.Popen([*command, *one], start_new_session=True)  # noqa: S603  (our own module)
        for one in names
    ]

    def asked(number: int, _frame: object) -> None:
        for child in children:
            if child.poll() is None:
                child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    return max(abs(child.wait()) for child in children)
