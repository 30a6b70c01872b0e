"""Hostile contents are in the store as they are meant to be, in an object store and in a folder."""

from __future__ import annotations

import hashlib
import json
import stat
import time
from pathlib import Path

import pytest

from support.object_store import hostile
from support.object_store.contents import Contents, matching, note, write_note
from support.object_store.folder import FolderStore
from support.object_store.store import PREFIX, ObjectStore

KEYS = ("ab" * 32, "cd" * 32)


@pytest.fixture(params=["folder", "bucket"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Contents:
    """A store with two songs, as the layout has it."""
    store: Contents = FolderStore(tmp_path / "store")
    if request.param == "bucket":
        store = request.getfixturevalue("object_store")
    for number, key in enumerate(KEYS):
        audio = b"ID3" + bytes([number]) * 100
        sha256 = hashlib.sha256(audio).hexdigest()
        store.write(hostile.blob_of(sha256), audio)
        answer = {"key": key, "audio_sha256": sha256, "trace_id": "t", "attempts": 1}
        write_note(store, hostile.place_of(key) + "answer", answer)
    return store


def answers(store: Contents) -> list[dict[str, object]]:
    return [note(store, name) for name in matching(store, "songs/*/answer")]


def test_fields_are_altered_and_dropped(filled: Contents) -> None:
    names = hostile.altered(filled, "songs/*/answer", attempts=10**30, trace_id=None)
    assert len(names) == 2
    assert [answer["attempts"] for answer in answers(filled)] == [10**30] * 2
    assert all("trace_id" not in answer for answer in answers(filled))


def test_a_name_is_aged(filled: Contents, tmp_path: Path) -> None:
    name = hostile.place_of(KEYS[0]) + "answer"
    filled.age(name, 500.0)
    if isinstance(filled, ObjectStore):
        assert filled.ahead(f"{PREFIX}/{name}") == -500.0
    else:
        assert time.time() - (tmp_path / "store" / name).stat().st_mtime > 499
    filled.write(name, b"{}")


def test_answers_and_blobs_are_exchanged(filled: Contents) -> None:
    hostile.exchanged_answers(filled)
    assert [answer["key"] for answer in answers(filled)] == list(reversed(KEYS))
    hostile.exchanged_blobs(filled)
    hostile.truncated_blobs(filled)
    for name in matching(filled, "blobs/*"):
        assert hashlib.sha256(filled.read(name)).hexdigest() != name[-64:]


def test_text_stands_for_audio_under_its_digest(filled: Contents) -> None:
    hostile.answers_with_text_for_audio(filled)
    for answer in answers(filled):
        text = filled.read(hostile.blob_of(str(answer["audio_sha256"])))
        assert hashlib.sha256(text).hexdigest() == answer["audio_sha256"]
        assert b"script" in text


def test_notes_shout_or_are_no_notes(filled: Contents) -> None:
    hostile.shouting_notes(filled)
    assert all(answer["trace_id"] == hostile.SHOUT for answer in answers(filled))
    hostile.notes_of(b"{" * 10)(filled)
    with pytest.raises(json.JSONDecodeError):
        answers(filled)


def test_names_are_odd_and_many(filled: Contents) -> None:
    before = len(filled.names())
    hostile.odd_names(filled)
    assert len(filled.names()) >= before + 8
    if isinstance(filled, ObjectStore):
        assert set(hostile.ODD_NAMES) <= set(filled.names())
    hostile.many_names(filled, KEYS[0], 20)
    assert len(matching(filled, hostile.place_of(KEYS[0]) + "*")) == 21


@pytest.mark.parametrize("thing", hostile.THINGS)
def test_things_are_planted(tmp_path: Path, thing: hostile.Thing) -> None:
    store, outside = FolderStore(tmp_path / "store"), tmp_path / "outside/secret"
    outside.parent.mkdir()
    outside.write_bytes(b"secret")
    store.write("songs/x", b"1")
    path = hostile.plant(store, "songs/x", thing, outside)
    assert not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size == 2**42
    assert (outside.parent / "was").read_bytes() == b"1"
    assert outside.read_bytes() == b"secret"
