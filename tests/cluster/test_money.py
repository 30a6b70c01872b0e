"""Workers that are lost while a service works for them: nothing is paid twice, all is told."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster.hosting import spec, until

if TYPE_CHECKING:
    from support.contract.server import ContractServer
    from support.kit import Project, Result
    from tests.cluster.hosting import Hosts


def paid(server: ContractServer) -> Counter[str]:
    """Return how often the server was asked for each song, by its own books."""
    return Counter(song.lyrics for song in server.songs)


def render(project: Project, hosts: Hosts, *options: str) -> Result:
    return project.run("render", "--on", hosts.address, *options)


def test_a_run_is_made_by_the_workers_that_are_there(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    for name in ("one", "two"):
        hosts.start(name, contract_server.environment, "--slots", "2")
    project.write("specs/demo.yaml", spec(6))
    result = render(project, hosts)
    assert result.status == 0, result
    assert f"rendering on 2 workers, 4 slots ({hosts.address})" in result.stdout
    assert set(paid(contract_server).values()) == {1}
    assert len(paid(contract_server)) == 6
    # One reference: uploaded once, whoever uses its ids.
    assert len(contract_server.uploads) == 1
    assert render(project, hosts).stdout == "Nothing to do: 6 up to date.\n"


def test_no_more_requests_are_out_than_there_are_slots(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment, "--slots", "3")
    contract_server.latency = 0.2
    project.write("specs/demo.yaml", spec(8))
    assert render(project, hosts, "--jobs", "8").status == 0
    assert contract_server.peak_in_flight <= 3


def test_a_killed_workers_request_is_held_and_the_others_go_on(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    for name in ("one", "two"):
        hosts.start(name, contract_server.environment)
    project.write("specs/demo.yaml", spec(4))
    with contract_server.holding():
        running = project.start("render", "--on", hosts.address, "--jobs", "2")
        contract_server.wait_for_in_flight(2)
        hosts.workers["one"].kill()
        hosts.workers["one"].wait()
    stdout, stderr = running.communicate(timeout=120)
    assert running.returncode != 0, stdout + stderr
    assert "worker one was lost" in stdout
    entries = project.entries("demo")
    assert sorted(entry["status"] for entry in entries.values()) == ["done"] * 3 + ["failed"]
    assert set(paid(contract_server).values()) == {1}
    assert render(project, hosts).status == 3
    assert set(paid(contract_server).values()) == {1}
    # With one repeat allowed, it is made, and only that.
    assert render(project, hosts, "--retry-unknown", "1").status == 0
    assert sorted(paid(contract_server).values()) == [1, 1, 1, 2]


def test_a_worker_that_was_only_stopped_goes_on(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    for name in ("one", "two"):
        hosts.start(name, contract_server.environment)
    project.write("specs/demo.yaml", spec(6))
    with contract_server.holding():
        running = project.start("render", "--on", hosts.address)
        contract_server.wait_for_in_flight(2)
        hosts.workers["one"].send_signal(signal.SIGSTOP)
    until(lambda: len(paid(contract_server)) >= 4)  # the other one goes on
    hosts.workers["one"].send_signal(signal.SIGCONT)
    stdout, stderr = running.communicate(timeout=120)
    assert running.returncode == 0, stdout + stderr
    assert set(paid(contract_server).values()) == {1}
    assert len(paid(contract_server)) == 6


def test_a_dead_scheduler_ends_the_run(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment, "--slots", "2")
    project.write("specs/demo.yaml", spec(4))
    with contract_server.holding():
        running = project.start("render", "--on", hosts.address)
        contract_server.wait_for_in_flight(2)
        hosts.scheduler.kill()
        hosts.scheduler.wait()
        stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 5, stdout + stderr
    assert f"the scheduler of {hosts.address} is gone" in stdout
    assert "Traceback" not in stdout + stderr
    unknown = [e for e in project.entries("demo").values() if e["unknown_outcomes"]]
    assert len(unknown) == 2
    # All is whole: here, the next run makes what nobody was asked for, and holds the others.
    assert project.run("render").status == 3
    assert sorted(paid(contract_server).values()) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"AIMLAPI_KEY": "another-key-012345678"}, r"has another key or address for music-01"),
        ({"AIMLAPI_KEY": ""}, r"cannot use music-01: .*AIMLAPI_KEY"),
    ],
)
def test_who_has_another_key_is_not_used(
    project: Project,
    hosts: Hosts,
    contract_server: ContractServer,
    change: dict[str, str],
    told: str,
) -> None:
    hosts.start("odd", contract_server.environment | change)
    project.write("specs/demo.yaml", spec(2))
    result = render(project, hosts)
    assert result.status == 5, result
    assert re.search(f"no worker of {hosts.address} can be used: worker odd {told}", result.stderr)
    assert contract_server.generations == []
    hosts.start("fit", contract_server.environment)
    result = render(project, hosts)
    assert result.status == 0, result
    assert len(re.findall(rf"worker odd {told}.*: not used", result.stdout)) == 1
    assert contract_server.refused_keys == 0


def test_a_worker_that_leaves_finishes_what_it_has_begun(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    leaving = hosts.start("leaving", contract_server.environment)
    hosts.start("staying", contract_server.environment)
    project.write("specs/demo.yaml", spec(6))
    with contract_server.holding():
        running = project.start("render", "--on", hosts.address)
        contract_server.wait_for_in_flight(2)
        leaving.send_signal(signal.SIGTERM)
        until(lambda: "finishes what it has begun" in hosts.said("leaving"))
    stdout, stderr = running.communicate(timeout=120)
    assert running.returncode == 0, stdout + stderr
    assert leaving.wait(60) == 0
    assert "worker leaving left" in stdout or "retry" not in stdout
    assert set(paid(contract_server).values()) == {1}


def test_whoever_asks_the_whole_process_group_asks_once(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    # SLURM asks every process of a job, and the one that started the others asks them, too.
    leaving = hosts.start("several", contract_server.environment, "--processes", "2", waits=False)
    until(lambda: hosts.said("several").count("is ready") == 2)
    assert re.search(r"worker several-0 is ready: ", hosts.said("several"))
    project.write("specs/demo.yaml", spec(4))
    with contract_server.holding():
        running = project.start("render", "--on", hosts.address, "--jobs", "2")
        contract_server.wait_for_in_flight(2)
        children = Path(f"/proc/{leaving.pid}/task/{leaving.pid}/children").read_text().split()
        assert len(children) == 2
        for process in (leaving.pid, *map(int, children)):
            os.kill(process, signal.SIGTERM)
        until(lambda: hosts.said("several").count("finishes what it has begun") == 2)
        hosts.start("staying", contract_server.environment)
    stdout, stderr = running.communicate(timeout=120)
    assert running.returncode == 0, stdout + stderr
    assert leaving.wait(60) == 0
    assert set(paid(contract_server).values()) == {1}


def test_the_first_interrupt_awaits_what_is_in_flight(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment, "--slots", "2")
    project.write("specs/demo.yaml", spec(4))
    with contract_server.holding():
        running = project.start("render", "--on", hosts.address)
        contract_server.wait_for_in_flight(2)
        os.kill(running.pid, signal.SIGINT)
        assert running.stdout is not None
        until_line = iter(running.stdout.readline, "")
        assert any("in flight, awaited and kept" in line for line in until_line)
    _, stderr = running.communicate(timeout=120)
    assert running.returncode == 130, stderr
    done = [e for e in project.entries("demo").values() if e["status"] == "done"]
    assert len(done) == 2
    assert sorted(paid(contract_server).values()) == [1, 1]
