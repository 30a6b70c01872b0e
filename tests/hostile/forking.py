"""The real command in a process of its own, bounded in memory, time and size of files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support import forking
from support.kit import Result

LIMITS = forking.Limits(memory_bytes=2_000_000_000, file_bytes=2**28)
SECONDS = 60.0
"""For a busy machine; alone, a command takes a tenth of a second."""
HUNG = -9
"""Exit status of a command that was killed because it took too long."""


class Forks:
    """Runs commands; use it as a context."""

    def __enter__(self) -> Forks:
        self._forks = forking.Forks()
        return self

    def __exit__(self, *_: object) -> None:
        self._forks.__exit__()

    def run(self, folder: Path, *arguments: str, **environment: str) -> Result:
        """Run `songbatch ARGUMENTS` in a folder."""
        inherited = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        try:
            ended = self._forks.run(arguments, folder, inherited | environment, SECONDS, LIMITS)
        except subprocess.TimeoutExpired:
            return Result(HUNG, "", "")
        return Result(ended.status, ended.stdout.decode(), ended.stderr.decode())
