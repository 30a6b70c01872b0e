"""What commands take: time, processor time, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLICK = [sys.executable, "-c", "import click"]
"""The yardstick of CPU time: starting Python and loading what commands are made with."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: wall and CPU seconds, peak memory in MB.

    `own` is its CPU without that of processes it started (Linux; elsewhere the same as `cpu`).
    """

    wall: float
    cpu: float
    peak: float
    own: float


def cost(command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command, which must succeed, and return what it took."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    own = _own_cpu(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed: {said}")
    cpu = used.ru_utime + used.ru_stime
    return Cost(wall, cpu, used.ru_maxrss / 1024, cpu if own is None else own)


def _own_cpu(pid: int) -> float | None:
    """Wait until a process has ended, and return its own CPU seconds while that is still told."""
    told = Path(f"/proc/{pid}/stat")
    if not told.exists():
        return None
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    user, system = told.read_text("utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def spread(values: Sequence[float], unit: str = "s") -> str:
    """Return the median and the quartiles."""
    if len(values) < 4:
        return " ".join(f"{value:.3f}" for value in values) + f" {unit}"
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.3f} {unit} ({low:.3f} to {high:.3f})"
