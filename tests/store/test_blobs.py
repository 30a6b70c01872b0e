"""Blobs: whole, by their digest, and nothing received is lost between two steps."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from songbatch.diagnostics import BrokenState
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting
from songbatch.store.blobs import Blob, Blobs, Received

DATA = b"some received audio"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(Tree(tmp_path))


def test_an_answer_goes_from_incoming_to_its_place(blobs: Blobs) -> None:
    with blobs.receive("ab" * 32, 2, AudioFormat.MP3, room=4096) as incoming:
        for piece in (DATA[:5], DATA[5:]):
            incoming.write(piece)
        blob = incoming.finish()
    assert blob == Blob(DIGEST, len(DATA))
    assert not blobs.has(DIGEST)
    audio = AudioSetting(AudioFormat.MP3)
    assert list(blobs.unfiled()) == [Received("ab" * 32, 2, audio, incoming.path, blob)]
    blobs.file(incoming.path, blob)
    assert (blobs.read(DIGEST), list(blobs.unfiled()), list(blobs)) == (DATA, [], [blob])


def test_an_answer_that_broke_off_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    with blobs.receive("k", 1, AudioFormat.WAV, room=4096) as incoming:
        incoming.write(DATA)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_damaged_blob_is_not_taken_for_whole(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.keep(DATA)
    (tmp_path / blobs.name(DIGEST)).write_bytes(DATA[:-1])
    assert blobs.has(DIGEST)
    assert not blobs.has(DIGEST, blob.bytes)
    with pytest.raises(BrokenState, match="damaged"):
        blobs.read(DIGEST)
    assert blobs.keep(DATA) == blob
    assert blobs.read(DIGEST) == DATA


def test_a_dropped_blob_is_gone(blobs: Blobs) -> None:
    blobs.keep(DATA)
    blobs.drop(DIGEST)
    assert list(blobs) == []
    blobs.drop(DIGEST)
