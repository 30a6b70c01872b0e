"""The command as a user runs it: a folder, the real program, what it printed, what it left.

result = project.write("specs/demo.yaml", text).run("render")
assert result.status == 0, result
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from songbatch.incremental.file_digests import CLEARLY_OLDER
from support.contract.audio import tone
from support.forking import forks

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = [str(Path(sys.executable).with_name("songbatch"))]
TIMEOUT = 300.0
"""Seconds after which a command that hangs fails its test."""
forks_commands = sys.platform == "linux"
"""Whether a loaded interpreter forks for every command that is run to its end.

`pytest --fresh-interpreters` starts one for each.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did. Shown whole when an assertion on it fails."""

    status: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def __str__(self) -> str:
        return f"exit {self.status}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


def text(output: bytes) -> str:
    """Decode what a command printed, as text files are read."""
    return io.TextIOWrapper(io.BytesIO(output), "utf-8", "backslashreplace").read()


def age(state: Path) -> None:
    """Make an index look as if it was written long after everything it tells of."""
    later = time.time_ns() + 10 * CLEARLY_OLDER
    os.utime(state / "index", ns=(later, later))


class Project:
    """A song project in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment: dict[str, str] = {}

    def write(self, path: str, content: str | bytes) -> Self:
        """Write a file, making its folders."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def replace(self, path: str, old: str, new: str) -> Self:
        """Edit a text file: `old`, which must be there, becomes `new`."""
        text = (self.root / path).read_text("utf-8")
        assert old in text
        return self.write(path, text.replace(old, new))

    def reference(self, path: str, hz: float = 220.0, seconds: float = 16.0) -> Self:
        """Write a reference that passes every check: an MP3 tone, distinct by its pitch."""
        return self.write(path, tone("mp3", seconds, hz, 32000, 64000))

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        fresh: bool = False,
    ) -> Result:
        """Run `songbatch ARGUMENTS` here to its end; `fresh` is for what a fork cannot show."""
        environment = self._environment(env)
        if fresh or not (forks_commands and forks().can(environment)):
            process = self.start(*arguments, env=env, cwd=cwd)
            stdout, stderr = process.communicate(timeout=TIMEOUT)
            return Result(process.returncode, stdout, stderr)
        ended = forks().run(arguments, cwd or self.root, environment, TIMEOUT)
        return Result(ended.status, text(ended.stdout), text(ended.stderr))

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.Popen[str]:
        """Start `songbatch ARGUMENTS` here, as an interpreter of its own."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=cwd or self.root,
            env=self._environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # A test may ask for another encoding.
            errors="backslashreplace",
        )

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ACESTEP_", "AIMLAPI_", "SONGBATCH_"))
        }
        # Nobody's own configuration: there is no such folder, unless a test makes it.
        inherited["XDG_CONFIG_HOME"] = str(self.root / ".config")
        return {**inherited, "PYTHONUTF8": "1", **self.environment, **(more or {})}

    def manifest(self, spec: str, engine: str = "music-01") -> dict[str, Any]:
        """Read a manifest."""
        path = self.root / "outputs" / spec / engine / "manifest.json"
        manifest = json.loads(path.read_text("utf-8"))
        assert isinstance(manifest, dict)
        return manifest

    def entries(self, spec: str, engine: str = "music-01") -> dict[str, dict[str, Any]]:
        """Return the entries of a manifest by render id; none if there is no manifest."""
        if not (self.root / "outputs" / spec / engine / "manifest.json").exists():
            return {}
        return {entry["id"]: entry for entry in self.manifest(spec, engine)["renders"]}

    def files(self, below: str = ".") -> dict[str, str]:
        """Return the SHA-256 of every file below a folder, by path."""
        paths = sorted(p for p in (self.root / below).rglob("*") if p.is_file())
        return {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
        }
