"""Being asked to stop: once gently, twice at once, by Ctrl-C and by SIGTERM."""

from __future__ import annotations

import signal
import subprocess

import pytest

from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    line = ""
    while word not in line:
        line = process.stdout.readline()
        assert line, f"the run ended without saying {word!r}"


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_once_drains_and_keeps(
    first: signal.Signals, prepared: Project, contract_server: ContractServer
) -> None:
    with contract_server.holding():
        process = prepared.start("render", "--jobs", "1")
        contract_server.wait_for_in_flight(1)
        process.send_signal(first)
        wait_for(process, "stopping")
    process.communicate()
    assert process.returncode == 130
    assert len(contract_server.generations) == 1
    entries = prepared.entries("demo")
    assert entries["demo/first/1"]["status"] == "done"
    assert "demo/second/1" not in entries
    plan = prepared.run("plan").stdout
    assert "render   demo/second/1: not rendered yet" in plan
    assert "failed last time" not in plan
    assert prepared.run("render").status == 0
    assert len(contract_server.generations) == 2


def test_what_was_to_be_measured_is_not_said_to_be(
    prepared: Project, contract_server: ContractServer
) -> None:
    assert prepared.run("render", "--no-measure", "--select", "first").status == 0
    with contract_server.holding():
        process = prepared.start("render", "--jobs", "1")
        contract_server.wait_for_in_flight(1)
        process.send_signal(signal.SIGINT)
        wait_for(process, "stopping")
    stdout, _ = process.communicate()
    assert process.returncode == 130
    assert "Done: 1 rendered, 1 up to date; about" in stdout
    assert "1 to measure" in prepared.run("plan", "--select", "first").stdout


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_twice_stops_now_and_what_was_in_flight_is_unknown(
    second: signal.Signals, prepared: Project, contract_server: ContractServer
) -> None:
    with contract_server.holding():
        process = prepared.start("render", "--jobs", "1")
        contract_server.wait_for_in_flight(1)
        process.send_signal(signal.SIGINT)
        wait_for(process, "stopping")
        process.send_signal(second)
        # It leaves although nothing has been answered.
        process.communicate(timeout=60)
    assert process.returncode == 130
    held = prepared.run("render", "--retry-unknown", "0")
    assert held.status == 3, held
    assert "held    demo/first/1" in held.stdout
    assert prepared.run("render", "--retry-unknown", "1").status == 0
    entries = prepared.entries("demo")
    assert entries["demo/first/1"]["unknown_outcomes"] == 1
    assert entries["demo/second/1"]["unknown_outcomes"] == 0
