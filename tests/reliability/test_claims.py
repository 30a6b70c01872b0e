"""Claims of runs that died, and of runs that are at work: who waits for whom, and what is held."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project, Result
from support.object_store.contents import Contents, matching
from tests.reliability.teams import RENDER, Team, done, heard, results, running

pytest.importorskip("obstore", reason="needs songbatch[store]")

SONGS = 2


@pytest.fixture
def team(tmp_path: Path, contract_server: ContractServer, shared_store: Contents) -> Team:
    contract_server.audio_seconds = 1.2
    return Team(tmp_path, contract_server, shared_store, songs=SONGS)


def killed_in_flight(team: Team, name: str) -> Project:
    """Return the folder of a member that was killed while its requests were being answered."""
    project = team.member(name)
    with team.server.holding(), running(project, *RENDER):
        team.server.wait_for_in_flight(SONGS)
    team.server.wait_for_none_in_flight()
    assert len(matching(team.store, "songs/*/1.claim")) == SONGS
    return project


def test_songs_of_a_dead_run_are_held_until_somebody_says_yes(team: Team) -> None:
    dead, other, clone = killed_in_flight(team, "dead"), team.member("other"), team.member("clone")
    team.bury("dead")
    held = other.run(*RENDER)
    assert held.status == 3, held
    assert "dead" in held.stdout + held.stderr
    assert "--retry-unknown" in held.stdout + held.stderr
    assert team.bought_again() == {}
    paid = other.run(*RENDER, "--retry-unknown", "1")
    assert paid.status == 0, paid
    assert sum(team.bought_again().values()) == SONGS
    assert [entry["unknown_outcomes"] for entry in done(other)] == [1] * SONGS
    for project in (dead, clone):
        result = project.run(*RENDER)
        assert result.status == 0, result
        assert results(project) == results(other)
    assert len(team.server.songs) == 2 * SONGS


def test_who_died_and_comes_back_holds_its_songs_too(team: Team) -> None:
    dead = killed_in_flight(team, "dead")
    team.bury("dead")
    held = dead.run(*RENDER)
    assert held.status == 3, held
    assert team.bought_again() == {}
    result = dead.run(*RENDER, "--retry-unknown", "1")
    assert result.status == 0, result
    assert [entry["unknown_outcomes"] for entry in done(dead)] == [1] * SONGS


def test_of_a_run_that_may_be_alive_one_waits(team: Team) -> None:
    killed_in_flight(team, "silent")
    with running(team.member("waiting"), *RENDER, "--retry-unknown", "1") as waiting:
        said = heard(waiting, "silent")
        assert len(team.server.songs) == SONGS
        team.bury("silent")
        stdout, stderr = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, (said, stdout, stderr)
    assert sum(team.bought_again().values()) == SONGS


def test_who_waits_can_be_asked_to_stop(team: Team) -> None:
    killed_in_flight(team, "silent")
    with running(team.member("waiting"), *RENDER) as waiting:
        heard(waiting, "silent")
        waiting.send_signal(signal.SIGINT)
        stdout, stderr = waiting.communicate(timeout=60)
    assert waiting.returncode == 130, (stdout, stderr)
    assert len(team.server.songs) == SONGS
    assert matching(team.store, "beats/waiting*") == []


def test_who_waits_gets_the_songs_of_who_is_at_work(team: Team) -> None:
    working, waiting = team.member("working"), team.member("waiting")
    with team.server.holding(), running(working, *RENDER) as first:
        team.server.wait_for_in_flight(SONGS)
        with running(waiting, *RENDER) as second:
            heard(second, "working")
            team.server.release()
            for process in (first, second):
                stdout, stderr = process.communicate(timeout=120)
                assert process.returncode == 0, (stdout, stderr)
    assert team.bought_again() == {}
    assert results(waiting) == results(working)


def test_a_run_that_fails_gives_its_songs_to_others(team: Team) -> None:
    """What the service refused was not paid: the next one may ask, with nobody's yes."""
    team.server.script("generate", [Fault.http(401, "Invalid API key")] * SONGS)
    failing, other = team.member("failing"), team.member("other")
    failed = failing.run(*RENDER)
    assert failed.status == 5, failed
    assert matching(team.store, "beats/*") == []
    result = other.run(*RENDER)
    assert result.status == 0, result
    assert team.bought_again() == {}
    again = failing.run(*RENDER)
    assert again.status == 0, again
    assert results(failing) == results(other)


def test_what_may_have_been_paid_is_held_everywhere(team: Team) -> None:
    team.server.script("generate", [Fault.lost()], containing="Line number 0.")
    unlucky, other = team.member("unlucky"), team.member("other")
    for project, status in ((unlucky, 1), (other, 3), (unlucky, 3)):
        result = project.run(*RENDER, "--retry-unknown", "0")
        assert result.status == status, result
        assert len(done(project)) == SONGS - 1
    assert team.bought_again() == {}
    yes = other.run(*RENDER, "--retry-unknown", "1")
    assert yes.status == 0, yes
    assert unlucky.run(*RENDER).status == 0
    assert results(unlucky) == results(other)
    assert team.beyond_the_rule(other) == []


def test_open_claims_can_be_seen_and_released(team: Team) -> None:
    killed_in_flight(team, "dead")
    team.bury("dead")
    other = team.member("other")
    seen = other.run("store")
    assert seen.status == 0, seen
    assert "dead" in seen.stdout
    told: Result = other.run("store", "--json")
    assert told.status == 0, told
    key = matching(team.store, "songs/*/1.claim")[0].split("/")[2]
    released = other.run("store", "--release", key)
    assert released.status == 0, released
    assert len(team.server.songs) == SONGS
    # The song may have been paid nevertheless.
    assert other.run(*RENDER).status == 3
    assert other.run(*RENDER, "--retry-unknown", "1").status == 0


def test_garbage_is_only_what_no_manifest_names(team: Team) -> None:
    author = team.member("author")
    assert author.run(*RENDER).status == 0
    before = team.store.names()
    author.replace("specs/demo.yaml", "Line number 1.", "Another line.")
    assert author.run(*RENDER).status == 0
    with_both = team.store.names()
    listed = author.run("gc", "--shared", "--older-than", "0d")
    assert listed.status in {0, 3}, listed
    assert team.store.names() == with_both
    for name in with_both:
        team.store.age(name, 100 * 86400.0)
    swept = author.run("gc", "--shared", "--older-than", "90d", "--yes")
    assert swept.status in {0, 3}, swept
    clone = team.member("clone")
    clone.replace("specs/demo.yaml", "Line number 1.", "Another line.")
    assert clone.run("render", "--frozen").status == 0
    assert results(clone) == results(author)
    assert len(before) > 0
