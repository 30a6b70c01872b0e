"""The real command in a process of its own, without loading everything anew for each.

A process that has loaded the program forks for every command; the child is bounded in memory, time
and size of files, and runs `songbatch` as its console script does.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, cast

from songbatch.__main__ import program
from songbatch.cli.main import COMMANDS
from support.kit import Result

MEMORY_BYTES = 2_000_000_000
"""Of addresses, which are more than what is used."""
FILE_BYTES = 2**28
SECONDS = 60.0
"""For a busy machine; alone, a command takes a tenth of a second."""
HUNG = -9
"""Exit status of a command that was killed because it took too long."""


class Forks:
    """Runs commands; use it as a context."""

    def __enter__(self) -> Forks:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.forking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def run(self, folder: Path, *arguments: str, **environment: str) -> Result:
        """Run `songbatch ARGUMENTS` in a folder."""
        asking = cast("IO[str]", self._server.stdin)
        asking.write(json.dumps([str(folder), arguments, environment]) + "\n")
        asking.flush()
        return Result(*json.loads(cast("IO[str]", self._server.stdout).readline()))


def serve() -> None:
    """Run the commands that are asked for, one after the other."""
    for name in ("audio.measure", "audio.waveform", *(f"cli.{name}" for name in COMMANDS)):
        importlib.import_module(f"songbatch.{name.replace('-', '_')}")
    for line in sys.stdin:
        folder, arguments, environment = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if not child:
                _be(folder, arguments, environment, out, err)
            status = _awaited(child)
            texts = [_text(out), _text(err)]
        print(json.dumps([status, *texts]), flush=True)


def _be(
    folder: str, arguments: list[str], environment: dict[str, str], out: IO[bytes], err: IO[bytes]
) -> None:
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.update(environment)
        for number, file in ((1, out), (2, err)):
            os.dup2(file.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.argv = ["songbatch", *arguments]
        program()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        os._exit(99)


def _awaited(child: int) -> int:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


def _text(file: IO[Any]) -> str:
    file.seek(0)
    text: str = file.read().decode()
    return text


if __name__ == "__main__":
    serve()
