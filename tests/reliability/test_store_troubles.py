"""Stores that cannot be reached, refuse, hang, forget and lie about their clock: what a run does.

Nothing is sent to the service unless what is paid can be shared; the service's own books say so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Result
from support.object_store import hostile
from support.object_store.contents import matching, note
from support.object_store.store import ObjectStore
from support.object_store.troubles import Trouble
from tests.reliability.teams import REFERENCES, RENDER, Team, done, results, running, together

ABSENT = "s3://no-such-bucket-anywhere/songs"
SONGS = 3


@pytest.fixture
def team(tmp_path: Path, contract_server: ContractServer, object_store: ObjectStore) -> Team:
    contract_server.audio_seconds = 1.2
    return Team(tmp_path, contract_server, object_store, songs=SONGS)


def nothing_was_sent(team: Team, result: Result, status: int) -> None:
    """Check that a run has ended so, in words, before it asked the service for anything."""
    assert result.status == status, result
    assert result.stderr, result
    assert "Traceback" not in result.stderr
    assert team.server.uploads == []
    assert team.server.generations == []
    assert team.secrets() == []
    for secret in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        assert team.store.environment[secret] not in result.stdout + result.stderr


def test_a_server_that_ignores_conditions_is_found_out(
    team: Team, object_store: ObjectStore
) -> None:
    object_store.trouble(Trouble.unconditional())
    nothing_was_sent(team, team.member("one").run(*RENDER), 5)
    assert matching(object_store, "songs/*") == []


def test_one_that_ignores_them_only_under_load_is_found_out(
    team: Team, object_store: ObjectStore
) -> None:
    """As a server that looks first and writes then: of the writers at once, two win."""
    object_store.trouble(Trouble.unconditional(), "PUT", "probe/*", after=4, times=1)
    nothing_was_sent(team, team.member("one").run(*RENDER), 5)


def test_a_claim_that_another_one_has_overwritten_ends_the_run(
    team: Team, object_store: ObjectStore
) -> None:
    """No probe has caught this server."""
    one = team.member("one")
    object_store.trouble(Trouble.late(3.0), "GET", "songs/*/1.claim")
    with running(one, "render", "--jobs", "1", "--yes") as process:
        object_store.books.wait_for("GET", "songs/*/1.claim")
        (name,) = matching(object_store, "songs/*/1.claim")
        who = note(object_store, name)["who"]
        assert who.startswith("one")
        hostile.altered(object_store, name, who=who.replace("one", "two"))
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 5, (stdout, stderr)
    assert team.server.generations == []


def test_a_busy_store_is_no_store(team: Team, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.busy())
    nothing_was_sent(team, team.member("one").run(*RENDER), 5)


@pytest.mark.parametrize(("name", "times"), [("probe/*", 2), ("songs/*", 12)])
def test_a_store_that_is_busy_for_a_moment_is_asked_again(
    team: Team, object_store: ObjectStore, name: str, times: int
) -> None:
    object_store.trouble(Trouble.busy(), name=name, after=2, times=times)
    result = team.member("one").run(*RENDER)
    assert result.status == 0, result
    assert team.bought_again() == {}
    assert len(matching(object_store, "songs/*/answer")) == SONGS


def test_a_gateway_in_front_of_it(team: Team, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.gateway(502, carried_out=False))
    nothing_was_sent(team, team.member("one").run(*RENDER), 5)


def test_a_store_that_hangs(team: Team, object_store: ObjectStore, whole_tables: bool) -> None:
    if not whole_tables:
        pytest.skip("takes as long as a store may hang")
    object_store.trouble(Trouble.hanging())
    nothing_was_sent(team, team.member("one").run(*RENDER), 5)


def test_a_server_that_is_not_there(team: Team, object_store: ObjectStore) -> None:
    one, clone = team.member("one"), team.member("clone")
    gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    nothing_was_sent(team, one.run(*RENDER, env=gone), 5)
    planned = one.run("plan", env=gone)
    assert planned.status == 0, planned
    assert "warning" in (planned.stdout + planned.stderr).lower()
    # It pays alone, and shares later.
    alone = one.run(*RENDER, "--store", "none", env=gone)
    assert alone.status == 0, alone
    assert object_store.names() == []
    pushed = one.run("push")
    assert pushed.status == 0, pushed
    assert clone.run("render", "--frozen").status == 0
    assert results(clone) == results(one)


def test_a_run_with_nothing_to_do_needs_no_store(team: Team) -> None:
    one = team.member("one")
    assert one.run(*RENDER).status == 0
    before = one.files()
    gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    for _ in range(2):
        result = one.run(*RENDER, env=gone)
        assert result.status == 0, result
    assert one.files("outputs").items() <= before.items()


def test_a_bucket_that_is_not_there(team: Team) -> None:
    nothing_was_sent(team, team.member("one").run(*RENDER, "--store", ABSENT), 5)


def test_credentials_that_may_do_nothing(team: Team, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.denied())
    one = team.member("one")
    result = one.run(*RENDER)
    assert result.status in {3, 5}
    nothing_was_sent(team, result, result.status)
    pulled = one.run("pull")
    assert pulled.status in {3, 5}, pulled


def test_credentials_that_may_only_read(team: Team, object_store: ObjectStore) -> None:
    newcomer, author, clone = (team.member(name) for name in ("newcomer", "author", "clone"))
    with object_store.read_only():
        nothing_was_sent(team, newcomer.run(*RENDER), 3)
    assert author.run(*RENDER).status == 0
    asked = len(team.server.generations)
    with object_store.read_only():
        for project, command in ((newcomer, ("pull",)), (clone, RENDER)):
            result = project.run(*command)
            assert result.status == 0, result
        assert results(clone) == results(author)
        clone.replace("specs/demo.yaml", "Line number 1.", "Another line.")
        refused = clone.run(*RENDER)
        assert refused.status == 3, refused
        assert "--store none" in refused.stdout + refused.stderr
        pushed = clone.run("push")
        assert pushed.status in {0, 3}, pushed
        dropped = clone.run("gc", "--shared")
        assert dropped.status == 3, dropped
        assert "may only be read: nothing can be dropped from it" in dropped.stderr
    assert len(team.server.generations) == asked
    assert object_store.books.strangers == 0


@pytest.mark.parametrize("name", ["songs/*", "uploads/*", "*"])
def test_answers_that_are_lost(team: Team, object_store: ObjectStore, name: str) -> None:
    """The client asks again, and finds its own object there."""
    object_store.trouble(Trouble.lost_after(), "PUT", name, times=2)
    one, clone = team.member("one"), team.member("clone")
    result = one.run(*RENDER)
    assert result.status == 0, result
    assert team.bought_again() == {}
    assert len(team.server.uploads) == REFERENCES
    assert clone.run("render", "--frozen").status == 0
    assert results(clone) == results(one)


def test_a_store_that_is_lost_in_a_run_is_waited_for(team: Team, object_store: ObjectStore) -> None:
    one = team.member("one")
    with team.server.holding(), running(one, *RENDER, "--jobs", "1") as process:
        team.server.wait_for_in_flight(1)
        down = object_store.trouble(Trouble.lost_before())
        team.server.release()
        object_store.books.wait_for("*", "*", object_store.books.count() + 3)
        # What came is kept here; nothing more is asked for.
        assert len(team.server.generations) == 1
        down.lift()
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, (stdout, stderr)
    assert team.bought_again() == {}
    assert len(matching(object_store, "songs/*/answer")) == SONGS


def test_what_could_not_be_published_is_by_the_next_run(
    team: Team, object_store: ObjectStore
) -> None:
    one, clone = team.member("one"), team.member("clone")
    down = object_store.trouble(Trouble.denied(), "PUT", "songs/*/answer")
    result = one.run(*RENDER)
    assert result.status in {0, 3, 5}, result
    assert "songbatch push" in result.stdout + result.stderr
    kept = len(done(one))
    assert kept == len(team.server.songs) >= 1
    down.lift()
    assert one.run(*RENDER).status == 0
    assert team.bought_again() == {}
    assert clone.run("render", "--frozen").status == 0
    assert results(clone) == results(one)


@pytest.mark.parametrize("server_hours", [-1, 1])
def test_clocks_that_are_hours_apart_change_nothing(
    team: Team, object_store: ObjectStore, tmp_path: Path, server_hours: int
) -> None:
    object_store.clock_ahead = 3600.0 * server_hours
    team.server.latency = 0.3
    early, late = team.member("early"), team.member("late")
    for project, hours in ((early, -1), (late, 1)):
        project.environment |= shifted_clock(tmp_path / f"clock{hours}", 3600.0 * hours)
    for result in together([early, late], *RENDER):
        assert result.status == 0, result
    assert team.bought_again() == {}
    assert len(team.server.uploads) == REFERENCES
    assert results(early) == results(late)


SHIFTED = """\
import time

