"""On a terminal there is a live display; in a pipe there are plain lines; NO_COLOR is respected."""

from __future__ import annotations

import os
import re
import signal

import pytest

from support.contract.server import ContractServer
from support.kit import Project
from tests.cli.terminal import CONTROL_C, Terminal, is_left_in_order
from tests.run.specs import SONG

COLOUR = re.compile(r"\x1b\[[0-9;]*[1-9][0-9;]*m")
"""A select-graphic-rendition sequence that sets something."""


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def on_terminal(project: Project, *arguments: str, **environment: str) -> str:
    """Run a command whose output is a terminal; return what the terminal got."""
    with Terminal(project, *arguments, environment=environment) as terminal:
        assert terminal.end() == 0, terminal.last
        return terminal.shown


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


def interrupted(
    terminal: Terminal, server: ContractServer, second: bytes | signal.Signals = CONTROL_C
) -> int:
    """Stop a run twice while a request is in flight; return its exit code."""
    with server.holding():
        server.wait_for_in_flight(1)
        terminal.type(CONTROL_C)
        terminal.wait_for("in flight, awaited and kept")
        if isinstance(second, bytes):
            terminal.type(second)
        else:
            terminal.process.send_signal(second)
        return terminal.end()


LEFT = "left at once; 1 request may have been paid: songbatch plan shows what comes next\r\n"


@pytest.mark.parametrize("second", [CONTROL_C, signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_second_interrupt_leaves_the_terminal_in_order(
    second: bytes | signal.Signals, prepared: Project, contract_server: ContractServer
) -> None:
    with Terminal(prepared, "render", "--jobs", "1") as terminal:
        assert interrupted(terminal, contract_server, second) == 130, terminal.last
        assert terminal.shown.endswith(LEFT)
        assert is_left_in_order(terminal.shown), terminal.last
    assert "may have been paid without an answer once" in prepared.run("plan").stdout


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        *[("xterm-256color", columns) for columns in ("0", "1", "7", "100000", "-3", "many")],
        *[(name, "80") for name in ("", "dumb", "unknown", "vt100", "nonsense")],
    ],
)
def test_any_terminal_of_any_width_is_left_in_order(
    name: str, columns: str, prepared: Project
) -> None:
    odd = {"TERM": name, "COLUMNS": columns, "LINES": columns}
    for command in ("plan", "render"):
        with Terminal(prepared, command, environment=odd) as terminal:
            assert terminal.end() == 0, terminal.last
            assert is_left_in_order(terminal.shown), terminal.last
            if name in {"", "dumb", "unknown"}:
                assert "\x1b[?" not in terminal.shown


def test_a_terminal_without_letters_has_a_spinner_of_signs(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.latency = 0.3
    plain = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = on_terminal(prepared, "render", **plain)
    assert "Done: 2 rendered" in shown
    assert "\\u" not in shown


def test_the_end_of_a_pipe_leaves_the_terminal_in_order(
    prepared: Project, contract_server: ContractServer
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with Terminal(prepared, "render", stdout=writing) as terminal:
        os.close(writing)
        assert terminal.end() in {130, 141}, terminal.last
        assert is_left_in_order(terminal.shown), terminal.last


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGQUIT, signal.SIGABRT], ids=str)
def test_even_a_run_that_is_killed_leaves_the_cursor(
    ending: signal.Signals, prepared: Project, contract_server: ContractServer
) -> None:
    with Terminal(prepared, "render", "--jobs", "1") as terminal:
        with contract_server.holding():
            contract_server.wait_for_in_flight(1)
            terminal.wait_for("render demo/first/1")
            terminal.process.send_signal(ending)
            assert terminal.end() == -ending
        assert "\x1b[?25l" not in terminal.shown


BROKEN = "version: 1\nsongs:\n  a: {reference: nowhere, lyrics: la}\n"


def check(project: Project, *arguments: str, **environment: str) -> str:
    with Terminal(project, "check", *arguments, environment=environment) as terminal:
        assert terminal.end() == 2, terminal.last
        return terminal.shown


def test_check_has_colours_on_a_terminal_only(project: Project) -> None:
    project.write("specs/demo.yaml", BROKEN)
    assert COLOUR.search(check(project))
    for plain in ({"NO_COLOR": "1"}, {"CLICOLOR": "0"}, {"TERM": "dumb"}):
        assert not COLOUR.search(check(project, **plain)), plain
    for output in ("json", "github"):
        assert not COLOUR.search(check(project, "--format", output, FORCE_COLOR="1"))
    assert not COLOUR.search(project.run("check").stdout)
    for forced in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        assert COLOUR.search(project.run("check", env={forced: "1"}).stdout)
    assert not COLOUR.search(project.run("check", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout)


def test_a_render_ends_with_how_to_listen(prepared: Project) -> None:
    one = prepared.run("render", "--select", "first").stdout.splitlines()[-1]
    assert one == "Listen: xdg-open outputs/demo/music-01/first.mp3"
    for path in (prepared.root / "outputs/demo/music-01").glob("*.mp3"):
        path.unlink()
    assert prepared.run("render").stdout.splitlines()[-1] == "Listen: songbatch report --serve"
    assert "Listen" not in prepared.run("render").stdout
