"""The command with little memory and little time, watched for what it must never do."""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support import kit
from support.forking import Limits, forks, limit
from support.kit import Result

if TYPE_CHECKING:
    from pathlib import Path

    from support.kit import Project

LIMITS = Limits(memory_bytes=1_500_000_000, file_bytes=2**28)
"""numpy and miniaudio reserve many addresses."""
SECONDS = 60.0
"""For a busy machine; alone, each case takes about one."""
BUG = 70
UNPRINTABLE = [chr(code) for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"]
BIDI = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A project folder that came from a stranger, in a folder where nothing may change."""

    project: Project
    limits: Limits = LIMITS

    def run(self, *arguments: str) -> Result:
        """Run a command within the limits; check what holds for every command."""
        around = outside(self.project.root)
        result = self._started(arguments)
        is_harmless(result)
        assert outside(self.project.root) == around, "something outside the project changed"
        return result

    def _started(self, arguments: tuple[str, ...]) -> Result:
        environment = {**_environment(), **self.project.environment}
        if kit.forks_commands:
            ended = forks().run(arguments, self.project.root, environment, SECONDS, self.limits)
            return Result(ended.status, ended.stdout.decode(), ended.stderr.decode())
        process = subprocess.run(
            [*kit.COMMAND, *arguments],
            cwd=self.project.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=functools.partial(limit, self.limits),
        )
        return Result(process.returncode, process.stdout.decode(), process.stderr.decode())


def outside(root: Path) -> dict[str, tuple[int, int]]:
    """Return what lies beside the project: size and time of change by path."""
    found = {}
    for path in root.parent.rglob("*"):
        if not path.is_relative_to(root) and not path.is_symlink() and path.is_file():
            status = path.stat()
            found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


def is_harmless(result: Result) -> None:
    """Check that a command neither has a bug nor says anything that a terminal obeys."""
    said = result.stdout + result.stderr
    assert "Traceback" not in said, result
    assert result.status != BUG, result
    assert result.status >= 0, result
    assert not [character for character in [*UNPRINTABLE, *BIDI] if character in said], ascii(said)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIMLAPI_")}
    # More threads reserve more addresses.
    return {**kept, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
