"""Several machines with one store: each song is paid once, and all end with the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Project
from support.object_store.contents import Contents, matching
from support.object_store.store import ObjectStore
from tests.reliability.books import ContractBooks
from tests.reliability.teams import REFERENCES, RENDER, Team, done, results, together

pytest.importorskip("obstore", reason="needs songbatch[store]")


def is_whole(team: Team, project: Project) -> None:
    """Check that a folder has all songs, and that each is its own."""
    assert len(done(project)) == team.songs
    assert list(team.strange_songs(project)) == []
    assert ContractBooks(project.root, team.server).leftovers() == []


def test_two_at_once_pay_each_song_once(
    tmp_path: Path, contract_server: ContractServer, shared_store: Contents
) -> None:
    pay_once(Team(tmp_path, contract_server, shared_store, songs=14), 2)


def test_five_at_once_pay_each_song_once(
    tmp_path: Path, contract_server: ContractServer, object_store: ObjectStore
) -> None:
    pay_once(Team(tmp_path, contract_server, object_store, songs=20), 5)


def pay_once(team: Team, members: int) -> None:
    """Let so many members render at once, and look at what each of them has."""
    contract_server, shared_store, songs = team.server, team.store, team.songs
    contract_server.latency, contract_server.audio_seconds = 0.2, 1.2
    projects = [team.member(f"m{number}") for number in range(members)]
    for result in together(projects, *RENDER):
        assert result.status == 0, result
    assert len(team.paid()) == songs
    assert team.bought_again() == {}
    assert len(contract_server.uploads) == REFERENCES
    for project in projects:
        is_whole(team, project)
        assert results(project) == results(projects[0])
    assert team.strange_names() == []
    assert team.secrets() == []
    assert matching(shared_store, "beats/*") == []


def test_a_fresh_clone_gets_everything_without_a_request(
    tmp_path: Path, contract_server: ContractServer, shared_store: Contents
) -> None:
    team = Team(tmp_path, contract_server, shared_store)
    author, clone, puller = (team.member(name) for name in ("author", "clone", "puller"))
    assert author.run(*RENDER).status == 0
    asked = len(contract_server.generations)
    planned = clone.run("plan")
    assert planned.status == 0, planned
    assert "in the shared store" in planned.stdout
    assert results(clone) == {}
    for project, command in ((clone, ("render", "--frozen")), (puller, ("pull",))):
        result = project.run(*command)
        assert result.status == 0, result
        assert {n: d for n, d in results(project).items() if n.endswith(".mp3")} == {
            n: d for n, d in results(author).items() if n.endswith(".mp3")
        }
    assert results(clone) == results(author)
    is_whole(team, clone)
    again = puller.run("render", "--frozen")
    assert again.status == 0, again
    assert results(puller) == results(author)
    assert len(contract_server.generations) == asked
    assert len(contract_server.uploads) == REFERENCES


def test_an_edit_is_paid_by_one_and_had_by_all(
    tmp_path: Path, contract_server: ContractServer, shared_store: Contents
) -> None:
    team = Team(tmp_path, contract_server, shared_store, songs=3)
    one, other = team.member("one"), team.member("other")
    assert one.run(*RENDER).status == 0
    for project in (one, other):
        project.replace("specs/demo.yaml", "Line number 1.", "Another line.")
        result = project.run(*RENDER)
        assert result.status == 0, result
    assert contract_server.songs[-1].lyrics == "Another line."
    assert len(contract_server.songs) == team.songs + 1
    assert len(contract_server.uploads) == REFERENCES
    assert results(one) == results(other)


def test_what_was_paid_before_there_was_a_store_is_pushed(
    tmp_path: Path, contract_server: ContractServer, shared_store: Contents
) -> None:
    team = Team(tmp_path, contract_server, shared_store, songs=3)
    author, clone = team.member("author"), team.member("clone")
    assert author.run(*RENDER, "--store", "none").status == 0
    assert shared_store.names() == []
    assert clone.run("pull").status == 1
    pushed = author.run("push")
    assert pushed.status == 0, pushed
    before = shared_store.names()
    assert author.run("push").status == 0
    assert shared_store.names() == before
    assert team.strange_names() == []
    assert team.secrets() == []
    result = clone.run("render", "--frozen")
    assert result.status == 0, result
    assert results(clone) == results(author)
    assert len(contract_server.songs) == team.songs


def test_two_who_paid_alone_can_agree_on_what_is_in_the_store(
    tmp_path: Path, contract_server: ContractServer, shared_store: Contents
) -> None:
    team = Team(tmp_path, contract_server, shared_store, songs=2)
    first, second = team.member("first"), team.member("second")
    for project in (first, second):
        assert project.run(*RENDER, "--store", "none").status == 0
    assert first.run("push").status == 0
    mine = results(second)
    told = second.run("push")
    assert told.status in {0, 1}, told
    for song in ("demo/s0/1", "demo/s1/1"):
        assert song in told.stdout + told.stderr
    assert second.run(*RENDER).status == 0
    assert results(second) == mine
    taken = second.run("pull", "--theirs")
    assert taken.status == 0, taken
    assert second.run(*RENDER).status == 0
    assert results(second) == results(first)
    assert list(team.strange_songs(second)) == []
    assert len(contract_server.songs) == 2 * team.songs


def test_with_nothing_to_do_no_store_is_asked(
    tmp_path: Path, contract_server: ContractServer, object_store: ObjectStore
) -> None:
    team = Team(tmp_path, contract_server, object_store, songs=2)
    author = team.member("author")
    assert author.run(*RENDER).status == 0
    asked = object_store.books.count()
    for command in (RENDER, ("render", "--frozen"), ("check",), ("verify",), ("plan",)):
        result = author.run(*command)
        assert result.status == 0, result
    assert object_store.books.count() == asked
    # Nor the long way: the marks of all files are other ones now.
    for path in author.root.rglob("*.yaml"):
        path.touch()
    (author.root / ".songbatch/index").unlink()
    assert author.run(*RENDER).status == 0
    assert object_store.books.count() == asked


def test_without_a_store_none_is_asked(
    tmp_path: Path, contract_server: ContractServer, object_store: ObjectStore
) -> None:
    team = Team(tmp_path, contract_server, object_store, songs=2)
    alone = team.member("alone")
    del alone.environment["SONGBATCH_STORE"]
    assert alone.run(*RENDER).status == 0
    other = team.member("other")
    assert other.run(*RENDER, "--store", "none").status == 0
    assert object_store.books.count() == object_store.books.strangers == 0


def test_the_songs_of_an_engine_that_repeats_them_are_shared_if_asked_for(
    tmp_path: Path, contract_server: ContractServer, shared_store: Contents
) -> None:
    team = Team(tmp_path, contract_server, shared_store, songs=1)
    for share, shares in (("", False), ("share: all\n", True)):
        drafts = team.member(f"drafts{len(share)}")
        drafts.replace("specs/demo.yaml", "engine: music-01", "engine: sketch")
        drafts.write("songbatch.yaml", f"version: 1\n{share}")
        result = drafts.run("render")
        assert result.status == 0, result
        assert (matching(shared_store, "songs/*/answer") != []) == shares
        assert matching(shared_store, "songs/*.claim") == []
    assert team.strange_names() == []
