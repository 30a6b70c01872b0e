"""A real scheduler and real worker processes, on loopback, at ports that the system chooses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from support.kit import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE = 60.0
"""Seconds after which a test that waits for something that never happens fails."""

SPEC = """\
version: 1
engine: {engine}
references:
  beat: {{file: beat.mp3, purpose: song}}
defaults:
  reference: beat
songs:
{songs}
"""


def spec(count: int, engine: str = "music-01") -> str:
    """Return a spec of so many songs with one reference."""
    own = "\n    duration: 5" if engine == "sketch" else ""
    songs = "\n".join(
        f"  song-{number:02}:{own}\n    lyrics: |\n      Line {number} of a song\n      and another"
        for number in range(count)
    )
    return SPEC.format(engine=engine, songs=songs)


def until(is_so: Callable[[], bool]) -> None:
    """Return when something is so."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came so"
        time.sleep(0.02)


class Hosts:
    """A scheduler, and workers by their names; a context manager."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self._file = folder / "scheduler.json"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "scheduler.log").open("wb") as log:
            self.scheduler = subprocess.Popen(
                [
                    sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1",
                    "--port", "0", "--no-dashboard", "--scheduler-file", str(self._file),
                ],
                env={**_inherited(), **(environment or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        until(self._is_listening)
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers.values(), self.scheduler):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def _is_listening(self) -> bool:
        try:
            return bool(json.loads(self._file.read_text())["address"])
        except (OSError, ValueError):
            return False

    @property
    def address(self) -> str:
        """What `--on` and `songbatch worker` take."""
        address: str = json.loads(self._file.read_text())["address"]
        return f"dask://{address.partition('://')[2]}"

    def start(
        self,
        name: str,
        environment: Mapping[str, str],
        *options: str,
        waits: bool = True,
        at: str = "",
    ) -> subprocess.Popen[bytes]:
        """Start a worker, whose keys are those of `environment`; return when it is ready.

        `at` is the address of the scheduler, if it is not that of this one.
        """
        log = self.folder / f"{name}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [
                    *COMMAND, "worker", at or self.address, "--name", name,
                    "--dir", str(self.folder / name), *options,
                ],
                env={**_inherited(), **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )  # fmt: skip
        self.workers[name] = process
        if waits:
            until(lambda: b"is ready" in log.read_bytes() or process.poll() is not None)
        return process

    def plain(self, name: str, environment: Mapping[str, str]) -> None:
        """Start dask's own worker; return when it is registered."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as file:
            self.workers[name] = subprocess.Popen(
                [
                    sys.executable, "-m", "distributed.cli.dask_worker",
                    self.address.replace("dask://", "tcp://"), "--no-nanny", "--name", name,
                    "--no-dashboard", "--local-directory", str(self.folder / name),
                ],
                env={**_inherited(), **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )  # fmt: skip
        until(lambda: b"Registered to" in log.read_bytes())

    def said(self, name: str) -> str:
        """Return what a worker has printed."""
        return (self.folder / f"{name}.log").read_text("utf-8")


def _inherited() -> dict[str, str]:
    own = ("ACESTEP_", "AIMLAPI_", "SONGBATCH_", "DASK_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
