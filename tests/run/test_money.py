"""Money from outside: what bounds count, whose price it is, and what is called spent."""

from __future__ import annotations

import json

import pytest

from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

FAST = ("--backoff", "0.01")


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


@pytest.fixture
def six(hosted: Project) -> Project:
    """Six takes of a song."""
    hosted.write("specs/demo.yaml", SONG.replace("  first:\n", "  first:\n    takes: 5\n"))
    return hosted.reference("specs/references/river.mp3")


def project_price(project: Project, usd: object) -> None:
    project.write("songbatch.yaml", f"version: 1\nengines: {{music-01: {{usd_per_render: {usd}}}}}")


def test_a_service_that_charges_more_ends_the_run_at_the_bound(
    six: Project, contract_server: ContractServer
) -> None:
    contract_server.cost_usd = "1.0"
    result = six.run("render", "-j", "1", "--max-cost", "2")
    assert result.status == 1, result
    assert len(contract_server.generations) == 2
    assert "the service charges $1.00 where $0.03 was planned" in result.stdout
    assert "engines: {music-01: {usd_per_render: 1}}" in result.stdout
    assert "--max-cost" in result.stdout
    assert "2 rendered, 4 without audio; $2.00 spent." in result.stdout
    events = six.run("render", "-j", "1", "--max-cost", "2", "--json").events
    assert len(contract_server.generations) == 4
    failed = next(event for event in events if event["event"] == "failed")
    assert "songbatch.yaml" in failed["fix"]
    assert "--max-cost" in failed["fix"]
    assert events[-1]["spent_usd"] == events[-1]["cost_usd"] == 2.0


def test_several_at_once_never_leave_past_the_bound(
    six: Project, contract_server: ContractServer
) -> None:
    contract_server.cost_usd = "1.0"
    result = six.run("render", "-j", "2", "--max-cost", "3")
    assert result.status == 1, result
    # Two left at the planned price; each that follows is reserved at the price that was seen.
    assert len(contract_server.generations) == 3


def test_what_is_given_back_is_asked_for_again(
    six: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.http(500)] * 3)
    result = six.run("render", "-j", "6", "--max-cost", "0.18", *FAST)
    assert result.status == 0, result
    assert len(contract_server.songs) == 6


@pytest.mark.parametrize(
    ("fault", "paid"),
    [(Fault.lost(), "paid at most $1.00"), (Fault.html(200), "$1.00 spent")],
    ids=["lost", "no answer, but a charge"],
)
def test_what_may_be_paid_counts_at_the_highest_price(
    fault: Fault, paid: str, six: Project, contract_server: ContractServer
) -> None:
    contract_server.cost_usd = "0.5"
    contract_server.script("generate", [None, fault])
    result = six.run("render", "-j", "1", "--max-cost", "1.2", *FAST)
    assert result.status == 1, result
    assert len(contract_server.generations) == 2, result
    assert paid in result.stdout, result


def test_what_may_be_paid_is_said_with_the_sum_it_is_counted_as(
    prepared: Project, contract_server: ContractServer
) -> None:
    contract_server.cost_usd = "0.5"
    contract_server.script("generate", [None, Fault.lost()])
    result = prepared.run("render", "-j", "1", *FAST)
    assert result.status == 1, result
    assert "1 may have been paid for without an answer (about $0.50)" in result.stdout, result
    assert "$0.50 spent, paid at most $1.00" in result.stdout, result


def test_unusable_audio_counts_as_what_the_answer_said(
    six: Project, contract_server: ContractServer
) -> None:
    contract_server.cost_usd = "0.5"
    success = {"trace_id": "t", "base_resp": {"status_code": 0, "status_msg": "success"}}
    wrong = Fault.json({"data": {"status": 2, "audio": b"<html>".hex()}, **success})
    contract_server.script("generate", [wrong])
    result = six.run("render", "-j", "1", "--max-cost", "1.2", *FAST)
    assert result.status == 1, result
    assert len(contract_server.generations) == 2, result
    assert "$1.00 spent" in result.stdout, result


BAD = ["nan", "inf", "-inf", "-1", "1e999", "", "one", "NaN"]


@pytest.mark.parametrize("number", BAD)
@pytest.mark.parametrize("option", ["max-cost", "backoff", "price", "max-renders"])
def test_what_is_no_number_in_the_range_is_refused(
    option: str, number: str, prepared: Project, contract_server: ContractServer
) -> None:
    result = prepared.run("render", f"--{option}", number)
    assert result.status == 2, result
    assert f"--{option}" in result.stderr
    assert contract_server.uploads == []
    if number:
        variable = "SONGBATCH_RENDER_" + option.replace("-", "_").upper()
        result = prepared.run("render", env={variable: number})
        assert result.status == 2, result
        assert variable in result.stderr
        assert contract_server.uploads == []


