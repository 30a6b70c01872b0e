"""Ids of references that paid jobs make: bought once, and never again without a word."""

from __future__ import annotations

import signal
import subprocess

import pytest

from support.fal.server import FalServer, fal_server
from support.fal.troubles import MODEL_BROKE, Mishap, Trouble
from support.kit import Project
from tests.run.job_projects import events, kill
from tests.run.service_projects import (
    CLONE,
    REFERENCE,
    RENDER,
    SONG,
    cloned,
    last,
    made_ids,
    mureka_project,
    mureka_spec,
)

__all__ = ["fal_server"]

YES = (*RENDER, "--yes")


def begun(project: Project, server: FalServer, *arguments: str) -> subprocess.Popen[str]:
    """Start a run and wait until the job for its reference is in the ledger; it does not end."""
    server.hold()
    process = project.start(*(arguments or YES))
    while not events(project, "submitted"):
        assert process.poll() is None, process.communicate()
    return process


def blind(server: FalServer) -> None:
    """Let the service's list show nothing by which a request can be told."""
    server.listing.shows_unfinished = server.listing.shows_payloads = False


def test_a_clone_is_told_agreed_to_and_paid_once_for_all_songs(
    project: Project, fal_server: FalServer
) -> None:
    mureka_project(project, fal_server, "hill", "river")
    assert "costs $5.00" in project.run("plan").stdout
    assert project.run(*RENDER).status == 3
    assert fal_server.jobs == []
    result = project.run(*YES, "--json")
    assert result.status == 0, result
    assert cloned(fal_server) == 1
    assert last(result)["cost_usd"] == pytest.approx(fal_server.books.total)
    assert made_ids(project)[0]["cost_usd"] == 5.0
    project.write("specs/demo.yaml", mureka_spec("hill", "river", "sea"))
    assert project.run(*RENDER).status == 0
    assert cloned(fal_server) == 1


@pytest.mark.parametrize("death", ["kill", "interrupt"])
def test_a_clone_under_way_is_collected_by_the_next_run(
    death: str, project: Project, fal_server: FalServer
) -> None:
    process = begun(mureka_project(project, fal_server), fal_server)
    if death == "kill":
        kill(process)
    else:
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=10)
        assert process.returncode == 130
        assert "its reference ann is under way, run again to collect it" in stdout
    fal_server.release()
    plan = project.run("plan")
    assert "collect  ann" in plan.stdout, plan
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert cloned(fal_server) == 1


def test_a_run_that_died_before_the_answer_finds_its_clone_in_the_list(
    project: Project, fal_server: FalServer
) -> None:
    mureka_project(project, fal_server)
    fal_server.script("submit", [Mishap.late(60.0)], of=CLONE)
    process = project.start(*YES)
    fal_server.wait_for_requests("submit", 1)
    kill(process)
    assert events(project, "submitted") == []
    before = fal_server.requests.copy()
    assert project.run("plan").status == 0
    assert fal_server.requests == before
    assert project.run(*RENDER).status == 0
    assert cloned(fal_server) == 1


def test_a_lost_answer_is_found_in_the_same_run(project: Project, fal_server: FalServer) -> None:
    mureka_project(project, fal_server)
    fal_server.script("submit", [Mishap.lost_after()], of=CLONE)
    result = project.run(*YES)
    assert result.status == 0, result
    assert cloned(fal_server) == 1


@pytest.mark.parametrize("loss", [Mishap.lost_before(), Mishap.lost_after()], ids=lambda m: m.name)
@pytest.mark.parametrize("price", [(), ("--price", "0")], ids=["priced", "free songs"])
def test_what_no_list_shows_is_held_told_and_asked_again_once_with_a_yes(
    loss: Mishap, price: tuple[str, ...], project: Project, fal_server: FalServer
) -> None:
    blind(fal_server)
    mureka_project(project, fal_server)
    fal_server.script("submit", [loss], of=CLONE)
    result = project.run(*YES, *price, "--json")
    assert result.status == 1, result
    assert last(result)["paid_at_most_usd"] == 5.0
    assert fal_server.requests["submit"] == 1
    held = project.run(*YES, *price)
    assert held.status == 3, held
    assert "1 song waits for ann, which may have been paid" in held.stdout
    assert "--retry-unknown 1" in held.stdout
    assert fal_server.requests["submit"] == 1
    assert project.run(*YES, *price, "--retry-unknown", "1").status == 0
    assert cloned(fal_server) == (2 if loss.carried_out else 1)
    assert fal_server.requests["submit"] == 3


@pytest.mark.parametrize("purpose", ["voice", "song"])
def test_a_stored_file_that_is_gone_is_stored_once_more(
    purpose: str, project: Project, fal_server: FalServer
) -> None:
    process = begun(mureka_project(project, fal_server, purpose=purpose), fal_server)
    fal_server.storage.lose()
    fal_server.release()
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0, stdout
    assert "retry    ann: the service cannot fetch the reference" in stdout
    endpoint = CLONE if purpose == "voice" else REFERENCE
    assert len(fal_server.books.charges_for(endpoint)) == 1
    assert len(fal_server.storage.uploads) == 1


