"""The money rule with jobs: a server that costs nothing, at a price that its user gives it."""

from __future__ import annotations

import pytest

from support.acestep.server import AceStepServer, acestep_server
from support.acestep.troubles import FILE_GONE, NO_REASON, Mishap
from support.kit import Project
from tests.run.job_projects import (
    RENDER,
    SPEC,
    acestep_project,
    begin,
    events,
    interrupt,
    kill,
    last,
    nothing_is_left,
    songs,
)

__all__ = ["acestep_server"]

ONE = "".join(line for line in SPEC.splitlines(keepends=True) if "second" not in line)
PRICE = "usd_per_render: 0.05"
LOSSES = {
    "lost before": Mishap.lost_before(),
    "lost after": Mishap.lost_after(),
    "cut off": Mishap.cut_off(),
    "gateway": Mishap.gateway(524),
    "not JSON": Mishap.raw(b"<html>hello"),
}


@pytest.fixture
def priced(project: Project, acestep_server: AceStepServer) -> Project:
    return acestep_project(project, acestep_server, ONE, PRICE)


def test_songs_cost_what_the_user_says(project: Project, acestep_server: AceStepServer) -> None:
    acestep_project(project, acestep_server, SPEC, PRICE)
    result = project.run(*RENDER, "--json")
    assert result.status == 0, result
    assert last(result)["cost_usd"] == pytest.approx(0.1)
    for entry in songs(project).values():
        assert entry["cost_usd"] == pytest.approx(0.05)
        assert entry["cost_kind"] == "planned"
    nothing_is_left(project, acestep_server, RENDER)


def test_a_plan_above_the_bound_is_refused(project: Project, acestep_server: AceStepServer) -> None:
    acestep_project(project, acestep_server, SPEC, PRICE)
    assert project.run(*RENDER, "--max-cost", "0.09").status == 3
    assert acestep_server.charged == 0
    assert project.run(*RENDER, "--max-cost", "0.09", "--price", "0.04").status == 0


def test_a_lost_answer_of_a_submission_is_held(
    priced: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("submit", [Mishap.lost_after()])
    result = priced.run(*RENDER, "--json")
    assert result.status == 1, result
    assert last(result)["paid_at_most_usd"] == pytest.approx(0.05)
    assert len(events(priced, "unknown")) == 1
    held = priced.run(*RENDER)
    assert held.status == 3, held
    assert "may have been paid for without an answer (about $0.05)" in held.stdout
    assert acestep_server.requests["submit"] == 1
    assert priced.run(*RENDER, "--retry-unknown", "1").status == 0
    assert acestep_server.requests["submit"] == 2
    assert songs(priced)["demo/first/1"]["unknown_outcomes"] == 1


def test_a_run_that_died_while_it_submitted_is_held(
    priced: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script("submit", [Mishap.late(60.0)])
    process = priced.start(*RENDER)
    acestep_server.wait_for_requests("submit", 1)
    kill(process)
    assert len(events(priced, "asked")) == 1
    held = priced.run(*RENDER)
    assert held.status == 3, held
    assert acestep_server.requests["submit"] == 1
    assert priced.run(*RENDER, "--retry-unknown", "1").status == 0
    assert acestep_server.requests["submit"] == 2


@pytest.mark.parametrize("how", ["file", "job"])
def test_a_lost_job_is_held(how: str, priced: Project, acestep_server: AceStepServer) -> None:
    kill(begin(priced, acestep_server, 1))
    acestep_server.wait_for_done()
    acestep_server.forget(results=how == "job", files=True)
    result = priced.run(*RENDER)
    assert result.status == 1, result
    assert "may have been paid for without an answer (about $0.05)" in result.stdout
    assert priced.run(*RENDER).status == 3
    assert acestep_server.charged == 1
    assert priced.run(*RENDER, "--retry-unknown", "1").status == 0
    assert acestep_server.charged == 2


def test_a_job_that_failed_at_the_service_costs_nothing(
    priced: Project, acestep_server: AceStepServer
) -> None:
    acestep_server.script_jobs([NO_REASON])
    result = priced.run(*RENDER, "--json", "--max-cost", "0.05")
    assert result.status == 0, result
    assert last(result)["paid_at_most_usd"] == pytest.approx(0.05)
    assert acestep_server.charged == 2


def test_what_is_lost_counts_against_the_bound(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, SPEC, PRICE)
    acestep_server.script_jobs([FILE_GONE])
    result = project.run(
        *RENDER, "--json", "--max-cost", "0.1", "--retry-unknown", "5", "--jobs", "1"
    )
    assert result.status == 1, result
    assert acestep_server.charged == 2
    assert last(result)["paid_at_most_usd"] == pytest.approx(0.1)
    assert "the budget of this run is spent" in result.stdout


@pytest.mark.parametrize("flags", [("--max-cost", "0"), ("--retry-unknown", "0", "--frozen")])
def test_a_song_of_an_earlier_run_costs_nothing_in_this_one(
    flags: tuple[str, ...], priced: Project, acestep_server: AceStepServer
) -> None:
    with acestep_server.holding():
        interrupt(begin(priced, acestep_server, 1))
    plan = priced.run("plan")
    assert "1 to collect; nothing to pay." in plan.stdout, plan
    result = priced.run(*RENDER, "--json", *flags)
    assert result.status == 0, result
    assert last(result)["cost_usd"] == 0
    assert last(result)["paid_at_most_usd"] == 0
    collected = (event for event in result.events if event.get("action") == "collect")
    done = next(event for event in collected if event["event"] == "done")
    assert done["cost_usd"] == 0
    assert songs(priced)["demo/first/1"]["cost_usd"] == pytest.approx(0.05)
    assert acestep_server.charged == 1
    nothing_is_left(priced, acestep_server, RENDER)


def test_what_still_renders_is_no_unknown_outcome(
    project: Project, acestep_server: AceStepServer
) -> None:
    acestep_project(project, acestep_server, SPEC, PRICE)
    with acestep_server.holding():
        stdout = interrupt(begin(project, acestep_server, 2, "--json"))
    assert '"paid_at_most_usd": 0.1' in stdout
    assert "may have been paid" not in stdout


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
@pytest.mark.parametrize("price", [PRICE, ""], ids=["priced", "free"])
def test_a_lost_answer_of_the_chat_face_is_asked_for_again_only_where_it_is_free(
    price: str, loss: Mishap, project: Project, acestep_server: AceStepServer
) -> None:
    face = ", ".join(part for part in ("face: chat", price) if part)
    acestep_project(project, acestep_server, ONE, face)
    acestep_server.script("chat", [loss])
    result = project.run(*RENDER)
    made = acestep_server.requests["chat"]
    if not price:
        assert (result.status, made) == (0, 2), result
        return
    assert (result.status, made) == (1, 1), result
    assert "may have been paid" in result.stdout, result
    assert project.run(*RENDER).status == 3
    assert acestep_server.requests["chat"] == 1
    assert project.run(*RENDER, "--retry-unknown", "1").status == 0
