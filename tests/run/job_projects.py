"""A project whose engine is a server of ACE-Step on loopback, for the tests of jobs."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Mapping

    from support.acestep.server import AceStepServer
    from support.kit import Project, Result

SPEC = """\
version: 1
engine: acestep
defaults: {style: dream pop, duration: 10}
songs:
  first: {lyrics: Down by the river we sing.}
  second: {lyrics: Up on the hill there is light.}
"""
FAST = "seconds_per_render: 0.5, lost_after: 0.5"
RENDER = ("render", "--no-measure", "--backoff", "0.05")


def acestep_project(
    project: Project, server: AceStepServer, spec: str = SPEC, settings: str = ""
) -> Project:
    """Write a spec and the server's address; `settings` are more of the engine's section.

    A project knows that its server is fast, and gives up soon what that does not know any more.
    """
    said = ", ".join(filter(None, (f"url: '{server.url}'", FAST, settings)))
    project.write("songbatch.yaml", f"version: 1\nengines: {{acestep: {{{said}}}}}\n")
    return project.write("specs/demo.yaml", spec)


def begin(
    project: Project,
    server: AceStepServer,
    jobs: int,
    *more: str,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Start a run and wait until so many jobs are in its ledger; let the server hold them."""
    process = project.start(*RENDER, "--jobs", str(jobs), *more, env=env)
    server.wait_until(lambda: server.charged >= jobs)
    while len(events(project, "submitted")) < jobs:
        assert process.poll() is None, process.communicate()
    return process


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C; return what the run printed until it left."""
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == 130, stdout + stderr
    return stdout


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def events(project: Project, *names: str) -> list[dict[str, Any]]:
    """Return the ledger's records of these events; a line that is being written is none."""
    path = project.root / ".songbatch/ledger.jsonl"
    lines = path.read_bytes().split(b"\n")[1:-1] if path.exists() else []
    records = [json.loads(line.partition(b" ")[2]) for line in lines]
    return [record for record in records if record["event"] in names]


def songs(project: Project) -> dict[str, dict[str, Any]]:
    return project.entries("demo", "acestep")


def last(result: Result) -> dict[str, Any]:
    """Return the last event of a run with --json."""
    assert result.events[-1]["event"] == "finished", result
    return result.events[-1]


def nothing_is_left(project: Project, server: AceStepServer, arguments: Iterable[str]) -> None:
    """Assert that the same run again does nothing, and sends nothing."""
    files, requests = kept(project), server.requests.copy()
    result = project.run(*arguments)
    assert result.status == 0, result
    assert "Nothing to do" in result.stdout, result
    assert (kept(project), server.requests) == (files, requests)


def kept(project: Project) -> dict[str, str]:
    """Return the digests of all files but the index, which is of one command."""
    return {path: sha256 for path, sha256 in project.files().items() if path != ".songbatch/index"}