def test_a_clone_that_fails_costs_nothing_and_is_asked_for_once_more(
    project: Project, fal_server: FalServer
) -> None:
    mureka_project(project, fal_server)
    fal_server.script_jobs([MODEL_BROKE], of=CLONE)
    result = project.run(*YES, "--json")
    assert result.status == 0, result
    assert last(result)["paid_at_most_usd"] == pytest.approx(fal_server.books.total)
    assert cloned(fal_server) == 1


def test_a_result_that_expired_is_held_and_not_bought_again(
    project: Project, fal_server: FalServer
) -> None:
    kill(begun(mureka_project(project, fal_server), fal_server))
    fal_server.release()
    fal_server.forget()
    result = project.run(*YES)
    assert result.status == 1, result
    assert "its reference ann may have been paid for without an answer" in result.stdout
    assert project.run(*YES).status == 3
    assert cloned(fal_server) == 1


def test_an_id_elsewhere_in_the_answer_is_had_with_the_line_that_the_message_names(
    project: Project, fal_server: FalServer
) -> None:
    mureka_project(project, fal_server)
    fal_server.script_jobs([Trouble("nested", output={"voice": {"vocal_id": "7"}})], of=CLONE)
    result = project.run(*YES)
    assert result.status == 5, result
    line = '{hands: {"mureka:voice": {gives: voice.vocal_id}}}'
    assert f"`engines: {{fal: {line}}}`" in result.stderr
    settings = '"mureka:voice": {gives: voice.vocal_id}'
    project.replace("songbatch.yaml", "fal: {", f"fal: {{hands: {{{settings}}}, ")
    project.run(*YES)
    assert cloned(fal_server) == 1
    assert made_ids(project)[0]["handle"] == "7"


def test_an_id_that_the_service_has_lost_is_not_bought_again_silently(
    project: Project, fal_server: FalServer
) -> None:
    mureka_project(project, fal_server)
    assert project.run(*YES).status == 0
    fal_server.mureka.forget()
    project.write("specs/demo.yaml", mureka_spec("hill", "river", "sea", "wood"))
    # One of them is asked for only when the others have failed.
    fal_server.script("submit", [Mishap.too_many("1")], of=SONG)
    result = project.run(*YES)
    assert result.status == 1, result
    assert "the service does not know the id of the reference any more" in result.stdout
    assert "fix: run again: the plan says what another id costs" in result.stdout
    assert cloned(fal_server) == 1
    plan = project.run("plan")
    assert "uploaded before, but the service does not keep it; costs $5.00" in plan.stdout
    assert project.run(*RENDER).status == 3
    assert project.run(*YES).status == 0
    assert cloned(fal_server) == 2
    assert all("vocal_id" in job.given for job in fal_server.jobs if job.endpoint == SONG)


def test_a_dearer_clone_counts_as_what_was_charged(project: Project, fal_server: FalServer) -> None:
    mureka_project(project, fal_server)
    fal_server.pricing.set(CLONE, 8.0)
    result = project.run(*RENDER, "--max-cost", "6")
    assert result.status == 1, result
    assert "the service charges $8.00 for mureka:voice where $5.00 was planned" in result.stdout
    assert fal_server.books.total == 8.0
    assert made_ids(project)[0]["cost_usd"] == 8.0
    assert '{hands: {"mureka:voice": {usd: 8}}}' in result.stdout
    project.replace("songbatch.yaml", "fal: {", 'fal: {hands: {"mureka:voice": {usd: 8}}, ')
    project.write("specs/other.yaml", mureka_spec("hill")).reference("specs/ann.mp3", hz=330.0)
    assert "costs $8.00" in project.run("plan").stdout


def test_a_project_makes_no_clone_cheap(project: Project, fal_server: FalServer) -> None:
    settings = 'hands: {"mureka:voice": {usd: 0}}'
    mureka_project(project, fal_server, settings=settings)
    assert "costs $5.00" in project.run("plan").stdout
    assert project.run(*RENDER).status == 3
    assert project.run(*RENDER, "--max-cost", "4").status == 3
    assert fal_server.jobs == []


def test_a_clone_that_no_song_follows_any_more_is_collected_for_later(
    project: Project, fal_server: FalServer
) -> None:
    kill(begun(mureka_project(project, fal_server), fal_server))
    fal_server.release()
    text = mureka_spec("hill")
    project.write("specs/demo.yaml", text.replace("defaults: {reference: ann}", "defaults: {}"))
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert made_ids(project)
    project.write("specs/demo.yaml", text)
    assert project.run(*RENDER).status == 0
    assert cloned(fal_server) == 1
