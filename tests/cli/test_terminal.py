"""On a terminal there is a live display; in a pipe there are plain lines; NO_COLOR is respected."""

from __future__ import annotations

import os
import pty
import re
import subprocess

import pytest

from support.contract.server import ContractServer
from support.kit import COMMAND, Project
from tests.run.specs import SONG

COLOUR = re.compile(r"\x1b\[[0-9;]*[1-9][0-9;]*m")
"""A select-graphic-rendition sequence that sets something."""


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def on_terminal(project: Project, *arguments: str, **environment: str) -> str:
    """Run a command whose output is a terminal; return what the terminal got."""
    ours, theirs = pty.openpty()
    inherited = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "TERM", "CI"}}
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=project.root,
        env={**inherited, "TERM": "xterm-256color", **project.environment, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    received = bytearray()
    # Linux reports the end of a terminal as an input/output error.
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        received += piece
    os.close(ours)
    assert process.wait() == 0, received
    return received.decode("utf-8")


def test_a_terminal_shows_what_runs(prepared: Project, contract_server: ContractServer) -> None:
    contract_server.latency = 0.3
    shown = on_terminal(prepared, "render", "--jobs", "1")
    assert "render demo/first/1" in shown
    assert "3/3" in shown
    assert "Done: 2 rendered" in shown
    assert COLOUR.search(shown)


def test_no_color_is_respected(prepared: Project) -> None:
    for command in ("plan", "render"):
        assert not COLOUR.search(on_terminal(prepared, command, NO_COLOR="1"))


def test_a_pipe_gets_plain_lines(prepared: Project) -> None:
    for command in ("plan", "render"):
        result = prepared.run(command)
        assert "\x1b" not in result.stdout + result.stderr
        assert "\r" not in result.stdout + result.stderr


def test_json_on_a_terminal_is_only_json(prepared: Project) -> None:
    shown = on_terminal(prepared, "render", "--json")
    assert all(line.startswith('{"event"') for line in shown.splitlines())


def test_a_reader_that_leaves_is_no_failure(prepared: Project) -> None:
    process = prepared.start("plan")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()
