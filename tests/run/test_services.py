"""Hosted services that lose answers, change or vanish: nothing is paid twice, or paid and lost."""

from __future__ import annotations

import json
import subprocess
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from support.fal import troubles
from support.fal.server import FalServer, fal_server
from support.fal.troubles import Mishap, Trouble
from support.kit import Project
from support.replicate.server import ReplicateServer, replicate_server
from support.replicate.troubles import Mishap as Loss
from tests.reliability.service_books import FalBooks, ReplicateBooks, ServiceBooks
from tests.run.job_projects import events, interrupt, kill
from tests.run.service_projects import (
    MUSIC,
    RENDER,
    fal_project,
    manifest_entries,
    replicate_project,
    spec,
)

__all__ = ["fal_server", "replicate_server"]

ONE = spec("fal/music-3", "hill")


def begun(project: Project, server: FalServer, jobs: int, *more: str) -> subprocess.Popen[str]:
    """Start a run and wait until so many jobs are in its ledger; none ends."""
    server.hold()
    process = project.start(*RENDER, *more)
    while len(events(project, "submitted")) < jobs:
        assert process.poll() is None, process.communicate()
    return process


def is_right(books: ServiceBooks) -> bool:
    """Whether every song was paid once, and all that was paid is here."""
    assert books.breaches() == []
    assert books.lost() == []
    return True


def correct(project: Project, fix: str) -> None:
    """Write a line into songbatch.yaml exactly as a message names it, beside the address."""
    line = fix.partition("`")[2].partition("`")[0]
    assert line.startswith("engines: {fal: {"), fix
    settings = line.removeprefix("engines: {fal: {").removesuffix("}}")
    project.replace("songbatch.yaml", "fal: {", f"fal: {{{settings}, ")


def stored(project: Project, **changed: str) -> None:
    """Let the ledger say something else of what was uploaded."""
    path = project.root / ".songbatch/ledger.jsonl"
    head, *lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines):
        record = json.loads(line.partition(b" ")[2])
        if record["event"] == "uploaded":
            text = json.dumps(record | changed).encode()
            lines[number] = b"%08x %s" % (zlib.crc32(text), text)
    path.write_bytes(b"\n".join([head, *lines, b""]))


# Lost answers


