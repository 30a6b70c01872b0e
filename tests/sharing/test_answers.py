"""Answers and blobs: published once, judged whenever they are read; what lies is withheld."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from songbatch.digest import sha256
from songbatch.records import Receipt, ServiceFacts
from songbatch.sharing import songs
from songbatch.sharing.notes import Answered, LandedNote
from songbatch.sharing.songs import SharedSong
from songbatch.sharing.trouble import StoreTrouble, Withheld
from support.object_store.contents import Contents, note
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore
from support.object_store.troubles import Trouble
from tests.sharing.answers import AUDIO, KEY, OTHER, WHO, answered
from tests.sharing.conftest import Opener

ANSWER = f"songs/ab/{KEY}/answer"
BLOB = f"blobs/{sha256(AUDIO)[:2]}/{sha256(AUDIO)}"


def test_the_first_answer_stands(store: Contents, runs: Opener) -> None:
    one, two = runs(store), runs(store)
    assert one.publish(answered(), AUDIO) == answered()
    assert two.publish(answered(b"other"), b"other") == answered()
    assert two.fetch(answered()) == AUDIO
    assert store.read(BLOB) == AUDIO


def test_audio_that_is_not_the_answers_is_not_published(store: Contents, runs: Opener) -> None:
    with pytest.raises(Withheld):
        runs(store).publish(answered(), b"other")
    assert ANSWER not in store.names()


@pytest.mark.parametrize("data", [AUDIO[:-1], AUDIO + b"x", b"X" + AUDIO[1:], b""])
def test_damaged_audio_is_withheld_and_healed(store: Contents, runs: Opener, data: bytes) -> None:
    run = runs(store)
    run.publish(answered(), AUDIO)
    store.write(BLOB, data)
    with pytest.raises(Withheld):
        run.fetch(answered())
    assert run.publish(answered(), AUDIO, is_judged=True) == answered()
    assert run.fetch(answered()) == AUDIO


def test_missing_audio_is_withheld(store: Contents, runs: Opener) -> None:
    with pytest.raises(Withheld, match="does not have"):
        runs(store).fetch(answered())


def test_an_object_without_end_is_not_read(bucket: ObjectStore, runs: Opener) -> None:
    run = runs(bucket)
    run.publish(answered(), AUDIO)
    bucket.trouble(Trouble("endless", carried_out=True, endless=True), "GET", "blobs/*")
    with pytest.raises((Withheld, StoreTrouble)):
        run.fetch(answered())


BAD = {
    "key": OTHER, "audio_sha256": "../../etc/passwd", "bytes": -1, "seconds": 1e300,
    "at": "yesterday", "engine": "x" * 2000, "who": "../x", "cost_usd": "NaN",
    "attempts": 10**40, "unknown_outcomes": -1, "lines": [[0, -1]], "facts": {"strange": 1},
}  # fmt: skip


@pytest.mark.parametrize("field", BAD)
def test_an_answer_with_an_impossible_field_is_withheld(
    folder: FolderStore, runs: Opener, field: str
) -> None:
    run = runs(folder)
    run.publish(answered(), AUDIO)
    folder.write(ANSWER, json.dumps(note(folder, ANSWER) | {field: BAD[field]}).encode())
    song = run.look([KEY])[KEY]
    assert song.answer is None
    assert song.withheld
    claimed = run.claim(KEY, "x", "e", lasts=1, doubts=9)
    assert isinstance(claimed, SharedSong)
    assert claimed.withheld


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"\xff\xfe", b"[" * 50_000, b"{" + b" " * 70_000, b"{}" + bytes(9)],
)
def test_an_answer_that_is_none_is_withheld(store: Contents, runs: Opener, data: bytes) -> None:
    run = runs(store)
    store.write(ANSWER, data)
    assert run.look([KEY])[KEY].withheld


def test_unknown_fields_are_left_alone(folder: FolderStore, runs: Opener) -> None:
    run = runs(folder)
    run.publish(answered(), AUDIO)
    folder.write(ANSWER, json.dumps(note(folder, ANSWER) | {"later": 1}).encode())
    assert run.look([KEY])[KEY].answer == answered()


LYRICS = "First line\nChorus\n\nSecond line\nChorus\n"
FACTS = ServiceFacts(
    job="j",
    seed=7,
    filled_in={"bpm": 90, "lyrics": LYRICS},
    line_times=((0.5, "First line"), (2.0, "Chorus"), (4.0, "Second line"), (6.5, "Chorus")),
)
RECEIPT = Receipt(
    KEY, sha256(AUDIO), len(AUDIO), 9.5, "2026-11-01T10:00:00Z", "t", 0.03, FACTS, None, 2, 1
)


def test_no_text_of_the_lyrics_is_shared(store: Contents, runs: Opener) -> None:
    run = runs(store)
    run.publish(Answered.of(RECEIPT, LYRICS, engine="e", who=run.who), AUDIO)
    text = store.read(ANSWER).decode()
    assert not re.search("line|chorus", text.replace('"lines"', ""), re.IGNORECASE)
    found = run.look([KEY])[KEY].answer
    assert found is not None
    receipt = found.receipt(LYRICS)
    assert receipt.facts.line_times == FACTS.line_times
    assert receipt.facts.filled_in == {"bpm": 90}
    assert (receipt.attempts, receipt.unknown_outcomes, receipt.at) == (2, 1, RECEIPT.at)
    assert found.receipt("one\n").facts.line_times == ((0.5, "one"),)
    assert found.receipt(None).facts.line_times == ()


def test_texts_that_a_stranger_wrote_are_no_lyrics(folder: FolderStore, runs: Opener) -> None:
    run = runs(folder)
    folder.write(
        ANSWER,
        json.dumps(
            json.loads(_json(answered())) | {"facts": {"line_times": [[0.0, "forged"]]}}
        ).encode(),
    )
    found = run.look([KEY])[KEY].answer
    assert found is not None
    assert found.receipt(LYRICS).facts.line_times == ()


def _json(answer: Answered) -> bytes:
    import msgspec  # noqa: PLC0415

    return msgspec.json.encode(answer)


def test_an_answer_told_at_length_is_cut_to_what_is_read(store: Contents, runs: Opener) -> None:
    run = runs(store)
    long = ServiceFacts(notes=tuple("x" * 1000 for _ in range(100)), seed=3)
    run.publish(answered(facts=long), AUDIO)
    found = run.look([KEY])[KEY].answer
    assert found is not None
    assert (found.facts.notes, found.facts.seed) == ((), 3)


def test_what_a_worker_left_is_no_doubt(store: Contents, runs: Opener) -> None:
    dead, other, worker = runs(store), runs(store), runs(store, begun=False)
    dead.claim(KEY, "x", "e", lasts=1, doubts=0)
    left = LandedNote(audio_sha256=sha256(AUDIO), bytes=len(AUDIO), trace_id="t", cost_usd=0.03)
    assert worker.land(KEY, 1, AUDIO, left) == left
    assert worker.land(KEY, 1, b"x", LandedNote(audio_sha256=sha256(b"x"), bytes=1)) == left
    assert other.look([KEY])[KEY].landed == ()
    dead.close()
    song = other.look([KEY])[KEY]
    assert ([landed.note for landed in song.landed], song.doubts) == ([left], 0)
    assert other.landed(KEY, 1) == left
    assert other.get_blob(left.audio_sha256) == AUDIO


def test_more_songs_than_lists_are_found_by_their_folders(
    store: Contents, runs: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs(store)
    keys = [sha256(bytes([number])) for number in range(12)]
    for key in keys[:8]:
        run.publish(answered(key=key), AUDIO)
    run.claim(keys[8], "x", "e", lasts=1, doubts=0)
    one_by_one = run.look(keys)
    monkeypatch.setattr(songs, "MOST_LISTS", 3)
    assert run.look(keys) == one_by_one
    assert set(one_by_one) == set(keys[:9])


HARMLESS = ("songs/zz/x", "songs/ab/short/answer", "a\x1b[31m", "blobs/ab/b:c")


def test_other_names_are_nobodys(bucket: ObjectStore, runs: Opener) -> None:
    run = runs(bucket)
    for name in (f"songs/ab/{KEY}/0.claim", f"songs/ab/{KEY}/1.Claim", f"songs/cd/{KEY}/answer"):
        bucket.write(name, b"{}")
    for name in HARMLESS:
        bucket.write(name, b"{}")
    assert run.look([KEY]) == {}
    assert run.survey().answers == 0


def test_a_name_that_leads_elsewhere_is_told(bucket: ObjectStore, runs: Opener) -> None:
    run = runs(bucket)
    bucket.write(f"songs/ab/{KEY}/../../x", b"")
    with pytest.raises(StoreTrouble, match=re.escape("..")) as found:
        run.look([KEY])
    assert found.value.fix.startswith("remove it")
    assert run.look([OTHER]) == {}


# A folder that is a stranger's


def test_links_and_pipes_in_a_folder_lead_nowhere(
    folder: FolderStore, runs: Opener, tmp_path: Path
) -> None:
    run = runs(folder)
    run.publish(answered(), AUDIO)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(AUDIO)
    place = folder.root / BLOB
    place.unlink()
    place.symlink_to(outside / "secret")
    with pytest.raises(Withheld):
        run.fetch(answered())
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(Withheld):
        run.fetch(answered())
    place.unlink()
    place.mkdir()
    with pytest.raises(Withheld):
        run.fetch(answered())
    (folder.root / "songs" / "cd").symlink_to(outside)
    with pytest.raises((StoreTrouble, Withheld)):
        run.claim(OTHER, "x", "e", lasts=1, doubts=0)
    assert run.look([OTHER])[OTHER].withheld
    assert [path.name for path in outside.iterdir()] == ["secret"]


@pytest.mark.parametrize("name", ["songbatch-store", "beats", "probe", "songs", "partial"])
@pytest.mark.parametrize("kind", ["link", "pipe", "file"])
def test_a_folder_of_odd_things_is_refused(
    folder: FolderStore, runs: Opener, tmp_path: Path, name: str, kind: str
) -> None:
    folder.root.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    place = folder.root / name
    if kind == "link":
        place.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.write_bytes(b"")
    with pytest.raises((StoreTrouble, Withheld)) as found:
        runs(folder).claim(KEY, "x", "e", lasts=1, doubts=0)
    assert found.value.fix
    assert list(outside.iterdir()) == []


def test_the_run_that_answered_is_named() -> None:
    assert answered().who == WHO
