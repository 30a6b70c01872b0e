"""`plan --on PLACE`: who is there, and what each can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.hosting import spec

if TYPE_CHECKING:
    from support.contract.server import ContractServer
    from support.kit import Project
    from tests.cluster.hosting import Hosts


def test_a_plan_says_who_is_there_and_sends_nothing(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    hosts.start("fit", contract_server.environment, "--slots", "3")
    hosts.start("odd", contract_server.environment | {"AIMLAPI_KEY": ""})
    project.write("specs/demo.yaml", spec(4))
    result = project.run("plan", "--on", hosts.address)
    assert result.status == 0, result
    fit, odd = result.stderr.splitlines()
    assert fit == "worker fit (3 slots on 127.0.0.1) can make music-01"
    assert odd.startswith("worker odd (1 slot on 127.0.0.1) cannot use music-01: ")
    assert "4 to render" in result.stdout
    assert (contract_server.generations, contract_server.uploads) == ([], [])
    assert not (project.root / ".songbatch/cluster.log").exists()


def test_a_plan_counts_with_the_slots_that_there_would_be(project: Project) -> None:
    project.write("specs/demo.yaml", spec(64, "sketch"))
    few, many = (project.run("plan", "--on", f"local:{n}").stdout for n in (1, 64))
    assert "about 192 s" in few or "3 min" in few
    assert few.splitlines()[-1] != many.splitlines()[-1]


def test_a_plan_starts_nobody(project: Project) -> None:
    project.write("specs/demo.yaml", spec(1, "sketch"))
    result = project.run("plan", "--on", "local:2")
    assert result.stderr == "local:2: a run starts 2 workers here\n"


def test_a_place_that_is_none_is_told(project: Project) -> None:
    project.write("specs/demo.yaml", spec(1, "sketch"))
    for place in ("local:0", "local:", "http://x", "dask://x", "dask://x:99999", "hall", ""):
        for command in ("plan", "render"):
            result = project.run(command, "--on", place)
            assert (result.status, "Traceback" in result.stderr) == (2, False), result
            assert "fix: " in result.stderr
