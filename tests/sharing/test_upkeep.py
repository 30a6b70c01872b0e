"""Upkeep: what a survey says, which garbage goes, and what every run sweeps."""

from __future__ import annotations

import pytest

from songbatch.diagnostics import Refused
from songbatch.digest import sha256
from songbatch.sharing.garbage import Keep
from songbatch.sharing.trouble import Withheld
from support.object_store.contents import Contents, matching
from support.object_store.folder import FolderStore
from tests.sharing.answers import AUDIO, KEY, OTHER, answered
from tests.sharing.conftest import Opener

DAY = 86_400
THIRD = "0f" * 32
BLOB = f"blobs/{sha256(AUDIO)[:2]}/{sha256(AUDIO)}"
OLD = b"old sound"


def grow_old(store: Contents) -> None:
    for name in store.names():
        store.age(name, 100 * DAY)


def test_survey(store: Contents, runs: Opener) -> None:
    one, two = runs(store), runs(store)
    one.publish(answered(), AUDIO)
    one.publish(answered(key=THIRD, cost_usd=None), AUDIO)
    one.claim(OTHER, "demo/other#1", "music-01", lasts=60, doubts=0)
    found = two.survey()
    assert set(found.runs) == {one.who, two.who}
    assert (found.answers, found.unpriced, found.cost_usd) == (2, 1, 0.03)
    assert (found.blobs, found.blob_bytes, found.withheld) == (1, len(AUDIO), ())
    assert ([song.key for song in found.open], found.held) == ([OTHER], ())
    one.close()
    store.write(f"songs/ab/{KEY}/answer", b"{}")
    later = runs(store, begun=False).survey()
    assert (later.runs, later.withheld) == ((two.who,), (KEY,))
    assert [(song.key, song.doubts) for song in later.held] == [(OTHER, 1)]


def test_garbage_is_what_nobody_names_and_is_old(store: Contents, runs: Opener) -> None:
    run = runs(store)
    run.publish(answered(), AUDIO)
    run.publish(answered(OLD, key=OTHER), OLD)
    run.put_blob(b"a reference")
    grow_old(store)
    young = b"young"
    run.publish(answered(young, key=THIRD), young)
    keep = Keep(frozenset({KEY}), frozenset({sha256(b"a reference")}))
    found = run.garbage(keep, 30 * DAY)
    assert (set(found.songs), found.bytes) == ({OTHER}, len(OLD))
    assert run.garbage(keep, 200 * DAY).songs == {}
    before = set(store.names())
    assert run.drop(found) == len(OLD)
    gone = {name for name in before - set(store.names()) if not name.startswith("beats/")}
    assert gone == {f"songs/cd/{OTHER}/answer", f"blobs/{sha256(OLD)[:2]}/{sha256(OLD)}"}


def test_audio_of_two_songs_stays_for_one(store: Contents, runs: Opener) -> None:
    run = runs(store)
    run.publish(answered(), AUDIO)
    run.publish(answered(key=OTHER), AUDIO)
    grow_old(store)
    assert run.drop(run.garbage(Keep(frozenset({KEY})), DAY)) == 0
    assert set(run.look([KEY, OTHER])) == {KEY}
    assert run.fetch(answered()) == AUDIO


def test_what_is_used_again_meanwhile_stays(store: Contents, runs: Opener) -> None:
    run = runs(store)
    run.publish(answered(), AUDIO)
    run.publish(answered(OLD, key=OTHER), OLD)
    grow_old(store)
    found = run.garbage(Keep(), DAY)
    assert set(found.songs) == {KEY, OTHER}
    runs(store).publish(answered(AUDIO, key=THIRD), AUDIO)
    store.write(f"songs/cd/{OTHER}/1.claim", b"{}")
    run.drop(found)
    assert set(run.look([KEY, OTHER, THIRD])) == {OTHER, THIRD}
    assert run.fetch(answered()) == AUDIO
    assert run.fetch(answered(OLD)) == OLD


def test_nothing_is_dropped_where_another_repository_shares(store: Contents, runs: Opener) -> None:
    runs(store, project="friends")
    assert runs(store, project="friends").garbage(Keep(), 0).songs == {}
    for project in ("enemies", ""):
        with pytest.raises(Refused, match="another repository"):
            runs(store, project=project).garbage(Keep(), 0)


def test_nothing_is_dropped_where_an_answer_cannot_be_read(
    folder: FolderStore, runs: Opener
) -> None:
    run = runs(folder)
    run.publish(answered(), AUDIO)
    folder.write(f"songs/ab/{KEY}/answer", b"{}")
    grow_old(folder)
    with pytest.raises(Withheld):
        run.garbage(Keep(frozenset({KEY})), 0)
    assert BLOB in folder.names()


def test_a_run_that_ends_sweeps(store: Contents, runs: Opener) -> None:
    old = {
        f"probe/{'0' * 32}": 2 * DAY,
        "beats/a@b-1-0123456789abcdef": 8 * DAY,
    }
    kept = {f"probe/{'1' * 32}": 0, "beats/a@b-2-0123456789abcdef": 6 * DAY, "probe/notes.txt": 9e6}
    for name, age in (old | kept).items():
        store.write(name, b"")
        store.age(name, age)
    runs(store).close()
    assert set(matching(store, "beats/*") + matching(store, "probe/*")) == set(kept)
