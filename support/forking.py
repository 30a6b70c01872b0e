"""The real command in a process of its own, without loading everything anew for each.

A process that has loaded the program forks for every command; the child has the folder, arguments,
environment, standard streams and, if asked for, the limits of the command, and runs and ends as the
console script does. What no child of it can show is the start of an interpreter: which modules
a command loads, and the seed of hashes, which all children of one process share.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

OPTIONAL = ("songbatch.cluster.", "songbatch.sharing.buckets")
"""Modules on packages that may be missing, and that start threads: no fork takes those along."""

NUMBER = struct.Struct("i")
_OF_STARTS = ("GLIBC", "LANG", "LC_", "LD_", "MALLOC", "OMP_", "OPENBLAS", "PYTHON")
"""Beginnings of variables that are read when an interpreter starts or a library is loaded."""
SEARCH_PATH = "PYTHONPATH"
ROOT = Path(__file__).parents[1]


class Limits(NamedTuple):
    """What a command may use."""

    memory_bytes: int
    """Of addresses, which are more than what is used."""
    file_bytes: int


class Ended(NamedTuple):
    """What a command did; a negative status is the signal that ended it."""

    status: int
    stdout: bytes
    stderr: bytes


class Forks:
    """Runs commands; use it as a context."""

    def __init__(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        own = {name: value for name, value in os.environ.items() if name != SEARCH_PATH}
        self._of_start = of_start(own | {"PYTHONUTF8": "1"})
        with its:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "support.forking", str(its.fileno())],
                cwd=ROOT,
                # A process that forks has no threads of its own.
                env=own | {"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
            )
        self._control = ours

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._server.wait()

    def can(self, environment: Mapping[str, str]) -> bool:
        """Whether an interpreter that is started with this environment would be as these are."""
        return of_start(environment) == self._of_start and not any(
            Path(folder, "sitecustomize.py").exists() for folder in _folders(environment)
        )

    def run(
        self,
        arguments: Iterable[str],
        cwd: Path,
        environment: Mapping[str, str],
        timeout: float,
        limits: Limits | None = None,
    ) -> Ended:
        """Run `songbatch ARGUMENTS` in a folder; raise TimeoutExpired if it takes too long."""
        command = [str(Path(sys.executable).with_name("songbatch")), *arguments]
        request = json.dumps([command, str(cwd), dict(environment), limits]).encode()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            told, telling = os.pipe()
            with open(told, "rb", buffering=0) as reply:
                try:
                    files = [out.fileno(), err.fileno(), telling]
                    socket.send_fds(self._control, [request], files)
                finally:
                    os.close(telling)
                kill = os.kill if limits is None else os.killpg
                status = _awaited(reply, command, timeout, kill)
            return Ended(status, _content(out), _content(err))


@functools.cache
def forks() -> Forks:
    """Return those of this process, which end with it."""
    started = Forks()
    atexit.register(started.__exit__)
    return started


def of_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that matter when an interpreter starts, but for the search path."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_OF_STARTS) and name != SEARCH_PATH
    }


def _folders(environment: Mapping[str, str]) -> list[str]:
    """Return the folders in which modules are sought before those that are installed."""
    return list(filter(None, environment.get(SEARCH_PATH, "").split(os.pathsep)))


def _awaited(
    reply: IO[bytes], command: list[str], timeout: float, kill: Callable[[int, int], None]
) -> int:
    (child,) = NUMBER.unpack(reply.read(NUMBER.size))
    with selectors.DefaultSelector() as selector:
        selector.register(reply, selectors.EVENT_READ)
        if not selector.select(timeout):
            kill(child, signal.SIGKILL)
            reply.read(NUMBER.size)
            raise subprocess.TimeoutExpired(command, timeout)
    (status,) = NUMBER.unpack(reply.read(NUMBER.size))
    return int(status)


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def serve(control: socket.socket) -> None:
    """Start the commands that are asked for, and tell how each ended; return in each."""
    _load()
    running: dict[int, tuple[int, int]] = {}
    selector = selectors.PollSelector()
    selector.register(control, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fd in running:
                child, telling = running.pop(key.fd)
                selector.unregister(key.fd)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                with contextlib.suppress(BrokenPipeError):  # nobody waits any more
                    os.write(telling, NUMBER.pack(status))
                os.close(telling)
                os.close(key.fd)
                continue
            request, files, _, _ = socket.recv_fds(control, 2**20, 3)
            if not request:
                os._exit(0)
            child = os.fork()
            if not child:
                control.detach()
                _become(json.loads(request), files)
                return
            for file in files[:2]:
                os.close(file)
            os.write(files[2], NUMBER.pack(child))
            ended = os.pidfd_open(child)
            running[ended] = child, files[2]
            selector.register(ended, selectors.EVENT_READ)


def _load() -> None:
    """Load what commands load, to the last module."""
    package = importlib.import_module("songbatch")
    for module in pkgutil.walk_packages(package.__path__, "songbatch."):
        if not module.name.startswith(OPTIONAL):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _become(request: list[Any], files: list[int]) -> None:
    command, cwd, environment, limits = request
    for number, file in enumerate(files[:2], 1):
        os.dup2(file, number)
    os.closerange(3, 4096)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    sys.argv = command
    sys.path[:1] = [str(Path(command[0]).parent), *_folders(environment)]
    if limits is not None:
        os.setsid()
        limit(Limits(*limits))


def limit(limits: Limits) -> None:
    """Bound this process."""
    import resource  # noqa: PLC0415  (Windows has none)

    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    from songbatch.__main__ import program

    serve(socket.socket(fileno=int(sys.argv[1])))
    program()
