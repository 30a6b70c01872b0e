"""Ends that nobody planned: a terminal closes, a reader leaves, the disk under the output fills.

Whatever happens to the output: nothing more is sent, what is in flight is kept, filed and written
down, and the exit code is that of Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.contract.server import ContractServer
from support.kit import COMMAND, TIMEOUT, Project
from tests.reliability.books import ContractBooks

SONGS = 12
JOBS = 2
SPEC = """\
version: 1
engine: music-01
references:
  r: {file: r.mp3, purpose: song}
songs:
""" + "".join(f"  s{n:02}: {{reference: r, lyrics: Line number {n}.}}\n" for n in range(SONGS))


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SPEC).reference("specs/r.mp3")


def environment(project: Project) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in {"TERM", "CI", "NO_COLOR"}}
    home = {"XDG_CONFIG_HOME": str(project.root / ".config")}
    return {**inherited, **home, "TERM": "xterm", **project.environment}


def judge(project: Project, server: ContractServer, status: int) -> None:
    """What is asked for is kept and recorded, and the next run asks for the rest only."""
    assert status == 130
    asked = len(server.generations)
    entries = project.entries("demo").values()
    assert sum(entry["status"] == "done" for entry in entries) == asked
    assert ContractBooks(project.root, server).untruths() == []
    assert project.run("render").status == 0
    assert len(server.generations) == SONGS


class OnTerminal:
    """A run that is the leader of a session with a terminal of its own."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(project.root)
            os.execve(COMMAND[0], [*COMMAND, *arguments], environment(project))
        self.shown = b""

    def wait_for(self, words: bytes) -> None:
        while words not in self.shown:
            assert select.select([self.terminal], [], [], 60)[0], self.shown
            self.shown += os.read(self.terminal, 65536)

    def close(self) -> None:
        os.close(self.terminal)

    def wait(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["display", "json"])
def test_a_terminal_that_closes_ends_the_run_gently(
    arguments: tuple[str, ...], prepared: Project, contract_server: ContractServer
) -> None:
    with contract_server.holding():
        run = OnTerminal(prepared, "render", "-j", str(JOBS), *arguments)
        run.wait_for(b"s01" if not arguments else b'"started"')
        contract_server.wait_for_in_flight(JOBS)
        run.close()
        time.sleep(0.5)
    status = run.wait()
    assert len(contract_server.generations) == JOBS
    judge(prepared, contract_server, status)


@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGHUP,),
        (signal.SIGHUP, signal.SIGHUP),
        (signal.SIGHUP, signal.SIGTERM),
        (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP),
    ],
    ids=lambda signals: "+".join(s.name for s in signals),
)
def test_a_hangup_drains_however_often_it_comes(
    signals: tuple[signal.Signals, ...], prepared: Project, contract_server: ContractServer
) -> None:
    with contract_server.holding():
        process = prepared.start("render", "-j", str(JOBS))
        contract_server.wait_for_in_flight(JOBS)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.4)
    process.communicate(timeout=TIMEOUT)
    assert len(contract_server.generations) == JOBS
    judge(prepared, contract_server, process.returncode)


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_two_who_insist_still_stop_it_at_once(
    second: signal.Signals, prepared: Project, contract_server: ContractServer
) -> None:
    with contract_server.holding():
        process = prepared.start("render", "-j", "1")
        contract_server.wait_for_in_flight(1)
        for number in (signal.SIGHUP, signal.SIGINT, second):
            process.send_signal(number)
            time.sleep(0.4)
        process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert not (prepared.root / "outputs").exists()


def test_under_nohup_it_goes_on(prepared: Project, contract_server: ContractServer) -> None:
    contract_server.latency = 0.1
    with contract_server.holding():
        process = subprocess.Popen(
            ["nohup", *COMMAND, "render", "-j", "4"],
            cwd=prepared.root,
            env=environment(prepared),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        contract_server.wait_for_in_flight(1)
        process.send_signal(signal.SIGHUP)
    shown, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, shown
    assert len(contract_server.generations) == SONGS


def test_a_reader_that_leaves_ends_the_run_gently(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.latency = 0.2
    for arguments in ((), ("--json",)):
        process = prepared.start("render", "-j", "1", *arguments)
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        stderr = process.stderr.read()
        process.stderr.close()
        assert process.wait(TIMEOUT) == 130
        assert "Traceback" not in stderr
        assert "stopped: output cannot be written" in stderr
    assert 0 < len(contract_server.generations) < SONGS
    judge(prepared, contract_server, 130)


def shell(project: Project, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command.replace("songbatch", COMMAND[0])],
        cwd=project.root,
        env=environment(project),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )


def test_head_takes_its_line_and_the_rest_is_kept(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.latency = 0.2
    done = shell(prepared, "songbatch render -j 1 | head -1; echo ${PIPESTATUS[0]}")
    assert done.stdout.splitlines()[-1] == "130", done
    assert "Traceback" not in done.stderr
    judge(prepared, contract_server, 130)


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", ">&- 2>&-", ">/dev/full 2>&1"])
@pytest.mark.parametrize("option", ["", "--json"])
def test_output_that_takes_nothing_lets_nothing_be_sent(
    redirection: str, option: str, prepared: Project, contract_server: ContractServer
) -> None:
    done = shell(prepared, f"songbatch render {option} -j 1 {redirection}")
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    assert contract_server.generations == []
    judge(prepared, contract_server, done.returncode)


def test_a_warning_that_cannot_be_shown_lets_nothing_be_sent(
    prepared: Project, contract_server: ContractServer
) -> None:
    prepared.replace("specs/demo.yaml", "Line number 3.", "A long line. " * 40)
    assert "warning" in prepared.run("check").stdout
    done = shell(prepared, "songbatch render 2>/dev/full")
    assert contract_server.generations == []
    judge(prepared, contract_server, done.returncode)


def test_a_run_with_nothing_to_do_needs_no_output(prepared: Project) -> None:
    assert prepared.run("render").status == 0
    for command in ("songbatch render", "songbatch plan"):
        for redirection in (">/dev/full", ">&-", "2>&-"):
            done = shell(prepared, f"{command} {redirection}")
            assert "Traceback" not in done.stderr, done
            assert "bug" not in done.stderr, done


@contextlib.contextmanager
def slow_download() -> Iterator[str]:
    """A server that begins to answer with a reference, and never ends."""
    begun, leave = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"ID3")
            self.wfile.flush()
            begun.set()
            leave.wait(60)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/r.mp3"
    finally:
        leave.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_download_is_left_at_once(
    number: signal.Signals, hosted: Project, contract_server: ContractServer
) -> None:
    with slow_download() as url:
        source = f"url: '{url}', sha256: '{'a' * 64}'"
        hosted.write("specs/demo.yaml", SPEC.replace("file: r.mp3", source))
        process = hosted.start("render", "--allow-private-urls")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert contract_server.uploads == []


def test_measuring_is_left_once_the_songs_are_written_down(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.audio_seconds = 40.0
    process = prepared.start("render", "--json")
    assert process.stdout is not None
    line = ""
    while '"started", "action": "measure"' not in line:
        line = process.stdout.readline()
        assert line, "the run ended without measuring"
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=TIMEOUT)
    assert process.returncode in {0, 130}
    done = [entry["status"] for entry in prepared.entries("demo").values()]
    assert done == ["done"] * SONGS
    assert prepared.run("render").status == 0
    assert len(contract_server.generations) == SONGS
