"""Claims: of several runs exactly one asks, whoever died is known by the store's clock alone."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from songbatch.diagnostics import Refused
from songbatch.model import AudioFormat
from songbatch.sharing.notes import JobNote
from songbatch.sharing.seals import secret_of
from songbatch.sharing.shared_store import SharedStore
from songbatch.sharing.songs import Claim, SharedSong
from songbatch.sharing.trouble import StoreTrouble
from support.object_store.contents import Contents, matching, note
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore
from support.object_store.troubles import Trouble
from tests.sharing.answers import AUDIO, KEY, OTHER, answered
from tests.sharing.conftest import Opener

HOUR = 3600
SECRET = secret_of("a key of an account")
JOB = JobNote(job="job-7", engine="fal/x", account="fal:1", format=AudioFormat.MP3)


def claim(run: SharedStore, key: str = KEY, doubts: int = 0) -> Claim | SharedSong:
    return run.claim(key, "demo/song#1", "music-01", lasts=300, doubts=doubts)


def ours(found: Claim | SharedSong) -> Claim:
    assert isinstance(found, Claim), found
    return found


def theirs(found: Claim | SharedSong) -> SharedSong:
    assert isinstance(found, SharedSong), found
    return found


def die(store: Contents, run: SharedStore) -> None:
    """Let a run be dead: it is not heard of for longer than its lease."""
    run._beats._ended.set()
    store.age(f"beats/{run.who}", HOUR)


def test_one_of_two_asks_and_the_other_waits_and_gets_the_answer(
    store: Contents, runs: Opener
) -> None:
    one, two = runs(store), runs(store)
    assert ours(claim(one)).number == 1
    busy = theirs(claim(two)).busy
    assert busy is not None
    assert busy.note is not None
    assert (busy.note.who, busy.note.id, busy.note.lasts) == (one.who, "demo/song#1", 300)
    assert one.publish(answered(), AUDIO) == answered()
    found = theirs(claim(two)).answer
    assert found == answered()
    assert found is not None
    assert two.fetch(found) == AUDIO


def test_of_many_threads_and_runs_one_asks_for_each_song(store: Contents, runs: Opener) -> None:
    members = [runs(store) for _ in range(4)]
    keys = [f"{number:02x}" * 32 for number in range(6)]
    barrier = threading.Barrier(len(members))

    def work(run: SharedStore) -> list[str]:
        barrier.wait()
        return [key for key in keys if isinstance(claim(run, key), Claim)]

    with ThreadPoolExecutor(len(members)) as pool:
        won = [key for part in pool.map(work, members) for key in part]
    assert sorted(won) == keys


def test_a_dead_run_leaves_a_doubt(store: Contents, runs: Opener) -> None:
    dead, other = runs(store), runs(store)
    claim(dead)
    die(store, dead)
    held = theirs(claim(other))
    assert (held.busy, held.doubts) == (None, 1)
    second = ours(claim(other, doubts=1))
    assert (second.number, second.doubts) == (2, 1)


def test_a_run_that_closed_without_a_word_is_dead_too(store: Contents, runs: Opener) -> None:
    gone, other = runs(store), runs(store)
    claim(gone)
    gone.close()
    assert matching(store, f"beats/{gone.who}") == []
    assert theirs(claim(other)).doubts == 1


def test_what_ended_says_how_many_may_have_been_paid(store: Contents, runs: Opener) -> None:
    one, two = runs(store), runs(store)
    one.end(ours(claim(one)), 0, "refused")
    free = ours(claim(two))
    assert (free.number, free.doubts) == (2, 0)
    two.end(free, 3, "lost")
    assert theirs(claim(one)).doubts == 3
    assert theirs(claim(one, doubts=2)).doubts == 3
    assert ours(claim(one, doubts=3)).number == 3


def test_an_answer_that_was_pushed_meanwhile_is_found_after_claiming(
    store: Contents, runs: Opener
) -> None:
    one, pusher = runs(store), runs(store)
    pusher.publish(answered(), AUDIO)
    assert theirs(claim(one)).answer == answered()
    assert note(store, f"songs/ab/{KEY}/1.end")["unknown"] == 0


def test_no_machines_clock_counts(bucket: ObjectStore, runs: Opener) -> None:
    bucket.clock_ahead = 5 * HOUR
    alive, other = runs(bucket), runs(bucket)
    claim(alive)
    assert theirs(claim(other)).busy is not None
    die(bucket, alive)
    assert theirs(claim(other)).busy is None


def test_who_only_looks_learns_the_time_from_a_sign_of_life_of_a_moment(
    store: Contents, runs: Opener
) -> None:
    silent, alive = runs(store), runs(store)
    claim(silent)
    assert runs(store, begun=False).look([KEY])[KEY].busy is not None
    die(store, silent)
    looking = runs(store, begun=False)
    assert looking.look([KEY])[KEY].doubts == 1
    beats = {name for name in store.names() if name.startswith("beats/")}
    assert beats == {f"beats/{run.who}" for run in (silent, alive)}


def test_who_may_only_read_takes_nobody_for_dead_without_reason(
    bucket: ObjectStore, runs: Opener
) -> None:
    silent = runs(bucket)
    claim(silent)
    die(bucket, silent)
    with bucket.read_only():
        looking = runs(bucket, begun=False)
        assert looking.look([KEY])[KEY].busy is not None


def test_another_name_in_a_claim_means_that_the_server_is_not_atomic(
    bucket: ObjectStore, runs: Opener
) -> None:
    one, two = runs(bucket), runs(bucket)
    claim(two, OTHER)
    theirs_note = bucket.read(f"songs/cd/{OTHER}/1.claim")
    bucket.trouble(
        Trouble("other", status=200, body=theirs_note, carried_out=False), "GET", "songs/*/1.claim"
    )
    with pytest.raises(StoreTrouble, match="cannot tell which of two machines") as found:
        claim(one)
    assert not found.value.is_passing
    assert found.value.exit_code == 5


def test_a_run_that_cannot_beat_sends_nothing(bucket: ObjectStore, runs: Opener) -> None:
    run = runs(bucket)
    run._beats._last -= 31
    with bucket.trouble(Trouble.busy(), "PUT", "beats/*"), pytest.raises(StoreTrouble) as found:
        claim(run)
    assert found.value.is_passing
    assert matching(bucket, "songs/*") == []
    assert ours(claim(run)).number == 1


def test_a_claim_whose_answer_was_lost_is_ours(bucket: ObjectStore, runs: Opener) -> None:
    run = runs(bucket)
    bucket.trouble(Trouble.lost_after(), "PUT", "songs/*/1.claim", times=1)
    assert ours(claim(run)).number == 1
    assert theirs(claim(runs(bucket))).busy is not None


def test_jobs_are_collected_by_their_account_only(store: Contents, runs: Opener) -> None:
    dead, other = runs(store), runs(store)
    dead.note_job(ours(claim(dead)), JOB, SECRET)
    die(store, dead)
    wrong = {"fal:1": secret_of("another key")}
    assert other.look([KEY])[KEY].doubts == 1
    assert other.look([KEY], wrong)[KEY].jobs == ()
    song = other.look([KEY], {"fal:1": SECRET})[KEY]
    assert [job.note for job in song.jobs] == [JOB]
    assert song.doubts == 0
    taken = other.claim(KEY, "x", "fal/x", lasts=1, doubts=0, secrets={"fal:1": SECRET})
    assert ours(taken).jobs == song.jobs


@pytest.mark.parametrize("place", [f"songs/cd/{OTHER}/1.job", f"songs/ab/{KEY}/2.job"])
def test_a_job_in_another_place_is_none(folder: FolderStore, runs: Opener, place: str) -> None:
    dead, other = runs(folder), runs(folder)
    dead.note_job(ours(claim(dead)), JOB, SECRET)
    dead.end(ours(claim(dead, OTHER)), 1, "")
    folder.write(place, folder.read(f"songs/ab/{KEY}/1.job"))
    folder.write(f"songs/ab/{KEY}/2.end", b'{"unknown":1}')
    found = other.look([KEY, OTHER], {"fal:1": SECRET})
    assert [job for song in found.values() for job in song.jobs if job.number == 2] == []
    assert found[OTHER].jobs == ()


def test_claims_without_end_withhold_one_song(folder: FolderStore, runs: Opener) -> None:
    run = runs(folder)
    for number in range(1, 1000):
        folder.write(f"songs/ab/{KEY}/{number}.claim", b"{}")
    assert theirs(claim(run)).doubts > 900
    assert ours(claim(run, OTHER)).number == 1


def test_release(store: Contents, runs: Opener) -> None:
    dead, other = runs(store), runs(store)
    claim(dead)
    with pytest.raises(Refused, match=re.escape(f"{dead.who} is alive")):
        other.release(KEY)
    die(store, dead)
    assert (other.release(KEY), other.release(KEY)) == (1, 0)
    assert ours(claim(other)).doubts == 0