def test_what_arrived_is_found_in_the_list_of_the_same_run(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    fal_server.listing.skew = 240
    fal_server.script("submit", [Mishap.lost_after(), Mishap.lost_after()])
    assert project.run(*RENDER).status == 0
    assert is_right(FalBooks(project.root, fal_server))


def test_what_the_list_shows_only_when_it_is_done_is_found_by_the_next_run(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    fal_server.listing.shows_unfinished = False
    fal_server.queue.running_polls = 1
    fal_server.script("submit", [Mishap.lost_after(), Mishap.lost_after()])
    assert project.run(*RENDER).status == 1
    fal_server.complete()
    before = fal_server.requests.copy()
    assert project.run("plan").status == 0
    assert fal_server.requests == before
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert "2 collected" in result.stdout
    assert is_right(FalBooks(project.root, fal_server))


def test_what_the_list_cannot_tell_is_held_until_a_yes(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server, ONE)
    fal_server.listing.shows_payloads = False
    fal_server.script("submit", [Mishap.lost_before()])
    assert project.run(*RENDER).status == 1
    assert project.run(*RENDER).status == 3
    assert fal_server.jobs == []
    assert project.run(*RENDER, "--retry-unknown", "1").status == 0
    assert is_right(FalBooks(project.root, fal_server))


def test_one_lost_take_of_a_model_without_a_seed_is_found_beside_the_others(
    project: Project, fal_server: FalServer
) -> None:
    text = spec("fal/mureka-9", "hill", defaults="style: pop, takes: 3")
    fal_project(project, fal_server, text)
    fal_server.script("submit", [None, Mishap.lost_after()])
    assert project.run(*RENDER, "--jobs", "1").status == 0
    assert len(fal_server.jobs) == 3
    assert FalBooks(project.root, fal_server).lost() == []


@pytest.mark.parametrize("loss", [Loss.lost_after(), Loss.lost_before()], ids=lambda m: m.name)
def test_replicate_finds_what_arrived_and_holds_what_it_cannot_be_sure_of(
    loss: Loss, project: Project, replicate_server: ReplicateServer
) -> None:
    replicate_project(project, replicate_server)
    replicate_server.script("create", [loss])
    result = project.run(*RENDER)
    assert result.status == (0 if loss.carried_out else 1), result
    if not loss.carried_out:
        assert project.run(*RENDER).status == 3
        assert project.run(*RENDER, "--retry-unknown", "1").status == 0
    assert is_right(ReplicateBooks(project.root, replicate_server))


# Models, keys and schemas that change


def test_jobs_at_a_model_that_vanished_are_collected_all_the_same(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    kill(begun(project, fal_server, 1, "--select", "hill"))
    fal_server.queue.gone.add(MUSIC)
    fal_server.release()
    result = project.run(*RENDER)
    assert result.status == 5, result
    assert "the service has no endpoint minimax/music-3: the model may be gone" in result.stderr
    assert "collect  demo/hill/1 -> " in result.stdout
    assert is_right(FalBooks(project.root, fal_server))


def test_what_is_done_when_a_model_vanishes_is_fetched_first(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server, spec("fal/music-3", *"abcde"))
    process = begun(project, fal_server, 2, "--jobs", "2")
    fal_server.queue.gone.add(MUSIC)
    fal_server.release()
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 5, stdout
    fal_server.queue.gone.clear()
    assert project.run(*RENDER).status == 0
    assert is_right(FalBooks(project.root, fal_server))
    assert {entry["cost_usd"] for entry in manifest_entries(project)} == {0.016}


@pytest.mark.parametrize(
    ("mishap", "said"),
    [
        (troubles.WRONG_KEY, "fix: set FAL_KEY to a key that is valid"),
        (troubles.LOCKED, "fix: top up the account at the service"),
    ],
    ids=["key", "account"],
)
def test_who_may_not_ask_is_told_once_and_loses_nothing(
    mishap: Mishap, said: str, project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    fal_server.script("submit", [None, mishap])
    result = project.run(*RENDER, "--jobs", "1")
    assert result.status == 5, result
    assert said in result.stderr
    assert project.run(*RENDER).status == 0
    assert is_right(FalBooks(project.root, fal_server))


@pytest.mark.parametrize("names", [{"lyrics": "lyric_text"}, {"prompt": "tags", "lyrics": "words"}])
def test_renamed_fields_are_mended_by_the_line_that_the_message_names(
    names: dict[str, str], project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server, ONE)
    assert project.run(*RENDER).status == 0
    fal_server.rename(MUSIC, **names)
    project.write("specs/demo.yaml", spec("fal/music-3", "hill", "river"))
    result = project.run(*RENDER)
    assert result.status == 1, result
    correct(project, result.stdout.partition("fix: ")[2])
    # What was paid before the service called its fields otherwise is not asked for again.
    assert "1 to render" in project.run("plan").stdout
    assert project.run(*RENDER).status == 0
    assert is_right(FalBooks(project.root, fal_server))


def test_a_song_elsewhere_in_the_answer_is_collected_with_the_line_that_the_message_names(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    fal_server.script_jobs([Trouble.nested("data", "tracks", "0", "file")] * 2)
    result = project.run(*RENDER)
    assert result.status == 5, result
    correct(project, result.stderr.partition("fix: ")[2])
    result = project.run(*RENDER)
    assert result.status == 0, result
    assert "2 collected" in result.stdout
    assert is_right(FalBooks(project.root, fal_server))


# What users do while jobs are under way


def test_ctrl_c_says_what_keeps_rendering_and_the_next_run_collects_it(
    project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    stdout = interrupt(begun(project, fal_server, 2))
    assert "2 songs keep rendering at fal/music-3: run again to collect them" in stdout
    fal_server.release()
    assert "2 to collect; nothing to pay." in project.run("plan").stdout
    assert project.run(*RENDER, "--frozen", "--max-cost", "0").status == 0
    assert is_right(FalBooks(project.root, fal_server))


def test_two_runs_at_once_pay_once(project: Project, fal_server: FalServer) -> None:
    fal_project(project, fal_server)
    first = begun(project, fal_server, 2)
    second = project.start(*RENDER)
    assert project.run(*RENDER, "--no-wait").status == 4
    fal_server.release()
    for process in (first, second):
        stdout, _ = process.communicate(timeout=60)
        assert process.returncode == 0, stdout
    assert is_right(FalBooks(project.root, fal_server))


@pytest.mark.parametrize("change", ["removed", "edited", "another engine", "another song selected"])
def test_a_job_that_nobody_asks_for_any_more_is_kept(
    change: str, project: Project, fal_server: FalServer
) -> None:
    fal_project(project, fal_server)
    kill(begun(project, fal_server, 2))
    fal_server.release()
    more: tuple[str, ...] = ()
    if change == "removed":
        project.write("specs/demo.yaml", ONE)
    elif change == "edited":
        project.replace("specs/demo.yaml", "the river", "a river")
    elif change == "another engine":
        more = ("--engine", "fal/mureka-9")
    else:
        more = ("--select", "hill")
    assert project.run(*RENDER, *more).status == 0
    fal_project(project, fal_server)
    result = project.run(*RENDER, "--frozen")
    assert result.status == 0, result
    more_jobs = {"edited": 1, "another engine": 2}.get(change, 0)
    assert len(fal_server.jobs) == 2 + more_jobs
    if change != "edited":
        assert is_right(FalBooks(project.root, fal_server))


def test_a_stored_reference_that_expires_within_the_hour_is_stored_anew(
    project: Project, replicate_server: ReplicateServer
) -> None:
    text = spec("replicate/minimax-cover", "hill", defaults="reference: ann, style: dream pop")
    ann = "references: {ann: {file: ann.mp3, purpose: song}}\n"
    replicate_project(project, replicate_server, text.replace("defaults:", f"{ann}defaults:"))
    project.reference("specs/ann.mp3")
    assert project.run(*RENDER).status == 0
    assert replicate_server.requests["upload"] == 1
    project.replace("specs/demo.yaml", "the hill", "a hill")
    soon = (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds")
    stored(project, until=soon)
    plan = project.run("plan")
    assert "uploaded before, but the service does not keep it" in plan.stdout, plan
    assert project.run(*RENDER).status == 0
    assert replicate_server.requests["upload"] == 2