def test_numbers_that_are_fine(prepared: Project, contract_server: ContractServer) -> None:
    assert prepared.run("render", "--max-cost", "0").status == 3
    result = prepared.run("render", "--max-cost", "1e1", "--backoff", "0")
    assert result.status == 0, result


@pytest.mark.parametrize("usd", [".nan", ".inf", "-.inf", "-1", "1e308", "1e999", "-0.001", "true"])
def test_a_price_that_is_none_is_refused_with_its_place(usd: str, prepared: Project) -> None:
    project_price(prepared, usd)
    result = prepared.run("render", "--max-cost", "1")
    assert result.status == 2, result
    assert "songbatch.yaml:2:" in result.stderr


@pytest.mark.parametrize("usd", ["0", "0.000001", "0.029"])
def test_a_projects_price_does_not_widen_a_bound(
    usd: str, six: Project, contract_server: ContractServer
) -> None:
    project_price(six, usd)
    result = six.run("render", "--max-cost", "0.05")
    assert result.status == 3, result
    assert "the project says a song costs $0.0" in result.stderr
    assert "counting $0.03" in result.stderr
    assert "--price" in result.stderr
    assert contract_server.uploads == []
    for arguments, environment in (
        (("--price", usd), {}),
        ((), {"SONGBATCH_RENDER_PRICE": usd}),
    ):
        said = six.run("render", "--max-cost", "0.175", *arguments, env=environment)
        assert said.status == 0, said
    assert len(contract_server.songs) == 6


def test_a_bound_counts_with_the_higher_price_while_it_runs(
    six: Project, contract_server: ContractServer
) -> None:
    project_price(six, 0)
    contract_server.script("generate", [Fault.lost()] * 6)
    result = six.run("render", "-j", "1", "--max-cost", "0.18", "--retry-unknown", "9", *FAST)
    assert result.status == 1, result
    assert len(contract_server.generations) == 6
    assert "the project says a song costs $0.00; counting $0.03" in result.stdout


def test_plan_says_whose_price_it_is(prepared: Project) -> None:
    def prices(*arguments: str) -> dict[str, object]:
        (engine,) = json.loads(prepared.run("plan", "--json", *arguments).stdout)["engines"]
        return {**engine["prices"], "cost_usd": engine["totals"]["cost_usd"]}

    assert prices() == {
        "planned_usd": 0.03,
        "planned_from": "default",
        "counted_usd": 0.03,
        "counted_from": "default",
        "is_most": False,
        "cost_usd": 0.06,
    }
    project_price(prepared, 0.01)
    assert prices() == {
        "planned_usd": 0.01,
        "planned_from": "project",
        "counted_usd": 0.03,
        "counted_from": "default",
        "is_most": False,
        "cost_usd": 0.02,
    }
    plan = prepared.run("plan")
    assert "the project says a song costs $0.01; counting $0.03" in plan.stdout, plan
    assert "--price" in plan.stdout
    assert prices("--price", "0.5")["counted_from"] == "user"
    assert "counting" not in prepared.run("plan", env={"SONGBATCH_PLAN_PRICE": "0.01"}).stdout


def test_only_what_the_service_said_is_called_spent(
    prepared: Project, contract_server: ContractServer
) -> None:
    assumed = prepared.run("render")
    assert "; about $0.06." in assumed.stdout, assumed
    assert "about $0.03)" in assumed.stdout
    assert "spent" not in assumed.stdout
    prepared.replace("specs/demo.yaml", "morning", "evening")
    contract_server.cost_usd = "0.5"
    told = prepared.run("render")
    assert "$0.50)" in told.stdout
    assert "about $0.50" not in told.stdout
    assert "; $0.50 spent." in told.stdout, told
    prepared.replace("specs/demo.yaml", "evening", "noon")
    events = prepared.run("render", "--json").events
    assert (events[-1]["spent_usd"], events[-1]["cost_usd"]) == (0.5, 0.5)
    done = [e for e in events if e["event"] == "done" and e["action"] == "render"]
    assert [(e["cost_usd"], e["cost_is_assumed"]) for e in done] == [(0.5, False)]


def test_what_may_be_paid_is_in_the_highest_sum_only(
    six: Project, contract_server: ContractServer
) -> None:
    contract_server.script("generate", [Fault.lost()])
    result = six.run("render", "-j", "1", *FAST, "--json")
    end = result.events[-1]
    assert (end["spent_usd"], end["cost_usd"], end["paid_at_most_usd"]) == (0, 0.15, 0.18)


def test_the_bound_of_requests_spans_retries(six: Project, contract_server: ContractServer) -> None:
    contract_server.script("generate", [Fault.lost()] * 2)
    result = six.run("render", "-j", "1", "--max-renders", "6", "--retry-unknown", "3", *FAST)
    assert result.status == 1, result
    assert len(contract_server.generations) == 6