def shifted(clock, by):
    return lambda: clock() + by

time.time, time.time_ns = shifted(time.time, {seconds}), shifted(time.time_ns, {nanoseconds})

import datetime
from songbatch.run import session

pytest.importorskip("obstore", reason="needs songbatch[store]")

def now():
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds={seconds})
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")

session.now = now
"""


def shifted_clock(folder: Path, seconds: float) -> dict[str, str]:
    """Return the environment of an interpreter whose clock is so many seconds ahead."""
    folder.mkdir()
    text = SHIFTED.format(seconds=seconds, nanoseconds=int(seconds * 1e9))
    (folder / "sitecustomize.py").write_text(text, "utf-8")
    return {"PYTHONPATH": str(folder)}


def test_a_store_that_a_file_names_is_asked_only_once_it_is_allowed(
    team: Team, object_store: ObjectStore
) -> None:
    one = team.member("one")
    del one.environment["SONGBATCH_STORE"]
    one.write("songbatch.yaml", f"version: 1\nstore: {object_store.address}\n")
    line = f"songbatch store --allow {object_store.address}"
    for command in (RENDER, ("pull",), ("push",), ("store",), ("gc", "--shared")):
        result = one.run(*command)
        nothing_was_sent(team, result, 3)
        assert line in result.stderr, result
    assert object_store.books.count() == object_store.books.strangers == 0
    allowed = one.run("store", "--allow", object_store.address)
    assert allowed.status == 0, allowed
    result = one.run(*RENDER)
    assert result.status == 0, result
    assert len(matching(object_store, "songs/*/answer")) == SONGS
    # Another address than the one that was allowed.
    one.replace("songbatch.yaml", "/team", "/teams").replace("specs/demo.yaml", "number 1", "one")
    refused = one.run(*RENDER)
    assert refused.status == 3, refused
    assert len(team.server.generations) == SONGS


def test_an_endpoint_without_encryption_elsewhere_is_not_asked(team: Team) -> None:
    result = team.member("one").run(*RENDER, env={"AWS_ENDPOINT_URL": "http://192.0.2.1"})
    assert result.status in {2, 5}
    nothing_was_sent(team, result, result.status)


def test_a_store_of_another_version_is_refused(team: Team, object_store: ObjectStore) -> None:
    object_store.write("songbatch-store", b"songbatch-store 2\n")
    nothing_was_sent(team, team.member("one").run(*RENDER), 5)
    assert object_store.names() == ["songbatch-store"]


def test_a_damaged_song_is_held_and_healed_by_who_has_it(
    team: Team, object_store: ObjectStore
) -> None:
    author, clone = team.member("author"), team.member("clone")
    assert author.run(*RENDER).status == 0
    sha256 = author.entries("demo")["demo/s1/1"]["audio_sha256"]
    blob = f"blobs/{sha256[:2]}/{sha256}"
    for content in (b"ID3", None):
        if content is None:
            object_store.remove(blob)
        else:
            object_store.write(blob, content)
        result = clone.run(*RENDER)
        assert result.status == 3, result
        assert "demo/s1/1" in result.stdout + result.stderr
        assert len(done(clone)) == SONGS - 1
        assert clone.run("pull").status == 1
    assert len(team.server.generations) == SONGS
    assert author.run("push").status == 0
    result = clone.run(*RENDER)
    assert result.status == 0, result
    assert results(clone) == results(author)
    assert len(team.server.generations) == SONGS


@pytest.mark.parametrize(
    "trouble",
    [Trouble.flipped(), Trouble.shortened(), Trouble.cut_off(), Trouble.cut_off(0.0)],
    ids=lambda trouble: trouble.name,
)
def test_a_body_that_is_spoiled_on_its_way_is_not_taken(
    team: Team, object_store: ObjectStore, trouble: Trouble
) -> None:
    author, clone = team.member("author"), team.member("clone")
    assert author.run(*RENDER).status == 0
    with object_store.trouble(trouble, "GET", "blobs/*"):
        result = clone.run("pull")
        assert result.status in {1, 5}, result
        assert done(clone) == []
    assert clone.run("pull").status == 0
    assert list(team.strange_songs(clone)) == []
    assert len(team.server.generations) == SONGS
