"""The command with little memory and little time, watched for what it must never do."""

from __future__ import annotations

import os
import resource
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.kit import COMMAND, Result

if TYPE_CHECKING:
    from pathlib import Path

    from support.kit import Project

MEMORY_BYTES = 1_500_000_000
"""Of addresses, which are more than what is used: numpy and miniaudio reserve a lot."""
SECONDS = 60.0
"""For a busy machine; alone, each case takes about one."""
BUG = 70
UNPRINTABLE = [chr(code) for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"]
BIDI = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A project folder that came from a stranger, in a folder where nothing may change."""

    project: Project

    def run(self, *arguments: str) -> Result:
        """Run a command within the limits; check what holds for every command."""
        around = outside(self.project.root)
        process = subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.project.root,
            env={**_environment(), **self.project.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=_limit,
        )
        result = Result(process.returncode, process.stdout.decode(), process.stderr.decode())
        is_harmless(result)
        assert outside(self.project.root) == around, "something outside the project changed"
        return result


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


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**28, 2**28))
