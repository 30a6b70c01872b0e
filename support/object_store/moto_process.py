"""Moto's server of the S3 protocol in a process of its own, one for all stores of this process.

It patches and loads too much to share a process with tests, and ends when its standard input does:
with whoever started it, however that ends.
"""

from __future__ import annotations

import atexit
import functools
import logging
import subprocess
import sys
from pathlib import Path

LOOPBACK = "127.0.0.1"
_ROOT = Path(__file__).parents[2]


class MotoProcess:
    """The process. `port` is where it listens on loopback, chosen by the system."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.object_store.moto_process"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "moto did not start: is moto[server] installed?"
        self.port = int(line)

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self._process.communicate()


@functools.cache
def moto_process() -> MotoProcess:
    """Return the one of this process, which ends with it."""
    started = MotoProcess()
    atexit.register(started.stop)
    return started


def _serve() -> None:
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  (heavy; only for the child)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    sys.stdout.write(f"{server.get_host_and_port()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
